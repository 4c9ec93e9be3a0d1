package choreography_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/ledger"
)

// inFlight is how many orders are under way at a time when the system is
// saturated.
const inFlight = 1000

// BenchmarkUnloaded places one order after the other.
func BenchmarkUnloaded(b *testing.B) {
	server := devservertest.NATS(b)
	c := startSystem(b, server.URL())
	var took []time.Duration
	for b.Loop() {
		id := fmt.Sprintf("o-%d", len(took))
		began := time.Now()
		if err := c.Submit(b.Context(), meal(id)); err != nil {
			b.Fatal(err)
		}
		<-c.settled
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// BenchmarkPlaceOrder keeps many orders in flight, and then, on the same server,
// the same messages without any choreography: four publishes, eight deliveries
// and eight acks for each order, and nothing in between. What the second can do
// is the ceiling of the first. The worker shares this process with the benchmark.
func BenchmarkPlaceOrder(b *testing.B) {
	server := devservertest.NATS(b)
	c := startSystem(b, server.URL())
	ids := orderIDs("o", b.N)
	b.ResetTimer()
	atServer, here := cpu(b, server.PID()), cpu(b, os.Getpid())
	ours := saturate(b, ids, c.settled, func(id string) error { return c.Submit(b.Context(), meal(id)) })
	b.StopTimer()
	b.ReportMetric(ours, "orders/s")
	b.ReportMetric(1000*(cpu(b, server.PID())-atServer)/float64(b.N), "server-ms/order")
	b.ReportMetric(1000*(cpu(b, os.Getpid())-here)/float64(b.N), "worker-ms/order")
	c.stop()

	atServer, here = cpu(b, server.PID()), cpu(b, os.Getpid())
	raw := rawPass(b, server.URL(), ids)
	b.ReportMetric(raw, "raw-orders/s")
	b.ReportMetric(ours/raw, "of-raw")
	b.ReportMetric(1000*(cpu(b, server.PID())-atServer)/float64(b.N), "raw-server-ms/order")
	b.ReportMetric(1000*(cpu(b, os.Getpid())-here)/float64(b.N), "raw-worker-ms/order")
}

// A system is both sides of the choreography in one process, over a ledger in
// SQLite.
type system struct {
	*choreography.Coordinator
	settled chan struct{} // receives once per settled order
	stop    func()
}

func startSystem(b *testing.B, url string) *system {
	c := &system{settled: make(chan struct{}, 1<<20)}
	tallies := map[string]food.Tally{}
	l, err := ledger.OpenSQLite(filepath.Join(b.TempDir(), "ledger.db"), ledger.Off, ledger.Options{
		Committed: func(batch ledger.Commit) {
			for _, r := range batch.Rows {
				t := tallies[r.Order]
				if t.Add(r); !t.Settled() {
					tallies[r.Order] = t
					continue
				}
				delete(tallies, r.Order)
				c.settled <- struct{}{}
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	config := choreography.Config{URL: url, Name: "ours", Policy: food.DefaultPolicy}
	c.Coordinator = open(b, config)
	s := food.NewServices(l, config.Policy)
	w, err := choreography.Work(b.Context(), config, s)
	if err != nil {
		b.Fatal(err)
	}
	c.stop = sync.OnceFunc(func() {
		closeWorker(b, w)
		s.Close()
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(c.stop)
	return c
}

// saturate keeps inFlight orders under way and returns how many a second are
// finished.
func saturate(b *testing.B, ids []string, finished <-chan struct{}, submit func(id string) error) float64 {
	window := make(chan struct{}, inFlight)
	var all sync.WaitGroup
	start := time.Now()
	all.Go(func() {
		for range ids {
			<-finished
			<-window
		}
	})
	for _, id := range ids {
		window <- struct{}{}
		all.Go(func() {
			if err := submit(id); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return float64(len(ids)) / time.Since(start).Seconds()
}

// rawPass is JetStream alone, with the streams and consumers of the
// choreography and a payload of the size of an event with its attributes.
func rawPass(b *testing.B, url string, ids []string) float64 {
	c := choreography.Config{URL: url, Name: "raw", Policy: food.DefaultPolicy}
	open(b, c)
	js := stream(b, url)
	payload := make([]byte, 320+250)
	publish := func(kind choreography.Kind, id string) error {
		f, err := js.PublishAsync(choreography.Subject(c.Name, kind, id), payload, jetstream.WithMsgID(id+"."+string(kind)))
		if err != nil {
			return err
		}
		select {
		case <-f.Ok():
			return nil
		case err := <-f.Err():
			return err
		}
	}
	then := map[choreography.Kind]choreography.Kind{
		choreography.OrderPlaced:              choreography.PaymentSuccess,
		choreography.PaymentSuccess:           choreography.RestaurantConfirmedOrder,
		choreography.RestaurantConfirmedOrder: choreography.DeliveryPartnerAssigned,
	}
	publishers := map[food.Service]bool{food.Payment: true, food.Restaurant: true, food.Delivery: true}
	finished := make(chan struct{}, len(ids))
	var mu sync.Mutex
	acks := map[string]int{}
	var running sync.WaitGroup
	var stopping atomic.Bool
	for _, service := range food.AllServices {
		consumer, err := js.Consumer(b.Context(), c.Name, string(service))
		if err != nil {
			b.Fatal(err)
		}
		react := func(m jetstream.Msg) {
			part := strings.Split(m.Subject(), ".")
			kind, id := choreography.Kind(part[2]), part[3]
			if next := then[kind]; next != "" && publishers[service] {
				if err := publish(next, id); err != nil {
					b.Error(err)
				}
			}
			if err := m.Ack(); err != nil {
				b.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if acks[id]++; acks[id] == 8 {
				delete(acks, id)
				finished <- struct{}{}
			}
		}
		work := make(chan jetstream.Msg)
		for range c.Policy.Concurrency {
			running.Go(func() {
				for m := range work {
					react(m)
				}
			})
		}
		running.Go(func() {
			defer close(work)
			for !stopping.Load() {
				batch, err := consumer.Fetch(c.Policy.Concurrency, jetstream.FetchMaxWait(500*time.Millisecond))
				if err != nil {
					b.Error(err)
					return
				}
				for m := range batch.Messages() {
					work <- m
				}
			}
		})
	}
	defer running.Wait()
	defer stopping.Store(true)
	return saturate(b, ids, finished, func(id string) error { return publish(choreography.OrderPlaced, id) })
}

// cpu is the time in seconds that a process has computed.
func cpu(b *testing.B, pid int) float64 {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		b.Fatal(err)
	}
	t, err := p.Times()
	if err != nil {
		b.Fatal(err)
	}
	return t.User + t.System
}

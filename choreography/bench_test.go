package choreography_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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

// BenchmarkPlaceOrder saturates the choreography and then, on the same server,
// the same messages without any choreography: four publishes, eight deliveries
// and eight acks for each order, and nothing in between. What the second can do
// is the ceiling of the first.
//
// The participants write to SQLite and run in the process that places the
// orders; CPU is given per order for that process and for the server's.
func BenchmarkPlaceOrder(b *testing.B) {
	server := devservertest.NATS(b)
	c := choreography.Config{URL: server.URL(), Name: "ours", Policy: food.DefaultPolicy}
	ids := orderIDs("o", b.N)

	m := &meter{tallies: map[string]food.Tally{}, settled: make(chan struct{}, b.N)}
	l, err := ledger.OpenSQLite(filepath.Join(b.TempDir(), "ledger.db"), ledger.Normal, ledger.Options{Committed: m.committed})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	s := food.NewServices(l, c.Policy)
	co := open(b, c)
	w, err := choreography.Work(b.Context(), c, s)
	if err != nil {
		b.Fatal(err)
	}
	before := cpu(b, server.PID())
	b.ResetTimer()
	ours := saturate(b, ids, m.settled, func(id string) error { return co.Submit(b.Context(), meal(id)) })
	b.StopTimer()
	after := cpu(b, server.PID())
	closeWorker(b, w)
	s.Close()

	raw := rawPass(b, server.URL(), ids)
	end := cpu(b, server.PID())
	b.ReportMetric(ours, "orders/s")
	b.ReportMetric(raw, "raw-orders/s")
	b.ReportMetric(ours/raw, "of-raw")
	perOrder := 1e6 / float64(b.N)
	b.ReportMetric((after[0]-before[0])*perOrder, "client-µs/order")
	b.ReportMetric((after[1]-before[1])*perOrder, "server-µs/order")
	b.ReportMetric((end[0]-after[0])*perOrder, "raw-client-µs/order")
	b.ReportMetric((end[1]-after[1])*perOrder, "raw-server-µs/order")
}

// BenchmarkUnloaded places one order after the other.
func BenchmarkUnloaded(b *testing.B) {
	server := devservertest.NATS(b)
	c := choreography.Config{URL: server.URL(), Name: "ours", Policy: food.DefaultPolicy}
	m := &meter{tallies: map[string]food.Tally{}, settled: make(chan struct{}, 1)}
	l, err := ledger.OpenSQLite(filepath.Join(b.TempDir(), "ledger.db"), ledger.Normal, ledger.Options{Committed: m.committed})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	s := food.NewServices(l, c.Policy)
	co := open(b, c)
	w, err := choreography.Work(b.Context(), c, s)
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range orderIDs("o", b.N) {
		if err := co.Submit(b.Context(), meal(id)); err != nil {
			b.Fatal(err)
		}
		<-m.settled
	}
	b.StopTimer()
	closeWorker(b, w)
	s.Close()
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
// choreography and a payload of the same size.
func rawPass(b *testing.B, url string, ids []string) float64 {
	c := choreography.Config{URL: url, Name: "raw", Policy: food.DefaultPolicy}
	open(b, c)
	js := stream(b, url)
	payload := make([]byte, 320)
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
	speakers := map[food.Service]bool{food.Payment: true, food.Restaurant: true, food.Delivery: true}
	finished := make(chan struct{}, len(ids))
	var mu sync.Mutex
	acks := map[string]int{}
	var hands sync.WaitGroup
	var quit atomic.Bool
	for _, service := range food.AllServices {
		consumer, err := js.Consumer(b.Context(), c.Name, string(service))
		if err != nil {
			b.Fatal(err)
		}
		react := func(m jetstream.Msg) {
			part := strings.Split(m.Subject(), ".")
			kind, id := choreography.Kind(part[2]), part[3]
			if next := then[kind]; next != "" && speakers[service] {
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
			hands.Go(func() {
				for m := range work {
					react(m)
				}
			})
		}
		hands.Go(func() {
			defer close(work)
			for !quit.Load() {
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
	defer hands.Wait()
	defer quit.Store(true)
	return saturate(b, ids, finished, func(id string) error { return publish(choreography.OrderPlaced, id) })
}

// cpu returns the seconds that this process and another have used.
func cpu(b *testing.B, pid int) (used [2]float64) {
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		b.Fatal(err)
	}
	used[0] = time.Duration(self.Utime.Nano() + self.Stime.Nano()).Seconds()
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		b.Fatal(err)
	}
	times, err := p.TimesWithContext(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	used[1] = times.User + times.System
	return used
}

// meter tells of settled orders from the commit feed.
type meter struct {
	tallies map[string]food.Tally
	settled chan struct{}
}

func (m *meter) committed(rows []food.Row, _ time.Time) {
	for _, r := range rows {
		t := m.tallies[r.Order]
		t.Add(r)
		if t.Settled() {
			delete(m.tallies, r.Order)
			m.settled <- struct{}{}
			continue
		}
		m.tallies[r.Order] = t
	}
}

package choreography_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/ledger"
)

// inFlight is how many orders are under way at a time when the system is
// saturated.
const inFlight = 1000

// meter counts settled orders from the commit feed.
type meter struct {
	mu      sync.Mutex
	tallies map[string]food.Tally
	settled chan struct{} // one for each settled order
}

func (m *meter) committed(rows []food.Row, _ time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
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

func BenchmarkPlaceOrder(b *testing.B) {
	server := devservertest.NATS(b)
	m := &meter{tallies: map[string]food.Tally{}, settled: make(chan struct{}, b.N)}
	l, err := ledger.OpenSQLite(b.TempDir()+"/ledger.db", ledger.Normal, ledger.Options{Committed: m.committed})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	c := choreography.Config{URL: server.URL(), Name: "bench", Policy: food.DefaultPolicy, Log: slog.New(slog.DiscardHandler)}
	co := open(b, c)
	s := food.NewServices(l, c.Policy)
	w, err := choreography.Work(b.Context(), c, s)
	if err != nil {
		b.Fatal(err)
	}
	defer closeWorker(b, w)

	ids := orderIDs("o", b.N)
	window := make(chan struct{}, inFlight)
	go func() {
		for range b.N {
			<-m.settled
			<-window
		}
	}()
	start := time.Now()
	b.ResetTimer()
	for _, id := range ids {
		window <- struct{}{}
		go func() {
			if err := co.Submit(b.Context(), order(id)); err != nil {
				b.Error(err)
			}
		}()
	}
	for range inFlight {
		window <- struct{}{}
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "orders/s")
}

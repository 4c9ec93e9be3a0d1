package choreography_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// patience bounds every wait of the tests. Nothing is expected to take that long.
const patience = 30 * time.Second

// brisk is a policy with which a test does not have to wait long for retries.
var brisk = food.Policy{
	Attempts:     4,
	UndoAttempts: 60,
	FirstBackoff: 20 * time.Millisecond,
	MaxBackoff:   200 * time.Millisecond,
	CallTimeout:  500 * time.Millisecond,
	Redelivery:   time.Second,
	Concurrency:  16,
}

// A world is what the services did to it: the rows of all orders, as they are
// committed.
type world struct {
	ledger.Store
	mu      sync.Mutex
	rows    map[string][]food.Row
	tallies map[string]food.Tally
	changed chan struct{} // closed and replaced at each commit
}

func newWorld(tb testing.TB) *world {
	w := &world{rows: map[string][]food.Row{}, tallies: map[string]food.Tally{}, changed: make(chan struct{})}
	w.Store = ledger.NewMemory(ledger.Options{Committed: w.committed})
	tb.Cleanup(func() {
		if err := w.Store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return w
}

func (w *world) committed(c ledger.Commit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range c.Rows {
		w.rows[r.Order] = append(w.rows[r.Order], r)
		t := w.tallies[r.Order]
		t.Add(r)
		w.tallies[r.Order] = t
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// until waits for a condition on the rows, which it is called with the lock to
// read.
func (w *world) until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	timeout := time.After(patience)
	for {
		w.mu.Lock()
		ok, changed := holds(), w.changed
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			tb.Fatalf("after %v still not so: %s", patience, what)
		}
	}
}

// settled waits for the end of the orders and returns how the last one ended.
func (w *world) settled(tb testing.TB, ids ...string) (ending food.Ending) {
	tb.Helper()
	for _, id := range ids {
		w.until(tb, id+" is settled", func() bool { return w.tallies[id].Settled() })
		w.mu.Lock()
		ending, _ = w.tallies[id].Ending()
		w.mu.Unlock()
	}
	return ending
}

// row returns what stands for an action of an order.
func (w *world) row(id string, a food.Action) (row food.Row, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.rows[id] {
		if r.Action == a {
			return r, true
		}
	}
	return food.Row{}, false
}

// of returns the rows that an order has now.
func (w *world) of(order string) []food.Row {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.rows[order])
}

// show lists rows in alphabetical order.
func show(rows []food.Row) string {
	var lines []string
	for _, r := range rows {
		line := fmt.Sprintf("%s %s", r.Action, r.Outcome)
		if r.Reason != "" {
			line += " " + r.Reason
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func meal(id string) food.Order {
	return food.Order{ID: id, Customer: "ada", Restaurant: "dosa-corner", Items: []food.Item{
		{Dish: "masala dosa", Quantity: 2, Price: 8_50},
		{Dish: "filter coffee", Quantity: 2, Price: 3_45},
	}}
}

func orderIDs(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", prefix, i+1)
	}
	return ids
}

// open opens the Coordinator.
func open(tb testing.TB, c choreography.Config) *choreography.Coordinator {
	tb.Helper()
	co, err := choreography.Open(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := co.Close(ctx); err != nil {
			tb.Error(err)
		}
	})
	return co
}

// work starts a worker over the world, and the services that it calls.
func work(tb testing.TB, c choreography.Config, w *world, around ...food.Interceptor) (*choreography.Worker, *food.Services) {
	tb.Helper()
	s := food.NewServices(w, c.Policy, around...)
	worker, err := choreography.Work(tb.Context(), c, s)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { closeWorker(tb, worker); s.Close() })
	return worker, s
}

func closeWorker(tb testing.TB, w *choreography.Worker) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.Close(ctx); err != nil {
		tb.Error(err)
	}
}

// place submits orders side by side.
func place(tb testing.TB, co food.Coordinator, ids ...string) {
	tb.Helper()
	var all sync.WaitGroup
	slots := make(chan struct{}, 256)
	for _, id := range ids {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := co.Submit(tb.Context(), meal(id)); err != nil {
				tb.Error(err)
			}
		})
	}
	all.Wait()
}

func config(url string) choreography.Config {
	return choreography.Config{URL: url, Name: "test", Policy: brisk}
}

// refuse makes a service refuse an action of orders whose id begins with prefix.
func refuse(a food.Action, prefix string) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == a && strings.HasPrefix(c.Order, prefix) {
			ctx = food.Refusing(ctx, "not today")
		}
		return next(ctx)
	}
}

// outage makes calls of an action fail before they have an effect, as long as
// it is on.
type outage struct {
	action food.Action
	on     atomic.Bool
	mu     sync.Mutex
	hit    map[string]bool
}

func (f *outage) intercept(ctx context.Context, c food.Call, next func(context.Context) error) error {
	if c.Action != f.action || !f.on.Load() {
		return next(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hit[c.Order] = true
	return fmt.Errorf("%w: out of order", food.ErrFailure)
}

func (f *outage) orders() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.hit)
}

// eventually waits for a condition by looking again and again.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			tb.Fatalf("after %v still not so: %s", patience, what)
		}
	}
}

// counters are what the server has counted, and what it has left over.
func counters(tb testing.TB, co *choreography.Coordinator) map[string]float64 {
	tb.Helper()
	counts, err := co.Counters(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	left, err := co.LeftOver(tb.Context(), 0)
	if err != nil {
		tb.Fatal(err)
	}
	maps.Copy(counts, left)
	return counts
}

// stream connects to JetStream from outside, without participants.
func stream(tb testing.TB, url string) jetstream.JetStream {
	tb.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		tb.Fatal(err)
	}
	return js
}

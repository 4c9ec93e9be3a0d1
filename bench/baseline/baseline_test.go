package baseline_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var policy = food.Policy{
	Attempts: 3, UndoAttempts: 60, FirstBackoff: time.Millisecond, MaxBackoff: 4 * time.Millisecond,
	CallTimeout: 700 * time.Millisecond, Redelivery: time.Second, Concurrency: 4,
}

// open returns a coordinator over services that are closed when the test ends.
func open(tb testing.TB, p food.Policy, o ledger.Options, around ...food.Interceptor) (*baseline.Coordinator, *food.Services) {
	l := ledger.NewMemory(o)
	s := food.NewServices(l, p, around...)
	c := baseline.New(s, p)
	tb.Cleanup(func() {
		c.Close(context.Background())
		s.Close()
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	return c, s
}

func meal(id string) food.Order {
	return food.Order{ID: id, Customer: "ada", Restaurant: "meze", Items: []food.Item{{Dish: "falafel", Quantity: 2, Price: 940}}}
}

// An accepted order is settled when Close returns.
func TestCloseWaits(t *testing.T) {
	var rows sync.Map
	c, _ := open(t, policy, ledger.Options{Committed: func(c ledger.Commit) {
		for _, r := range c.Rows {
			tally, _ := rows.LoadOrStore(r.Order, new(food.Tally))
			tally.(*food.Tally).Add(r)
		}
	}})
	for n := range 100 {
		if err := c.Submit(t.Context(), meal(fmt.Sprint("o", n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		tally, ok := rows.Load(fmt.Sprint("o", n))
		if !ok || !tally.(*food.Tally).Settled() {
			t.Errorf("order %d is not settled", n)
		}
	}
	if err := c.Submit(t.Context(), meal("late")); !errors.Is(err, baseline.ErrClosed) {
		t.Errorf("submit after close: %v, want %v", err, baseline.ErrClosed)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Errorf("close again: %v", err)
	}
}

// A call that never works does not hold up Close for longer than its context.
func TestCloseAbandons(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := open(t, policy, ledger.Options{}, func(_ context.Context, call food.Call, _ func(context.Context) error) error {
		if call.Attempt == 5 { // status and mail are never given up
			cancel()
		}
		return food.ErrFailure
	})
	if err := c.Submit(t.Context(), meal("o")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close: %v, want %v", err, context.Canceled)
	}
}

// A call that panics is tried again, and holds no slot meanwhile.
func TestPanicIsAFailedAttempt(t *testing.T) {
	var mu sync.Mutex
	var tally food.Tally
	p := policy
	p.Concurrency = 1
	c, _ := open(t, p, ledger.Options{Committed: func(c ledger.Commit) {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range c.Rows {
			tally.Add(r)
		}
	}}, func(ctx context.Context, call food.Call, next func(context.Context) error) error {
		if call.Attempt < 3 {
			panic("as planned")
		}
		return next(ctx)
	})
	if err := c.Submit(t.Context(), meal("o")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if ending, _ := tally.Ending(); ending != food.Completed || !tally.Settled() {
		t.Errorf("the order has ended as %q, settled %v", ending, tally.Settled())
	}
}

func TestInvalidOrderIsRefused(t *testing.T) {
	c, _ := open(t, policy, ledger.Options{Committed: func(ledger.Commit) { t.Error("a row was written") }})
	if err := c.Submit(t.Context(), meal("no.dots")); err == nil {
		t.Error("an order with a bad id was accepted")
	}
	c.Close(t.Context())
}

// Throughput: how many orders a second are settled, with up to a thousand in flight.
func BenchmarkOrders(b *testing.B) {
	p := policy
	p.Concurrency = food.DefaultPolicy.Concurrency
	inFlight := make(chan struct{}, 1000)
	var rows int
	c, _ := open(b, p, ledger.Options{Committed: func(c ledger.Commit) {
		rows += len(c.Rows)
		for _, r := range c.Rows {
			if r.Action == food.StatusCompleted {
				<-inFlight
			}
		}
	}})
	before := cpuTime(b)
	b.ReportAllocs()
	for n := range b.N {
		inFlight <- struct{}{}
		if err := c.Submit(b.Context(), meal(fmt.Sprint("o", n))); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	if want := 8 * b.N; rows != want {
		b.Errorf("%d rows, want %d", rows, want)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/order")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package load_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/load"
)

// turns collects what submit was called with.
type turns struct {
	mu  sync.Mutex
	all []load.Turn
}

func (t *turns) add(_ context.Context, turn load.Turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, turn)
}

func (t *turns) numbers() (n []int) {
	for _, turn := range t.all {
		n = append(n, turn.N)
	}
	slices.Sort(n)
	return n
}

// atOnce makes n orders due at the start, and calls done when the last has been
// offered.
func atOnce(n int, done func()) load.Schedule {
	return func(i int) (time.Duration, bool) {
		if i == n {
			done()
		}
		return 0, i < n
	}
}

func TestOffer(t *testing.T) {
	var sent turns
	start := time.Now()
	schedule := load.Constant(2000, 200*time.Millisecond)
	stats := load.Offer(t.Context(), start, schedule, 1000, sent.add)

	if stats.Offered != 400 || len(sent.all) != 400 || len(stats.Dropped) > 0 || stats.Cut {
		t.Errorf("%d sent, stats %+v; want 400 of 400", len(sent.all), stats)
	}
	for _, turn := range sent.all {
		offset, _ := schedule(turn.N)
		if !turn.Due.Equal(start.Add(offset)) {
			t.Errorf("order %d due %v after the start, want %v", turn.N, turn.Due.Sub(start), offset)
		}
		if turn.Sent.Before(turn.Due) {
			t.Errorf("order %d sent %v before it was due", turn.N, turn.Due.Sub(turn.Sent))
		}
	}
	if stats.LateP99 <= 0 || stats.LateP99 > stats.LateMax {
		t.Errorf("lateness %v, %v does not rise", stats.LateP99, stats.LateMax)
	}
}

// Coordinated omission: an order that is not accepted for a long time must not
// hold back those behind it, nor move their due times. Here the first one
// returns only when all others have been sent.
func TestStalledSubmitDelaysNoOther(t *testing.T) {
	const orders = 100
	var others sync.WaitGroup
	others.Add(orders - 1)
	var sent turns
	start := time.Now()
	load.Offer(t.Context(), start, load.Constant(1000, orders*time.Millisecond), orders, func(ctx context.Context, turn load.Turn) {
		sent.add(ctx, turn)
		if turn.N == 0 {
			others.Wait()
		} else {
			others.Done()
		}
	})
	for _, turn := range sent.all {
		if want := start.Add(time.Duration(turn.N) * time.Millisecond); !turn.Due.Equal(want) {
			t.Errorf("order %d: due moved by %v", turn.N, turn.Due.Sub(want))
		}
	}
}

// A generator that falls behind sends what came due meanwhile, in full, and reports
// how late it was.
func TestLateStartIsCountedAsLateness(t *testing.T) {
	var sent turns
	stats := load.Offer(t.Context(), time.Now().Add(-time.Second), load.Constant(500, time.Second), 1000, sent.add)
	if len(sent.all) != 500 {
		t.Errorf("%d orders sent, want all 500", len(sent.all))
	}
	if stats.LateMax < time.Second || stats.LateP99 < 900*time.Millisecond {
		t.Errorf("lateness %v at most and %v at its p99, want above 1s and about 1s", stats.LateMax, stats.LateP99)
	}
	for _, turn := range sent.all {
		if late := turn.Sent.Sub(turn.Due); turn.N == 250 && late < 400*time.Millisecond {
			t.Errorf("the order in the middle was %v late, want about 500ms", late)
		}
	}
}

func TestTooManyInFlight(t *testing.T) {
	offered := make(chan struct{})
	var sent turns
	stats := load.Offer(t.Context(), time.Now(), atOnce(10, func() { close(offered) }), 3, func(ctx context.Context, turn load.Turn) {
		sent.add(ctx, turn)
		<-offered
	})
	if got := sent.numbers(); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("sent %v, want the first three", got)
	}
	if want := []int{3, 4, 5, 6, 7, 8, 9}; stats.Offered != 10 || !slices.Equal(stats.Dropped, want) {
		t.Errorf("offered %d and dropped %v, want 10 and %v", stats.Offered, stats.Dropped, want)
	}
}

func TestOfferEndsWithItsContext(t *testing.T) {
	t.Run("between orders", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		stats := load.Offer(ctx, time.Now(), load.Constant(1000, time.Hour), 10, func(_ context.Context, turn load.Turn) {
			if turn.N == 5 {
				cancel()
			}
		})
		if !stats.Cut || stats.Offered < 6 {
			t.Errorf("got %+v, want the load cut after order 5", stats)
		}
	})
	t.Run("while waiting", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		hourly := load.Constant(1.0/3600, 10*time.Hour)
		stats := load.Offer(ctx, time.Now(), hourly, 10, func(context.Context, load.Turn) { cancel() })
		if !stats.Cut || stats.Offered != 1 {
			t.Errorf("got %+v, want one order", stats)
		}
	})
	t.Run("before the first", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		stats := load.Offer(ctx, time.Now(), load.Constant(1000, time.Hour), 10, func(context.Context, load.Turn) { t.Error("sent") })
		if !stats.Cut || stats.Offered != 0 {
			t.Errorf("got %+v, want nothing", stats)
		}
	})
}

// How late an order is sent when submit is quick, and what the sending costs.
func BenchmarkOffer(b *testing.B) {
	for _, rate := range []float64{200, 2000, 5000, 20000} {
		b.Run(fmt.Sprintf("%v-per-second", rate), func(b *testing.B) {
			before, start := processorTime(b), time.Now()
			during := time.Duration(float64(b.N) / rate * float64(time.Second))
			stats := load.Offer(b.Context(), start, load.Constant(rate, during), 1000, func(context.Context, load.Turn) {})
			used := processorTime(b) - before
			b.ReportMetric(float64(stats.LateP99.Microseconds()), "p99-µs")
			b.ReportMetric(float64(stats.LateMax.Microseconds()), "max-µs")
			b.ReportMetric(100*used.Seconds()/time.Since(start).Seconds(), "core-%")
			b.ReportMetric(float64(len(stats.Dropped)), "dropped")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

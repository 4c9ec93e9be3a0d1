package bench

import (
	"context"
	"testing"
	"time"
)

// The timer is summed up over the window alone, and nothing is made up where it did not
// ring.
func TestTimerOfTheWindow(t *testing.T) {
	start := time.Now()
	s := newSampler("c", start, func() int { return 0 }, func() []Process { return nil })
	for _, r := range []struct{ due, late time.Duration }{
		{100, 50}, {250, 1}, {500, 3}, {750, 2}, {1000, 40},
	} {
		due := start.Add(r.due * time.Millisecond)
		s.rang(due, due.Add(r.late*time.Millisecond))
	}
	if got := s.timer(250, 750); got == nil || got.N != 3 || got.P50 != 2 || got.Max != 3 {
		t.Errorf("%+v, want 3 rings with a median of 2 and at most 3 ms late", got)
	}
	if got := s.timer(2000, 3000); got != nil {
		t.Errorf("%+v of a time without a ring", got)
	}
}

// That a sample took long is not the machine's lateness.
func TestSlowSamplesAreNotLateTimers(t *testing.T) {
	s := newSampler("c", time.Now(), func() int { return 0 }, func() []Process {
		time.Sleep(2 * samplePeriod)
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 8*samplePeriod)
	defer cancel()
	s.run(ctx)
	if got := s.timer(0, 1e6); got == nil || got.N < 2 || got.Max > ms(samplePeriod) {
		t.Errorf("%+v, want two rings or more, none of them a sample late", got)
	}
}

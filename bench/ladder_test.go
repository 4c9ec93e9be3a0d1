package bench

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
)

// climbTo climbs until the search is over; the style keeps up with what is at most knee.
func climbTo(first, knee float64, rungs int) (l ladder, tried []float64) {
	l = ladder{first: first, left: rungs}
	for {
		rate, more := l.next()
		if !more {
			return l, tried
		}
		tried = append(tried, rate)
		l.tried(rate, rate <= knee)
	}
}

// Wherever the knee is, the search ends around it, within its rungs, and tries
// no rate twice.
func TestLadderFindsTheKnee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := handy(rapid.Float64Range(1, 10_000).Draw(t, "first"))
		knee := rapid.Float64Range(1, 50_000).Draw(t, "knee")
		l, tried := climbTo(first, knee, 40)
		if l.lo > knee || l.hi <= knee || l.lo == 0 && l.hi > 1.5*minRate+1 {
			t.Fatalf("knee %g, found %g to %g by %v", knee, l.lo, l.hi, tried)
		}
		if l.lo >= 20 && l.hi > l.lo*near+1 {
			t.Fatalf("knee %g known no better than %g to %g", knee, l.lo, l.hi)
		}
		seen := map[float64]bool{}
		for _, rate := range tried {
			if seen[rate] {
				t.Fatalf("tried %g twice: %v", rate, tried)
			}
			seen[rate] = true
		}
	})
}

// A ladder that runs out of rungs returns what it knows: a bound on one side.
func TestLadderRunsOutOfRungs(t *testing.T) {
	if l, tried := climbTo(100, 1e9, 3); l.lo != 225 || l.hi != 0 || len(tried) != 3 {
		t.Errorf("got %g to %g by %v", l.lo, l.hi, tried)
	}
	if l, tried := climbTo(100, 0, 3); l.lo != 0 || l.hi != 45 || len(tried) != 3 {
		t.Errorf("got %g to %g by %v", l.lo, l.hi, tried)
	}
	if l, _ := climbTo(90_000, 1e9, 20); l.lo != 90_000 {
		t.Errorf("it went beyond the highest rate: %g", l.lo)
	}
}

// A share is of what the style kept up with on its first ladder, and the same in
// all repeats.
func TestShares(t *testing.T) {
	r := &runner{knees: []record.Knee{
		{Style: "a", Lo: 200, Hi: 210}, {Style: "b", Lo: 0, Hi: 30}, {Style: "a", Lo: 400},
	}}
	for _, c := range []struct {
		style       string
		share, want float64
	}{{"a", 0.5, 100}, {"a", 0.75, 150}, {"b", 0.5, 10}, {"b", 0.02, minRate}, {"a", 0, 7}} {
		if got := r.rated(c.style, plan.Scenario{Rate: 7, Share: c.share}).Rate; got != c.want {
			t.Errorf("%g of %s is %g, want %g", c.share, c.style, got, c.want)
		}
	}
}

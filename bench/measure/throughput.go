package measure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/sagabench/sagabench/bench/record"
)

// load is what a cell's window asked of the system and what came out of it.
type load struct {
	seconds  float64
	due      int  // measured orders that were due
	inside   int  // of those, settled before the window ended
	settled  int  // of those, settled at all
	behind   bool // more were open at the end than in a system that keeps up
	duePerS  float64
	achieved float64 // orders per second that came out, see weigh
}

// windowEnd is the end of the load, in ms from the cell's start.
func windowEnd(c record.Cell) float64 {
	end := c.Begin + c.Window*1000
	if c.Cut && c.LoadEnd < end {
		end = c.LoadEnd
	}
	return end
}

// weigh counts what came out. Where the system kept up that is what settled
// inside the window. Where it was overloaded it is all orders over the time that
// it took to settle them all: an order that settles after the window was worked
// on inside it, and the window began with an empty system, so that counting
// inside it would take work for nothing. An unsettled order has no such
// time; then what settled inside the window is a lower bound.
func weigh(c record.Cell, orders []record.Order) load {
	end := windowEnd(c)
	l := load{seconds: (end - c.Begin) / 1000}
	last := c.Begin     // when the last order settled
	var early []float64 // latencies of the orders due in the first half, in seconds
	ended := 0          // inside the window, whenever they were due
	for _, o := range orders {
		if at := o.Due + o.Settled; at >= c.Begin && at <= end {
			ended++
		}
		if o.Warmup {
			continue
		}
		l.due++
		if !record.Came(o.Settled) {
			continue
		}
		l.settled++
		last = max(last, o.Due+o.Settled)
		if o.Due+o.Settled <= end {
			l.inside++
		}
		if o.Due < (c.Begin+end)/2 {
			early = append(early, min(o.Settled/1000, l.seconds/2))
		}
	}
	if l.seconds > 0 {
		l.duePerS = float64(l.due) / l.seconds
		l.achieved = float64(l.inside) / l.seconds
		l.behind = fallsBehind(l, early)
	}
	if overloaded := l.behind && !delays(c.Faults) && !c.Cut; overloaded && l.settled == l.due {
		l.achieved = 1000 * float64(l.settled) / (last - c.Begin)
	}
	// A fixed number under way is as much as the system takes, by definition, and
	// those that were under way when the window began end in it.
	if c.InFlight > 0 && l.seconds > 0 {
		l.behind, l.settled, l.achieved = true, ended, float64(ended)/l.seconds
	}
	return l
}

// fallsBehind reports whether the backlog grew over the window.
//
// An order that is due just before the end settles after it, however fast the
// system is. So the shortfall alone proves nothing in a short window: some
// orders are in flight at any moment, about rate × latency (Little's law). The
// system falls behind when it left clearly more than that open: one in a hundred
// of all orders, and three standard deviations of a number that is counted.
//
// The usual latency is the mean of the orders due in the first half. Behind a
// growing backlog that mean grows as well, but only a quarter as far as the
// backlog itself, so the test still bites.
//
// In a window of few latencies it does not, and so no more than a third may be
// open, whatever the latency is.
//
// Unsettled orders have no part in it. They are lost and not late, and
// calling that saturation would hide their infinite latency.
func fallsBehind(l load, early []float64) bool {
	const mostOpen = 1.0 / 3
	if len(early) == 0 {
		return l.settled > 0
	}
	inFlight := float64(l.settled) / l.seconds * stat.Mean(early, nil)
	allowed := inFlight + 3*math.Sqrt(inFlight+1) + 0.01*float64(l.settled)
	allowed = min(allowed, mostOpen*float64(l.settled))
	return float64(l.settled-l.inside) > allowed
}

// keeping is the share of the orders due that a rung must settle in time.
const keeping = 0.99

// KeptUp reports whether a system kept up at a rung of a ladder, and if not, why. It
// did when its backlog did not grow over the window, when 99 % of the orders that
// were due a bound before the window's end had settled by that end, and when the
// p99 of settling was within the bound, or the p90 or the median where there are
// too few orders for a p99. The bound is in ms.
func KeptUp(c record.Cell, orders []record.Order, bound float64) (kept bool, why string) {
	l := weigh(c, orders)
	due, settled, end := 0, 0, windowEnd(c)
	for _, o := range orders {
		if o.Warmup || o.Due+bound > end {
			continue
		}
		due++
		if record.Came(o.Settled) && o.Due+o.Settled <= end {
			settled++
		}
	}
	s := Latencies(orders, Settled, Any)
	name, at, known := "", 0.0, false
	for _, p := range UsualPercentiles {
		if v, ok := s.Percentile(p); ok {
			name, at, known = p, v, true
		}
	}
	switch {
	case c.Cut:
		return false, "cut short"
	case due == 0 || !known:
		return false, fmt.Sprintf("%d orders are too few to judge", len(s))
	case l.behind:
		return false, "the backlog grew"
	case !(at <= bound):
		return false, fmt.Sprintf("%s was %.4g ms, over %g ms", name, at, bound)
	case float64(settled) < keeping*float64(due):
		return false, fmt.Sprintf("%d of %d orders settled in time", settled, due)
	}
	return true, ""
}

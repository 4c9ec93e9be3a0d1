package measure

import (
	"fmt"

	"github.com/sagabench/sagabench/bench/record"
)

// keeping is the share of the orders due that a rung must settle in time.
const keeping = 0.99

// Held says whether a system held a rung of a ladder, and if not, why. It did
// when its backlog did not grow over the window, when 99 % of the orders that
// were due a bound before the window's end had settled by that end, and when the
// p99 of settling was within the bound, or the p90 or the median where there are
// too few orders for a p99. The bound is in ms.
func Held(c record.Cell, orders []record.Order, bound float64) (held bool, why string) {
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
		return false, fmt.Sprintf("%d orders are too few to tell", len(s))
	case l.behind:
		return false, "the backlog grew"
	case !(at <= bound):
		return false, fmt.Sprintf("%s was %.4g ms, over %g ms", name, at, bound)
	case float64(settled) < keeping*float64(due):
		return false, fmt.Sprintf("%d of %d orders settled in time", settled, due)
	}
	return true, ""
}

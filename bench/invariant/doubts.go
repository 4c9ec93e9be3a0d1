package invariant

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// shortcomings lists why the evidence is not enough, however good it looks.
func (c *Checker) shortcomings() (reasons []string) {
	doubt := func(is bool, format string, args ...any) {
		if is {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	cell := c.cell
	doubt(cell.Died != "", "%s", cell.Died)
	doubt(c.accepted == 0, "no order was accepted, so nothing was put to the test")
	doubt(!(cell.Window > 0), "the bench reports that the measured window was %g s long", cell.Window)
	doubt(cell.Cut, "the cell was cut short")
	doubt(cell.Drained != (c.open == 0), "the bench reports that drained is %t, and %d accepted orders are open", cell.Drained, c.open)
	doubt(cell.Gaps > 0, "%d rows are missing from the commit feed", cell.Gaps)
	doubt(c.lastSeq != c.rows, "the ledger's last row is number %d, and %d rows are recorded", c.lastSeq, c.rows)
	doubt(c.rows > 0 && c.calls == 0, "no call was recorded, and %d rows were", c.rows)
	doubt(cell.LeftOver == nil, "it is not known what the engine had left over at the end")
	for what, n := range cell.LeftOver {
		doubt(n != 0 && strings.HasPrefix(what, unseen), "the engine does not list %g %s that it accepted", n, strings.TrimPrefix(what, unseen))
	}
	reasons = append(reasons, c.doubts.reasons()...)
	for _, r := range c.rules {
		happened := 0
		for _, d := range cell.Deaths {
			if d.Rule == r.written {
				happened++
			}
		}
		doubt(!r.ofProcesses() && !r.fired, "the planned fault %s hit nothing: make the load longer, or its share larger", r.written)
		doubt(r.ofProcesses() && happened != 1, "the planned %s happened %d times", r.written, happened)
	}
	return reasons
}

// doubt looks for what casts doubt on the instrument instead of the order.
func (c *Checker) doubt(h *History) {
	settled := h.settledAt() >= 0
	if h.Offered && (h.Order.Outcome != h.ending() || !h.timed()) {
		c.doubts.add("the stopwatch and the ledger disagree", h.Order.ID)
	}
	if early := h.Order.Due < c.cell.Begin && !same(h.Order.Due, c.cell.Begin); h.Offered && h.Order.Warmup != early {
		c.doubts.add("due before the measured window and not of the warm-up, or the other way round", h.Order.ID)
	}
	if h.accepted() && !settled {
		c.open++
	}
	if h.Offered && math.IsNaN(h.Order.Sent) {
		c.doubts.add("an order was due and never submitted", h.Order.ID)
	} else if h.Offered && !h.accepted() {
		c.doubts.add("a submission had no answer", h.Order.ID)
	}
	if h.outOfTime {
		c.doubts.add("a call was given up because of its timing, as no plan foresaw", h.Order.ID)
	}
	for _, f := range h.Faults {
		if i := slices.IndexFunc(c.rules, func(r *rule) bool { return r.written == f.Rule }); i >= 0 {
			c.rules[i].fired = true
		}
	}
}

// unseen begins the names of what an engine may have left over, and does not know yet.
const unseen = "unseen_"

// remaining lists what is left over beside the workflows that wait for a person, or
// nothing.
func remaining(left map[string]float64, waiting int) string {
	var words []string
	for _, what := range slices.Sorted(maps.Keys(left)) {
		n := left[what]
		if what == "open_workflows" {
			n = max(n-float64(waiting), 0)
		}
		if n != 0 && !strings.HasPrefix(what, unseen) {
			words = append(words, fmt.Sprintf("%g %s", n, strings.ReplaceAll(what, "_", " ")))
		}
	}
	return strings.Join(words, ", ")
}

// doubts counts the orders behind each doubt and keeps the first as example.
type doubts struct {
	what    []string
	orders  map[string]int
	example map[string]string
}

func (d *doubts) add(what, order string) {
	if d.orders == nil {
		d.orders, d.example = map[string]int{}, map[string]string{}
	}
	if d.orders[what]++; d.orders[what] == 1 {
		d.what = append(d.what, what)
		d.example[what] = strings.Clone(order)
	}
}

func (d *doubts) reasons() (list []string) {
	for _, what := range d.what {
		if d.example[what] == "" {
			list = append(list, what)
			continue
		}
		list = append(list, fmt.Sprintf("%s (%d times, first in order %s)", what, d.orders[what], d.example[what]))
	}
	return list
}

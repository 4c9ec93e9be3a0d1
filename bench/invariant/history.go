package invariant

import (
	"math"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// A History is all the evidence about one order.
type History struct {
	Order   record.Order // what was offered; only the ID if nothing was
	Offered bool
	Rows    []record.Effect // by seq
	Calls   []record.Call   // by time
	Faults  []record.Fault  // that hit this order, by time

	// Repeated are the rows after the first of an action, which are judged by
	// themselves. The checker moves them here from Rows.
	Repeated []record.Effect

	cell *setting
	made []made // the calls and faults of each action

	strayFault string // one that is of no call
	outOfTime  bool   // given up, and not as it was drawn
}

// rows yields the rows with what this package knows of them.
func (h *History) rows(yield func(int, *row) bool) {
	for i := range h.Rows {
		if !yield(i, (*row)(&h.Rows[i])) {
			return
		}
	}
}

func (h *History) sent() bool     { return h.Offered && !math.IsNaN(h.Order.Sent) }
func (h *History) accepted() bool { return h.Offered && !math.IsNaN(h.Order.Accept) }

// judged reports whether the order is one whose rows can be compared with what was
// offered. The others come from nowhere, and that alone is their violation.
func (h *History) judged() bool { return h.Offered && len(h.Rows) > 0 }

// has reports whether a row is there that an entry of a table names.
func (h *History) has(entry string) bool { return h.first(entry) >= 0 }

// first is the place of the first such row, or -1.
func (h *History) first(entry string) int {
	for i, r := range h.rows {
		if r.is(entry) {
			return i
		}
	}
	return -1
}

// of is the row of an action, or nil.
func (h *History) of(action string) *row {
	for _, r := range h.rows {
		if r.Action == action {
			return r
		}
	}
	return nil
}

// count is how often an action took effect, its repetitions left out, and sum what
// it moved. A compensation of nothing is no effect.
func (h *History) count(action string) (n int) {
	for _, r := range h.rows {
		if r.is(action) && r.Reason != nothingToUndo {
			n++
		}
	}
	return n
}

func (h *History) sum(action string) (cents int64) {
	for _, r := range h.rows {
		if r.is(action) && r.Reason != nothingToUndo {
			cents += r.Amount
		}
	}
	return cents
}

// effects is how often an action took effect in all.
func (h *History) effects(action string) (n int) {
	for _, rows := range [][]record.Effect{h.Rows, h.Repeated} {
		for i := range rows {
			if rows[i].Action == action && rows[i].Outcome == done {
				n++
			}
		}
	}
	return n
}

// parted moves the rows after the first of an action out of the way.
func (h *History) parted() {
	h.Repeated = nil
	for i := 1; i < len(h.Rows); i++ {
		for k := range i {
			if h.Rows[k].Action == h.Rows[i].Action {
				h.part(i)
				return
			}
		}
	}
}

// part does so from row i on, before which there is none.
func (h *History) part(i int) {
	all := h.Rows
	h.Rows = append([]record.Effect(nil), all[:i]...)
	for _, r := range all[i:] {
		if h.of(r.Action) != nil {
			h.Repeated = append(h.Repeated, r)
		} else {
			h.Rows = append(h.Rows, r)
		}
	}
}

// ending is how the order ends, or "" while that is open.
func (h *History) ending() string {
	switch {
	case h.has("no charge"):
		return paymentDeclined
	case h.has("no confirm"):
		return restaurantFailed
	case h.has("no assign"):
		return noPartner
	case h.has("assign"):
		return completed
	}
	return ""
}

// missing lists what the order's ending calls for and is not there.
func (h *History) missing() (entries []string) {
	for _, entry := range required[h.ending()] {
		if !h.has(entry) {
			entries = append(entries, entry)
		}
	}
	return entries
}

// settledAt is the place of the row with which the order was settled, or -1.
func (h *History) settledAt() int {
	last := -1
	for _, entry := range required[h.ending()] {
		at := h.first(entry)
		if at < 0 {
			return -1
		}
		last = max(last, at)
	}
	return last
}

// timed reports whether the stopwatch showed what the ledger's own times come to.
// Where calls took effect twice it may have stopped at the second.
func (h *History) timed() bool {
	end := h.settledAt()
	if end < 0 {
		return math.IsNaN(h.Order.Settled)
	}
	at := func(place int) float64 {
		if place < 0 {
			return math.NaN()
		}
		return h.Rows[place].Committed
	}
	if len(h.Repeated) > 0 {
		return same(h.Order.Settled, at(end)-h.Order.Due)
	}
	final := at(max(h.first("status-completed"), h.first("status-cancelled")))
	no := at(max(h.first("no charge"), h.first("no confirm"), h.first("no assign")))
	refunded, undone := math.NaN(), math.NaN()
	for _, r := range h.rows {
		if undoes[r.Action] == "" || r.Outcome != done || r.Reason == nothingToUndo {
			continue
		}
		undone = r.Committed
		if r.Action == "refund" {
			refunded = r.Committed
		}
	}
	return same(h.Order.Settled, at(end)-h.Order.Due) && same(h.Order.Decision, final-h.Order.Due) &&
		same(h.Order.Compensation, undone-no) && same(h.Order.Inconsistent, refunded-no)
}

// same compares times in ms that are sums of times rounded to a microsecond.
func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 0.002
}

// evidence is the order's timeline on one line, for every violation.
func (h *History) evidence() string {
	if len(h.Rows) == 0 {
		return "no rows"
	}
	var rows []string
	for _, r := range h.rows {
		rows = append(rows, r.String())
	}
	for i := range h.Repeated {
		rows = append(rows, (*row)(&h.Repeated[i]).String())
	}
	return strings.Join(rows, ", ")
}

package invariant

import (
	"math"
	"slices"
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
	end  end    // see concluded

	toBeCancelled bool // accepted, and drawn for that

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

// sorted moves the rows after the first of an action out of the way, and notes how
// the order ends by the others.
func (h *History) sorted() {
	h.parted()
	h.toBeCancelled = h.accepted() && h.cell.cancels(h.Order.ID) != nil
	h.concluded()
}

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

// An end is what the rows show of how an order ends.
type end struct {
	decided string // by the deciding calls and the customer; "" while that is open
	ending  string // the same, or escalated
	settled int    // place of the row with which it ended; -1 if it did not
}

// concluded notes how the order ends.
func (h *History) concluded() {
	h.end.decided = h.decides()
	h.end.ending = h.end.decided
	if anyIs(h.Rows, rejectedUndoes...) {
		h.end.ending = escalated
	}
	h.end.settled = h.settles()
}

// ending is how the order ends, or "" while that is open. One that is being taken
// back may still come to be escalated.
func (h *History) ending() string { return h.end.ending }

func (h *History) decided() string { return h.end.decided }

// settledAt is the place of the row with which the order was settled, or ended by
// being escalated; -1 if it was not.
func (h *History) settledAt() int { return h.end.settled }

// decides is the ending that the deciding calls and the customer bring about. The
// calls of a cancelled order that were in flight may still turn out to be rejected, so
// the undoes must have closed them.
func (h *History) decides() string {
	switch {
	case h.has("no charge"):
		return paymentDeclined
	case h.has("no confirm"):
		return restaurantFailed
	case h.has("no assign"):
		return noPartner
	case h.has("assign"):
		return completed
	case h.has("cancel") && h.of("charge") != nil && h.of("confirm") != nil:
		return customerCancelled
	}
	return ""
}

// calledFor yields the entries that the order calls for. While its end is open these
// are those of all endings.
func (h *History) calledFor(yield func(string) bool) {
	ending, refunded := h.decided(), h.has("charge") && h.has("refund")
	entries := required[ending]
	switch {
	case ending == "":
		entries = ofAnyEnding
	case h.has("cancel"):
		entries = cancelledAs[ending]
	}
	for _, entry := range entries {
		if (refunded || entry != "mail-refunded") && !yield(entry) {
			return
		}
	}
	if h.toBeCancelled && !yield("maybe cancel") {
		return
	}
	if ending != "" && h.ending() != escalated {
		return
	}
	for _, entry := range handedOver {
		if !yield(entry) {
			return
		}
	}
}

// missing lists what the order's ending calls for and is not there.
func (h *History) missing() (entries []string) {
	for entry := range h.calledFor {
		if !strings.HasPrefix(entry, optional) && !h.has(entry) && !slices.Contains(entries, entry) {
			entries = append(entries, entry)
		}
	}
	return entries
}

func (h *History) settles() int {
	if h.decided() == "" {
		return -1
	}
	last := -1
	for entry := range h.calledFor {
		if strings.HasPrefix(entry, optional) {
			continue
		}
		at := h.first(entry)
		if at < 0 {
			return -1
		}
		last = max(last, at)
	}
	return last
}

// rejection is the place of the row because of which the order is taken back, or -1.
func (h *History) rejection() int {
	return slices.IndexFunc(h.Rows, func(e record.Effect) bool {
		return (*row)(&e).isOneOf("no charge", "no confirm", "no assign", "cancel")
	})
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
	no := at(h.rejection())
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

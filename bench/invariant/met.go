package invariant

import (
	"math"
	"slices"
)

// Met counts the orders of a cell by what they met, warm-up included: by "fault" its
// kinds, by "ending" how they ended, by "undo" what became of each compensation, and by
// "cancelled" how far an order was when its customer cancelled. Nothing is judged by it.
// It says what a verdict was tried on.
type Met map[string]map[string]int

func (m Met) of(what string) map[string]int {
	if m[what] == nil {
		m[what] = map[string]int{}
	}
	return m[what]
}

// Add adds what the orders of other cells met.
func (m Met) Add(other Met) {
	for what, orders := range other {
		for which, n := range orders {
			m.of(what)[which] += n
		}
	}
}

// see counts an order.
func (m Met) see(h *History) {
	for _, kind := range h.met() {
		m.of("fault")[kind]++
	}
	if ending := h.ending(); ending != "" {
		m.of("ending")[ending]++
	}
	for _, r := range h.rows {
		switch {
		case r.Action == cancel:
			m.of("cancelled")[h.progress(r.At)]++
		case undoes[r.Action] == "" || r.Reason == nothingToUndo:
		case r.rejected():
			m.of("undo")[r.Action+" rejected"]++
		default:
			m.of("undo")[r.Action+" done"]++
		}
	}
}

// met lists the kinds of faults that the order met, among them the death of a process
// while it was under way.
func (h *History) met() (kinds []string) {
	for _, f := range h.Faults {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	if end := h.Order.Due + h.Order.Settled; len(h.cell.deaths) > 0 && h.Offered && (math.IsNaN(end) || h.cell.diedIn(h.Order.Due, end)) {
		kinds = append(kinds, "death")
	}
	return kinds
}

// progress is how far an order was at a time: at the last deciding call that had begun.
func (h *History) progress(at float64) string {
	stage := "before charge"
	for _, action := range []string{"charge", "confirm", "assign"} {
		began := slices.ContainsFunc(h.made, func(m made) bool { return m.action == action && m.calls[0].At < at })
		switch r := h.of(action); {
		case !began:
			return stage
		case r == nil || r.overtaken() || r.At > at:
			stage = "during " + action
		case r.rejected():
			stage = "after rejected " + action
		default:
			stage = "after " + action
		}
	}
	return stage
}

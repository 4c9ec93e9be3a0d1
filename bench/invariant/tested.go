package invariant

// An order that could not have broken an invariant is no evidence for it: an
// order that was not cancelled keeps nothing that it should give back. So each
// invariant has a predicate on what is known of an order: its rows, its calls and
// the faults that it met. An order that breaks the invariant is always counted as
// one that could have.

// every order that the sentence is about could have broken it.
func every(*History) bool { return true }

// reachedTwice is the test of "at most once": a repeat that failed before it had an
// effect is none.
func reachedTwice(h *History) bool {
	for i := range h.made {
		if h.reached(h.made[i].action) > 1 {
			return true
		}
	}
	return false
}

// movesMoney leaves out the orders that were declined and neither charged nor
// refunded.
func movesMoney(h *History) bool {
	return h.count("charge") > 0 || h.count("refund") > 0 || h.ending() == completed
}

// somethingWasGiven leaves out the cancelled orders that nothing had been given to.
// Points that were revoked were given.
func somethingWasGiven(h *History) bool {
	return h.has("confirm") || h.has("assign") || h.has("award") || h.count("revoke") > 0
}

// goodNewsIsAround is about an order whose end is known. Good news is due from the
// confirmation on, and news that was blocked was about to be sent.
func goodNewsIsAround(h *History) bool {
	if h.has("confirm") {
		return true
	}
	for _, r := range h.rows {
		switch r.Action {
		case "status-confirmed", "status-completed", "mail-confirmed", "mail-partner-assigned":
			return true
		}
	}
	return false
}

// hasEffects reports whether a row is there that is not the first cause of all.
func hasEffects(h *History) bool {
	for _, r := range h.rows {
		if causes[r.Action] != nil {
			return true
		}
	}
	return false
}

func wasDrawnToEnd(h *History) bool {
	for i := range h.made {
		m := &h.made[i]
		nothing := m.row != nil && m.row.Reason == nothingToUndo
		if rejectable(m.action) && !nothing && h.cell.ends(h.Order.ID, m) != done {
			return true
		}
	}
	return false
}

func meetsFaults(h *History) bool {
	if len(h.Faults) > 0 {
		return true
	}
	for i := range h.made {
		if m := &h.made[i]; h.cell.drawsAny(h.Order.ID, m) {
			return true
		}
	}
	return false
}

func anyCallAgain(h *History) bool {
	for i := range h.made {
		if len(h.made[i].calls) > 1 || h.made[i].series > 0 {
			return true
		}
	}
	return false
}

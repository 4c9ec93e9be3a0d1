package invariant

import (
	"fmt"
)

// callsAreOnTime is about what a back-off promises to each call: none comes early.
// How late calls are is judged for the whole cell, see lateness.
func callsAreOnTime(h *History) (about bool, wrong string) {
	for i := range h.made {
		m := &h.made[i]
		for k := 1; k < len(m.calls); k++ {
			at := m.calls[k].At
			if due, ok := h.cell.due(m, k); ok && at < due-early {
				return true, fmt.Sprintf("%s was tried again %.1f ms before its back-off was over", m.action, due-at)
			}
		}
	}
	return len(h.made) > 0, ""
}

// due is when the back-off before call k was over, if that is known: from the fault
// that ended the attempt before, or from the timeout of one that was slow.
func (s *setting) due(m *made, k int) (at float64, known bool) {
	last := m.calls[k-1]
	switch m.why(s, k) {
	case failed:
		for _, f := range m.faultsOf(k - 1) {
			if f.Kind != refuse && f.Kind != slow {
				at = max(at, f.at)
			}
		}
	case timedOut, redelivered:
		if !s.outlasted(m, k-1) {
			return 0, false
		}
		at = last.At + s.run.Retry.CallTimeout
	default:
		return 0, false
	}
	return at + s.backoff(last.Attempt), true
}

// outlasted reports whether call k was slow by plan for longer than it is waited for.
func (s *setting) outlasted(m *made, k int) bool {
	for _, f := range m.faultsOf(k) {
		if r := parseRule(f.Rule); r != nil && r.kind == slow && ms(r.delay) > s.run.Retry.CallTimeout {
			return true
		}
	}
	return false
}

// begun is when the first call of a series was due: when what it follows from was
// committed, the order was sent, or the customer cancelled. A person's answer is due at
// no time.
func (h *History) begun(m *made) (at float64, known bool) {
	switch m.action {
	case "charge":
		return h.Order.Due + h.Order.Sent, h.sent()
	case "resolve":
		return 0, false
	}
	if all := h.calledForAt(m.action); m.series < len(all) {
		return all[m.series], true
	}
	return 0, false
}

// patience is how much longer than the redelivery clock a dead worker's call may take
// to come again, and how long a call may take to come at all, in ms.
const patience = 1000.0

// latest is when call k had to be made again because the worker died over the call
// before it, if it did, and that had left no row.
func (s *setting) latest(h *History, m *made, k int) (at float64, known bool) {
	last := m.calls[k-1]
	if r := h.of(m.action); m.fell(k-1, outage, fail, panics, loseReply, slow) || r == nil || r.At < s.nextDeath(last.At) {
		return 0, false
	}
	for _, d := range s.deaths {
		if last.At <= d.From && d.From <= m.calls[k].At {
			if r := parseRule(d.Rule); r == nil || r.kind != kill {
				return 0, false
			}
			known = known || d.Role == "worker"
			at = max(at, d.To)
		}
	}
	return max(at, last.At+s.run.Retry.Redelivery) + s.backoff(last.Attempt) + patience, known
}

// nextDeath is when the first process died after a time.
func (s *setting) nextDeath(after float64) float64 {
	for _, d := range s.deaths {
		if d.From >= after {
			return d.From
		}
	}
	return -1
}

package invariant

import (
	"fmt"
	"math"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
)

// made are the calls of one action of an order, by time, and the faults that they met.
// An action that follows from more than one thing, such as a refund that both a refusal
// and the customer's cancellation call for, may be called for by each. The calls are a
// series then for each of them, with attempts of its own.
type made struct {
	service, action string
	series          int // counts from 0
	calls           []record.Call
	faults          []metFault
	row             *row // that stands for the action; nil if there is none
}

// metFault is a fault that call number k met, at a time in ms from the cell's start.
type metFault struct {
	record.Fault
	k  int
	at float64
}

// early is by how many ms a clock may be wrong that two processes, or two lines
// of a journal, are compared by.
const early = 2.0

// gather sorts an order's calls and faults by action and series.
func (h *History) gather() {
	h.made, h.strayFault = h.made[:0], ""
	for _, c := range h.Calls {
		m := h.seriesOf(c)
		m.calls = append(m.calls, c)
	}
	for _, f := range h.Faults {
		if f.Kind == resubmit || f.Kind == cancel {
			continue // of the order, and of no call
		}
		at := ms(f.At.Sub(h.cell.cell.Started))
		m, k := h.callOf(f, at)
		if m == nil {
			h.strayFault = fmt.Sprintf("%s hit attempt %d at %s, which was not made", f.Rule, f.Attempt, f.Action)
			continue
		}
		m.faults = append(m.faults, metFault{f, k, at})
	}
}

// seriesOf is the series that a call belongs to. A first attempt begins a new one if
// something has called for it that no series has begun with. Any other goes on with the
// series that has waited longest for it.
func (h *History) seriesOf(c record.Call) *made {
	n := 0
	var goesOn *made
	for i := range h.made {
		m := &h.made[i]
		if m.action != c.Action {
			continue
		}
		n++
		if goesOn == nil || m.waitsFor(c) && (!goesOn.waitsFor(c) || m.last().At < goesOn.last().At) {
			goesOn = m
		}
	}
	if goesOn == nil || c.Attempt <= 1 && h.calledForBefore(c, n) {
		h.made = append(h.made, made{service: c.Service, action: c.Action, series: n, row: h.of(c.Action)})
		goesOn = &h.made[len(h.made)-1]
	}
	return goesOn
}

func (m *made) last() record.Call { return m.calls[len(m.calls)-1] }

func (m *made) waitsFor(c record.Call) bool { return m.last().Attempt == c.Attempt-1 }

// calledForBefore reports whether more than n things had called for a call before it
// was made.
func (h *History) calledForBefore(c record.Call, n int) bool {
	at := h.calledForAt(c.Action)
	return len(at) > n && at[n] <= c.At+early
}

// calledForAt lists when an action was called for, earliest first: when each row that it
// follows from was committed. What follows from an undo does so once for each
// time that the undo itself was called for.
func (h *History) calledForAt(action string) (at []float64) {
	if action == cancel {
		for _, f := range h.Faults {
			if f.Kind == cancel {
				at = append(at, ms(f.At.Sub(h.cell.cell.Started)))
			}
		}
		return at
	}
	for _, r := range h.rows {
		if !r.isOneOf(causes[action]...) {
			continue
		}
		at = append(at, r.Committed)
		if undoes[r.Action] == "" {
			continue
		}
		for i, again := range h.calledForAt(r.Action) {
			if i > 0 {
				at = append(at, max(again, r.Committed))
			}
		}
	}
	slices.Sort(at)
	return at
}

// callOf is the call that a fault hit: the last one with its attempt before it that is
// not known to have met the rule.
func (h *History) callOf(f record.Fault, at float64) (of *made, call int) {
	met := true
	for i := range h.made {
		m := &h.made[i]
		for k, c := range m.calls {
			if m.action != f.Action || c.Attempt != f.Attempt || c.At > at+early {
				continue
			}
			known := m.fired(k, f.Rule)
			if of == nil || met && !known || met == known && c.At >= of.calls[call].At {
				of, call, met = m, k, known
			}
		}
	}
	return of, call
}

// before is the last call with an attempt's number that began before a time, or -1.
func (m *made) before(attempt int, at float64) int {
	for k, c := range slices.Backward(m.calls) {
		if c.Attempt == attempt && c.At <= at {
			return k
		}
	}
	return -1
}

func (m *made) faultsOf(k int) func(func(int, metFault) bool) {
	return func(yield func(int, metFault) bool) {
		for i, f := range m.faults {
			if f.k == k && !yield(i, f) {
				return
			}
		}
	}
}

// fell reports whether call k met a fault of one of the kinds, and fired the same of
// a rule.
func (m *made) fell(k int, kinds ...string) bool {
	for _, f := range m.faultsOf(k) {
		if slices.Contains(kinds, f.Kind) {
			return true
		}
	}
	return false
}

func (m *made) fired(k int, rule string) bool {
	for _, f := range m.faultsOf(k) {
		if f.Rule == rule {
			return true
		}
	}
	return false
}

// reached is how often an action's calls reached their service: those that failed
// before they had an effect did not.
func (h *History) reached(action string) (n int) {
	for i := range h.made {
		m := &h.made[i]
		for k := range m.calls {
			if m.action == action && !m.fell(k, outage, fail, panics) {
				n++
			}
		}
	}
	return n
}

// callsAreExplained looks in both directions: from each row to its call, and from each
// call to the one before it.
func callsAreExplained(h *History) (bool, string) {
	for i := range h.Rows {
		if r := (*row)(&h.Rows[i]); !h.called(r) {
			return true, fmt.Sprintf("%v comes from no call", r)
		}
	}
	for i := range h.made {
		m := &h.made[i]
		if c := m.calls[0]; c.Attempt < 1 || c.Attempt > 1 && !h.cell.mayHaveMissed(h.Order.Due, c) {
			return true, fmt.Sprintf("%s was first called as attempt %d", m.action, c.Attempt)
		}
		for k := 1; k < len(m.calls); k++ {
			last, c, why := m.calls[k-1], m.calls[k], m.why(h.cell, k)
			switch {
			case why == unexplained:
				return true, fmt.Sprintf("%s was called again after %.1f ms (attempt %d after %d), for no reason", m.action, c.At-last.At, c.Attempt, last.Attempt)
			case why == failed && c.Attempt != last.Attempt+1 && !h.cell.shaken(last.At, c.At) && !h.cell.lostBetween(last, c):
				return true, fmt.Sprintf("%s was called as attempt %d after attempt %d", m.action, c.Attempt, last.Attempt)
			}
		}
		if h.unheard(m) {
			return true, fmt.Sprintf("attempt %d at %s had no answer, and it was not made again", m.calls[len(m.calls)-1].Attempt, m.action)
		}
	}
	return len(h.made) > 0 || h.judged(), ""
}

// unheard reports whether the last call of a series had no answer by plan, and was left
// at that. A rejectable call is given up then, after its last attempt. What leads up to
// the end of an order need not be made again when the customer has cancelled. Where
// deliveries overlap, another attempt may have had the answer.
func (h *History) unheard(m *made) bool {
	k := len(m.calls) - 1
	last := m.calls[k]
	silent := m.fell(k, outage, fail, panics, loseReply) || h.cell.outlasted(m, k)
	switch {
	case !silent || m.row != nil && m.row.Reason == gaveUp || h.cell.cell.Cut || !h.cell.cell.Drained || h.settledAt() < 0:
		return false
	case rejectable(m.action) && last.Attempt >= h.cell.limit(m.action), forward[m.action] && h.cancelledBefore(last):
		return false
	case k > 0 && m.why(h.cell, k) != failed:
		return false
	}
	return !h.cell.shaken(last.At, math.Inf(1))
}

// cancelledBefore reports whether the customer's cancellation took effect before a call
// without an answer had to be made again.
func (h *History) cancelledBefore(last record.Call) bool {
	r := h.of(cancel)
	return r != nil && r.Outcome == done && r.Committed <= last.At+h.cell.run.Retry.CallTimeout+h.cell.backoff(last.Attempt)+patience
}

// mayHaveMissed reports whether attempts may have been lost before the first call of
// an order that was due at a time: with a process that died before it made the call, or
// by the redelivery clock.
func (s *setting) mayHaveMissed(due float64, c record.Call) bool {
	return s.diedIn(due, c.At) || c.At-due >= float64(c.Attempt-1)*s.run.Retry.Redelivery-early
}

// lostBetween reports whether the attempts that are missing between two may have been lost
// by the redelivery clock: they were given out, and the worker never began them.
func (s *setting) lostBetween(last, c record.Call) bool {
	missing := c.Attempt - last.Attempt - 1
	return missing > 0 && c.At-last.At >= float64(missing)*s.run.Retry.Redelivery-early
}

// called reports whether a row comes from a call that was made before it: of its own,
// or of the one that blocked it.
func (h *History) called(r *row) bool {
	for i := range h.made {
		m := &h.made[i]
		if m.action != r.Action && !(r.overtaken() && closes[m.action] == r.Action) {
			continue
		}
		if m.before(r.Attempt, min(r.At, r.Committed)+early) >= 0 {
			return true
		}
	}
	return false
}

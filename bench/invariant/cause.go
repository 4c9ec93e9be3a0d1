package invariant

import (
	"slices"
)

// A cause is why a call was made again.
type cause int

const (
	unexplained    cause = iota
	calledForTwice       // by something else than the call before
	failed               // a planned fault left the call before without an answer
	timedOut             // it may have taken longer than its timeout
	redelivered          // the redelivery clock has run out since
	afterDeath           // a process died, or stood still, meanwhile
)

var causeNames = [...]string{"unexplained", "called for twice", "failure", "timeout", "redelivery", "death"}

// why explains call k by the call before it in its series.
func (m *made) why(s *setting, k int) cause {
	if k == 0 {
		return calledForTwice
	}
	last, c := m.calls[k-1], m.calls[k]
	gap, retry := c.At-last.At, s.run.Retry
	switch {
	case s.diedIn(last.At, c.At) && s.lost(m, last.At, c.At):
		return afterDeath
	case m.fell(k-1, outage, fail, panics, loseReply):
		return failed
	case s.lost(m, last.At, c.At):
		return afterDeath
	case gap >= retry.Redelivery-early:
		return redelivered
	case gap >= retry.CallTimeout+s.backoff(last.Attempt)-early:
		return timedOut
	}
	return unexplained
}

// lost reports whether a death between two calls, or within the redelivery clock before
// both, may have lost the answer to the first. An answer that is older than the clock by
// more than a second had arrived by then.
func (s *setting) lost(m *made, from, to float64) bool {
	clock := s.run.Retry.Redelivery
	for _, d := range s.deaths {
		between := d.From <= to+early && d.To >= from-early
		before := d.To < from && to-d.To <= clock
		if (between || before) && (m.row == nil || m.row.At >= d.From-clock-patience) {
			return true
		}
	}
	return false
}

// answered reports whether call k found its row, or left it before its timeout. Where
// the engine has time it knew of that, and neither of its clocks was running.
func (m *made) answered(k int, timeout float64) bool {
	return m.row != nil && m.row.At < m.calls[k].At+timeout
}

// hadNoAnswers reports whether in a series of an action's calls each attempt but the last
// was followed by another for a reason. Then the last one was a last one.
func (h *History) hadNoAnswers(action string) bool {
	return slices.ContainsFunc(h.made, func(m made) bool {
		if m.action != action || len(m.calls) < h.cell.limit(action) {
			return false
		}
		for k := range m.calls {
			if m.why(h.cell, k) == unexplained {
				return false
			}
		}
		return true
	})
}

// backoff is how many ms a retry waits after an attempt.
func (s *setting) backoff(attempt int) float64 {
	wait := s.run.Retry.FirstBackoff
	for n := 1; n < attempt && wait < s.run.Retry.MaxBackoff; n++ {
		wait *= 2
	}
	return min(wait, s.run.Retry.MaxBackoff)
}

// diedIn reports whether a process was dead or stood still in a time, in ms from the
// cell's start.
func (s *setting) diedIn(from, to float64) bool {
	for _, d := range s.deaths {
		if d.From <= to+early && d.To >= from-early {
			return true
		}
	}
	return false
}

// shaken reports whether a process died in a time, or within the redelivery clock before
// it: then clients may still be on their way back, and counts of deliveries be lost.
func (s *setting) shaken(from, to float64) bool { return s.diedIn(from-s.run.Retry.Redelivery, to) }

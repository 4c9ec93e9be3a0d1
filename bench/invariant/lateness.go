package invariant

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// lateness keeps how late the calls of a cell were, in ms: how long first calls came
// after what they follow from, the retries by the attempt before, and what is only late
// if it is later than calls of this cell are anyway.
type lateness struct {
	waits   []float64
	retries map[int][]float64
	overdue []overdue
	calls   int // orders of which a first call came more than a second late
	example string
}

// overdue is a call that came so many ms after the last moment for it.
type overdue struct {
	by     float64
	detail string
}

// enough is how many retries a median is taken of before it is judged, and how
// many orders must have waited for a call: a busy moment makes a few late.
const enough = 5

func (l *lateness) see(h *History) {
	waited := ""
	for i := range h.made {
		m := &h.made[i]
		first := m.calls[0].At
		if at, known := h.begun(m); known && !h.cell.shaken(at, first) {
			l.waits = append(l.waits, first-at)
			if first-at > patience {
				waited = fmt.Sprintf("%s of order %s came %.0f ms after what it follows from", m.action, h.Order.ID, first-at)
			}
		}
		for k := 1; k < len(m.calls); k++ {
			l.again(h, m, k)
		}
	}
	if waited != "" {
		l.calls++
		l.example = cmp.Or(l.example, waited)
	}
}

// again takes a call that was made again.
func (l *lateness) again(h *History, m *made, k int) {
	if latest, known := h.cell.latest(h, m, k); known && m.calls[k].At > latest {
		l.overdue = append(l.overdue, overdue{m.calls[k].At - latest, fmt.Sprintf("%s of order %s was made again after a death %.0f ms later than the redelivery clock and a second allow",
			m.action, h.Order.ID, m.calls[k].At-latest)})
	}
	due, known := h.cell.due(m, k)
	if !known {
		return
	}
	if l.retries == nil {
		l.retries = map[int][]float64{}
	}
	attempt := m.calls[k-1].Attempt
	l.retries[attempt] = append(l.retries[attempt], m.calls[k].At-due)
}

// usual is how late any call may be in the cell: twice what half of the first calls
// waited. A busy engine, or machine, holds up retries no more than other calls.
func (l *lateness) usual() float64 {
	if len(l.waits) == 0 {
		return 0
	}
	slices.Sort(l.waits)
	return 2 * max(ranked(l.waits, 0.5), 0)
}

// steps sums up. Attempts that wait equally long are one step.
func (l *lateness) steps(s *setting) (steps []Retry) {
	waits := map[float64][]float64{}
	first := map[float64]int{}
	for attempt, late := range l.retries {
		wait := s.backoff(attempt)
		waits[wait] = append(waits[wait], late...)
		if n, known := first[wait]; !known || attempt < n {
			first[wait] = attempt
		}
	}
	for wait, late := range waits {
		slices.Sort(late)
		r := Retry{Attempt: first[wait], Backoff: wait, N: len(late), P50: ranked(late, 0.5), P99: ranked(late, 0.99)}
		if r.N >= enough {
			r.Allowed = wait/2 + l.usual()
		}
		steps = append(steps, r)
	}
	slices.SortFunc(steps, func(a, b Retry) int { return a.Attempt - b.Attempt })
	return steps
}

// ranked is the nearest rank, to a microsecond.
func ranked(sorted []float64, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return math.Round(1000*sorted[max(i, 0)]) / 1000
}

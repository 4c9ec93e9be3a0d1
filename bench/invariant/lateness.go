package invariant

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// lateness keeps how late the calls of a cell were: the retries in ms by the attempt
// before, and the orders of which a first call came more than a second late.
type lateness struct {
	retries map[int][]float64
	calls   int
	example string
}

// enough is how many retries a median is taken of before it is judged, and how
// many orders must have waited for a call: a busy moment makes a few late.
const enough = 5

func (l *lateness) see(h *History) {
	waited := ""
	for i := range h.made {
		m := &h.made[i]
		first := m.calls[0].At
		if at, known := h.begun(m); known && first-at > patience && !h.cell.diedIn(at, first) {
			waited = fmt.Sprintf("%s of order %s came %.0f ms after what it follows from", m.action, h.Order.ID, first-at)
		}
		for k := 1; k < len(m.calls); k++ {
			due, known := h.cell.due(m, k)
			if !known {
				continue
			}
			if l.retries == nil {
				l.retries = map[int][]float64{}
			}
			attempt := m.calls[k-1].Attempt
			l.retries[attempt] = append(l.retries[attempt], m.calls[k].At-due)
		}
	}
	if waited != "" {
		l.calls++
		l.example = cmp.Or(l.example, waited)
	}
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
		steps = append(steps, Retry{
			Attempt: first[wait], Backoff: wait, N: len(late), P50: ranked(late, 0.5), P99: ranked(late, 0.99),
			Judged: s.calm && len(late) >= enough,
		})
	}
	slices.SortFunc(steps, func(a, b Retry) int { return a.Attempt - b.Attempt })
	return steps
}

// ranked is the nearest rank, to a microsecond.
func ranked(sorted []float64, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return math.Round(1000*sorted[max(i, 0)]) / 1000
}

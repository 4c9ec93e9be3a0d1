package invariant

import (
	"math"
	"slices"
)

// lateness keeps how late the retries of a cell were, in ms, by the attempt before.
type lateness map[int][]float64

// enoughRetries is how many a median is taken of before it is judged.
const enoughRetries = 5

func (l *lateness) see(h *History) {
	for i := range h.made {
		m := &h.made[i]
		for k := 1; k < len(m.calls); k++ {
			due, known := h.cell.due(m, k)
			if !known {
				continue
			}
			if *l == nil {
				*l = lateness{}
			}
			attempt := m.calls[k-1].Attempt
			(*l)[attempt] = append((*l)[attempt], m.calls[k].At-due)
		}
	}
}

// steps sums up. Attempts that wait equally long are one step.
func (l lateness) steps(s *setting) (steps []Retry) {
	waits := map[float64][]float64{}
	first := map[float64]int{}
	for attempt, late := range l {
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
			Judged: s.calm && len(late) >= enoughRetries,
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

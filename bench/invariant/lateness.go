package invariant

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// lateness keeps how late the calls of a cell were, in ms, by service: how long first
// calls came after what they follow from, the retries by the attempt before, and what is
// wrong only if it is later than calls of this cell are anyway.
type lateness struct {
	waits    map[string][]float64
	retries  map[step][]float64
	overdue  []overdue
	answered []overdue // calls that were made again by a clock, although they were answered
	calls    int       // orders of which a first call came more than a second late, where it had time
	example  string
}

// step is an attempt at calls of a service.
type step struct {
	service string
	attempt int
}

// overdue is a call that came so many ms after the last moment for it.
type overdue struct {
	by            float64
	order, detail string
}

// enough is how many retries a median is taken of before it is judged, and how
// many orders must have waited for a call: a busy moment makes a few late.
const enough = 5

func newLateness() lateness {
	return lateness{waits: map[string][]float64{}, retries: map[step][]float64{}}
}

func (l *lateness) see(h *History) {
	waited := ""
	for i := range h.made {
		m := &h.made[i]
		first := m.calls[0].At
		at, known := h.begun(m)
		switch limit, shaken := h.cell.afterDeath(at, first); {
		case !known:
		case shaken && first > limit:
			l.overdue = append(l.overdue, overdue{first - limit, h.Order.ID, fmt.Sprintf("%s came %.0f ms later than a death, twice the redelivery clock and a second allow", m.action, first-limit)})
		case !shaken:
			l.waits[m.service] = append(l.waits[m.service], first-at)
			if first-at > patience && h.cell.hasTime(m.service) {
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
	at, last := m.calls[k].At, m.calls[k-1]
	if latest, known := h.cell.latest(h, m, k); known && at > latest {
		l.overdue = append(l.overdue, overdue{at - latest, h.Order.ID, fmt.Sprintf("%s was made again after a death %.0f ms later than the redelivery clock and a second allow", m.action, at-latest)})
	}
	if why := m.why(h.cell, k); (why == redelivered || why == timedOut) && m.answered(k-1, h.cell.run.Retry.CallTimeout) {
		l.answered = append(l.answered, overdue{0, h.Order.ID, fmt.Sprintf("%s was called again after %.1f ms (attempt %d after %d), although it was answered", m.action, at-last.At, m.calls[k].Attempt, last.Attempt)})
	}
	if due, known := h.cell.due(m, k); known {
		switch limit, shaken := h.cell.afterDeath(due, at); {
		case !shaken: // others wait for what a death held up, and are no measure
			of := step{m.service, last.Attempt}
			l.retries[of] = append(l.retries[of], at-due)
		case at > limit:
			l.overdue = append(l.overdue, overdue{at - limit, h.Order.ID, fmt.Sprintf("%s was tried again %.0f ms later than a death, twice the redelivery clock and a second allow", m.action, at-limit)})
		}
	}
}

// afterDeath is when the first call that a death may have held up had to come: a flow's
// task and then the call itself may each wait for the redelivery clock.
func (s *setting) afterDeath(from, to float64) (limit float64, shaken bool) {
	for _, d := range s.deaths {
		if d.From <= to+early && d.To >= from-s.run.Retry.Redelivery-early {
			limit, shaken = max(limit, d.To+2*s.run.Retry.Redelivery+patience), true
		}
	}
	return limit, shaken
}

// usual is how late any call of a service may be in the cell: twice what half of its
// first calls waited. A busy engine, or machine, holds up retries no more than other
// calls. Where the machine had time that is no excuse for much.
func (l *lateness) usual(s *setting, service string) float64 {
	waits := l.waits[service]
	if len(waits) == 0 {
		return 0
	}
	slices.Sort(waits)
	late := 2 * max(ranked(waits, 0.5), 0)
	if s.hasTime(service) {
		return min(late, excuse)
	}
	return late
}

// excuse is the most that calls of an idle machine may be late by, in ms.
const excuse = 100.0

// slowest is the usual of the service that is worst off.
func (l *lateness) slowest(s *setting) (late float64) {
	for service := range l.waits {
		late = max(late, l.usual(s, service))
	}
	return late
}

// steps sums up. Attempts that wait equally long are one step.
func (l *lateness) steps(s *setting) (steps []Retry) {
	type wait struct {
		service string
		backoff float64
	}
	waits, first := map[wait][]float64{}, map[wait]int{}
	for of, late := range l.retries {
		w := wait{of.service, s.backoff(of.attempt)}
		waits[w] = append(waits[w], late...)
		if n, known := first[w]; !known || of.attempt < n {
			first[w] = of.attempt
		}
	}
	for w, late := range waits {
		slices.Sort(late)
		r := Retry{Service: w.service, Attempt: first[w], Backoff: w.backoff, N: len(late), P50: ranked(late, 0.5), P99: ranked(late, 0.99)}
		if r.N >= enough {
			r.Allowed = w.backoff/2 + l.usual(s, w.service)
		}
		steps = append(steps, r)
	}
	slices.SortFunc(steps, func(a, b Retry) int { return cmp.Or(cmp.Compare(a.Service, b.Service), a.Attempt-b.Attempt) })
	return steps
}

// sorted is how late the retries came, of all services and attempts.
func (l *lateness) sorted() (all []float64) {
	for _, late := range l.retries {
		all = append(all, late...)
	}
	slices.Sort(all)
	return all
}

// ranked is the nearest rank, to a microsecond.
func ranked(sorted []float64, q float64) float64 {
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return math.Round(1000*sorted[max(i, 0)]) / 1000
}

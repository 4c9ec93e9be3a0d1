package measure

import (
	"cmp"
	"math"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
)

// A Recovery is how a cell came through one outage, by its backlog.
type Recovery struct {
	Service string `json:"service"`
	Before  int    `json:"open_before"`  // the most orders open at once, in the window before any outage
	Most    int    `json:"open_most"`    // the same from the outage's start on
	Took    Num    `json:"recovered_ms"` // from the outage's end until no more were open than before; "+Inf" if that never came
	Cleared Num    `json:"cleared_ms"`   // from the outage's end until all that were open then had settled
}

// A Backlog is how many orders were due and not settled, from At on, in ms from
// the cell's start.
type Backlog struct {
	At   float64
	Open int
}

// Backlogs counts the open orders of a cell, the warm-up and those that were
// never sent among them, at every moment when the number changes. It is counted
// from the orders themselves, so that nothing between two samples is missed.
func Backlogs(orders []record.Order) (steps []Backlog) {
	type change struct {
		at   float64
		more int
	}
	var changes []change
	for _, o := range orders {
		changes = append(changes, change{o.Due, +1})
		if record.Came(o.Settled) {
			changes = append(changes, change{o.Due + o.Settled, -1})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), b.more-a.more) })
	open := 0
	for _, c := range changes {
		open += c.more
		if n := len(steps); n > 0 && steps[n-1].At == c.at {
			steps[n-1].Open = open
			continue
		}
		steps = append(steps, Backlog{c.at, open})
	}
	return steps
}

// Recoveries judges every outage of a cell. Of a cell that was cut short
// nothing is known.
func Recoveries(c record.Cell, orders []record.Order) (all []Recovery) {
	if c.Cut {
		return nil
	}
	steps := Backlogs(orders)
	first := math.Inf(+1)
	for _, o := range c.Outages {
		first = min(first, o.From)
	}
	before := mostOpen(steps, c.Begin, first)
	for _, o := range c.Outages {
		all = append(all, Recovery{
			Service: o.Service, Before: before, Most: mostOpen(steps, o.From, math.Inf(+1)),
			Took: Num(calmFrom(steps, o.To, before) - o.To), Cleared: Num(clearedBy(orders, o.To) - o.To),
		})
	}
	return all
}

// mostOpen is the highest backlog in a stretch of time, counting what was open
// when it began.
func mostOpen(steps []Backlog, from, to float64) (most int) {
	for i, s := range steps {
		if s.At < to && (i+1 == len(steps) || steps[i+1].At > from) {
			most = max(most, s.Open)
		}
	}
	return most
}

// calmFrom is the first moment from t on at which no more than level are open.
func calmFrom(steps []Backlog, t float64, level int) float64 {
	for i, s := range steps {
		if s.Open <= level && (i+1 == len(steps) || steps[i+1].At > t) {
			return max(s.At, t)
		}
	}
	return math.Inf(+1)
}

// clearedBy is when the last of the orders that were open at t settled, or t.
func clearedBy(orders []record.Order, t float64) (last float64) {
	last = t
	for _, o := range orders {
		if o.Due <= t {
			last = max(last, o.Due+orNever(o.Settled))
		}
	}
	return last
}

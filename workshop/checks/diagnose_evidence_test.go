package checks

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
)

// evidence is a judged run, and what can be claimed of it and what can't.
type evidence struct {
	testing.TB
	*results.Judged
}

const (
	choreo = record.Choreography
	orch   = record.Orchestration
	both   = "both"
)

// firstBroken is the order that was due first of those that break a promise.
func (n evidence) firstBroken(promise string) (order string) {
	n.Helper()
	var at time.Time
	listed, counted := 0, 0
	for _, v := range n.Results.Violations {
		if v.Invariant != promise || v.Order == "" {
			continue
		}
		listed++
		o, c := n.order(v.Cell, v.Order)
		if due := dueAt(c, o); order == "" || due.Before(at) {
			order, at = v.Order, due
		}
	}
	for _, inv := range n.Results.Invariants {
		if inv.Name == promise {
			counted = inv.Violated
		}
	}
	if listed != counted {
		n.Errorf("%d violations of %s, and %d are listed with an order", counted, promise, listed)
	}
	return order
}

// slowest is the order that took longest to settle, of a style or of both.
func (n evidence) slowest(style string) (order string) {
	longest := 0.0
	for _, c := range n.Run.Cells {
		for _, o := range n.Orders[c.ID] {
			if !o.Warmup && (style == both || c.Style == style) && o.Settled > longest {
				order, longest = o.ID, o.Settled
			}
		}
	}
	return order
}

func (n evidence) order(cell, id string) (record.Order, record.Cell) {
	n.Helper()
	for _, c := range n.Run.Cells {
		if c.ID != cell {
			continue
		}
		for _, o := range n.Orders[cell] {
			if o.ID == id {
				return o, c
			}
		}
	}
	n.Fatalf("%s has no order %s", cell, id)
	return record.Order{}, record.Cell{}
}

// measured are the orders of a style in a scenario without the warm-up, by when they were
// due. "" is any.
func (n evidence) measured(style, scenario string) (all []record.Order) {
	for _, c := range n.Run.Cells {
		if (style == "" || c.Style == style) && (scenario == "" || c.Scenario == scenario) {
			for _, o := range n.Orders[c.ID] {
				if !o.Warmup {
					all = append(all, o)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b record.Order) int { return int(math.Copysign(1, a.Due-b.Due)) })
	return all
}

// ranked is a percentile by the nearest rank, however few orders there are.
func ranked(all []record.Order, q float64) record.Order {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b record.Order) int { return int(math.Copysign(1, a.Settled-b.Settled)) })
	return all[max(int(math.Ceil(q*float64(len(all))-1e-9)), 1)-1]
}

// pool is a style in a scenario.
func (n evidence) pool(style, scenario string) measure.Pool {
	n.Helper()
	for _, p := range n.Results.Pools {
		if p.Style == style && p.Scenario == scenario {
			return p
		}
	}
	n.Fatalf("no pool of %s at %s", style, scenario)
	return measure.Pool{}
}

// The orders that lies are about.

// earliest is the order of a style that was due first of those that a lie is about.
func (n evidence) earliest(style, scenario string, about func(record.Cell, record.Order) bool) (order string) {
	var at time.Time
	for _, c := range n.Run.Cells {
		for _, o := range n.Orders[c.ID] {
			if due := dueAt(c, o); c.Style == style && c.Scenario == scenario && about(c, o) && (order == "" || due.Before(at)) {
				order, at = o.ID, due
			}
		}
	}
	return order
}

func other(style string) string {
	if style == choreo {
		return orch
	}
	return choreo
}

// twin is the same order in the other style.
func (n evidence) twin(c record.Cell, o record.Order) (twin record.Order, at record.Cell, found bool) {
	for _, d := range n.Run.Cells {
		if d.Style == c.Style {
			continue
		}
		for _, p := range n.Orders[d.ID] {
			if p.ID == o.ID {
				return p, d, true
			}
		}
	}
	return twin, at, false
}

// missing is an order that the other style was offered, and this one was not.
func (n evidence) missing(style, scenario string) string {
	return n.earliest(other(style), scenario, func(c record.Cell, o record.Order) bool {
		_, _, found := n.twin(c, o)
		return !found && !o.Warmup
	})
}

// moved is an order that was due later than in the other style, from the begin of the window.
func (n evidence) moved(style, scenario string) string {
	return n.earliest(style, scenario, func(c record.Cell, o record.Order) bool {
		p, d, found := n.twin(c, o)
		return found && (o.Due-c.Begin)-(p.Due-d.Begin) > 20
	})
}

// disagreeing is an order that settled later by the ledger than by the stopwatch.
func (n evidence) disagreeing(style, scenario string) string {
	last := map[string]float64{}
	for e, err := range n.Folder.Effects() {
		if err != nil {
			n.Fatal(err)
		}
		last[e.Cell+e.Order] = max(last[e.Cell+e.Order], e.Committed)
	}
	return n.earliest(style, scenario, func(c record.Cell, o record.Order) bool {
		return last[c.ID+o.ID]-o.Due-o.Settled > 0.5
	})
}

// otherwise is an order that ended otherwise in one style than in the other.
func (n evidence) otherwise(scenario string) string {
	return n.earliest(choreo, scenario, func(c record.Cell, o record.Order) bool {
		p, _, found := n.twin(c, o)
		return found && p.Outcome != o.Outcome
	})
}

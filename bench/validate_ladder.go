package bench

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
)

// ladderProblems are about what only a ladder has.
func (s Scenario) ladderProblems() (bad []problem) {
	add := func(field, format string, args ...any) {
		bad = append(bad, problem{s.at.of(field), fmt.Errorf("%s: "+format, append([]any{s.Name}, args...)...)})
	}
	switch ladder := s.Kind == record.KindLadder; {
	case !ladder && s.Bound != 0:
		add("bound", "only a ladder has a bound")
	case !ladder && s.Rungs != 0:
		add("rungs", "only a ladder has rungs")
	case ladder && (s.Bound <= 0 || s.Bound > s.During/2):
		add("bound", "bound %v: want what settling may take at its p99, at most half of the %v of a rung", s.Bound, s.During)
	case ladder && (s.Rungs < 2 || s.Rungs > MaxRungs):
		add("rungs", "rungs: %d, want at least 2 and at most %d", s.Rungs, MaxRungs)
	}
	return bad
}

// shareProblems are about a rate that a ladder has yet to find.
func (s Scenario) shareProblems(p Plan) (bad []problem) {
	add := func(format string, args ...any) {
		bad = append(bad, problem{s.at.of("rate"), fmt.Errorf("%s: "+format, append([]any{s.Name}, args...)...)})
	}
	if !(s.Share >= 0.01 && s.Share <= 1.5) {
		add("%.4g%% of capacity, want at least 1%% and at most 150%%", 100*s.Share)
	}
	if s.Kind == record.KindLadder {
		add("a ladder begins at a rate of its own")
	}
	if p.Compare != nil {
		add("a plan that compares scenarios runs them in both orders, so no ladder is always before")
	}
	for _, style := range p.Styles {
		before := slices.ContainsFunc(p.Scenarios, func(l Scenario) bool {
			return l.Kind == record.KindLadder && l.runs(style) && !l.LastOnly && p.durabilityOf(l) == p.Durability
		})
		first := slices.IndexFunc(p.Scenarios, func(l Scenario) bool { return l.Kind == record.KindLadder && l.runs(style) })
		own := slices.IndexFunc(p.Scenarios, func(l Scenario) bool { return l.Name == s.Name && l.runs(style) })
		if s.runs(style) && (!before || first > own) {
			add("%.4g%% of what %s can do needs a ladder before it, in every repeat and at the plan's durability", 100*s.Share, style)
		}
	}
	return bad
}

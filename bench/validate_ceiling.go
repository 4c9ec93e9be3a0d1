package bench

import (
	"fmt"

	"github.com/sagabench/sagabench/bench/record"
)

// ceilingProblems are about what a ceiling must have, and what it can't have
// because there is no service behind it.
func (s Scenario) ceilingProblems(p Plan) (bad []problem) {
	add := func(field, format string, args ...any) {
		bad = append(bad, problem{s.at.of(field), fmt.Errorf("%s: "+format, append([]any{s.Name}, args...)...)})
	}
	if s.InFlight < 1 || s.InFlight > maxInFlight {
		add("in_flight", "in flight: %d orders, want at least 1 and at most %d", s.InFlight, maxInFlight)
	}
	for field, given := range map[string]bool{
		"rate": s.Rate != 0 || s.Share != 0, "arrivals": s.Random, "faults": len(s.Faults) > 0,
		"concurrency": s.Concurrency != 0, "service_time": s.ServiceTime != "", "activities": s.Activities != "",
	} {
		if given {
			add(field, "a ceiling has no %s: orders follow each other, and nothing is behind them", field)
		}
	}
	for _, style := range p.Styles {
		if style == record.Baseline && s.runs(style) {
			add("styles", "the baseline has no engine, so it has no ceiling; say whose this is with styles")
		}
	}
	return bad
}

// measured names the scenarios that leave something to compare.
func (p Plan) measured() (names []string) {
	for _, s := range p.Scenarios {
		if s.Kind != record.KindCeiling {
			names = append(names, s.Name)
		}
	}
	return names
}

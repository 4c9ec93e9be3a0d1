package bench

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/internal/nearest"
)

// Limits on what a plan may ask for. What lies beyond them is a slip of the
// hand, or would not fit into the harness's memory.
const (
	MaxRate        = 100_000
	MaxDuring      = 2 * time.Hour
	MaxOrders      = 2_000_000 // of a scenario
	MaxRepeats     = 100
	MaxAttempts    = 1000
	MaxConcurrency = 10_000
	MaxRungs       = 20
)

// usualRungs find a knee that is within twice the first rate, or half of it.
const usualRungs = 6

// planName is what a plan may be called. It becomes a part of a folder's name.
var planName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// scenarioName is what a scenario may be called. It becomes a part of subjects,
// workflow ids and order ids, which have room for so much.
var scenarioName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)

// Validate returns everything that is wrong with the plan, joined.
func (p Plan) Validate() error { return joined(p.problems()) }

func (p Plan) problems() (bad []problem) {
	add := func(field, format string, args ...any) {
		bad = append(bad, problem{p.at.of(field), fmt.Errorf(format, args...)})
	}
	if !planName.MatchString(p.Name) {
		add("name", "name %q: want small letters, digits and '-', at most 40", p.Name)
	}
	if p.Repeats < 1 || p.Repeats > MaxRepeats {
		add("repeats", "repeats: %d, want at least 1 and at most %d", p.Repeats, MaxRepeats)
	}
	if err := p.Durability.Validate(); err != nil {
		add("durability", "%w", err)
	}
	if len(p.Styles) == 0 {
		add("styles", "no style")
	}
	if again, ok := repeated(p.Styles); ok {
		add("styles", "styles: %s comes twice", again)
	}
	if p.Budget < 0 {
		add("budget", "budget %v: want a time above 0", p.Budget)
	}
	bad = append(bad, p.policyProblems()...)
	if len(p.Scenarios) == 0 {
		add("scenarios", "no scenario")
	} else if len(p.measured()) == 0 {
		add("scenarios", "ceilings alone: want what they are the ceilings of, or run sagabench ceiling")
	}
	for i, s := range p.Scenarios {
		bad = append(bad, s.problems(p)...)
		for _, other := range p.Scenarios[:i] {
			if s.Name == other.Name && p.share(s, other) {
				bad = append(bad, problem{s.at.of("name"), fmt.Errorf("%s: another scenario has that name; only scenarios of different styles share one", s.Name)})
				break
			}
		}
	}
	for _, text := range p.Thresholds {
		if err := p.thresholdProblem(text); err != nil {
			add("thresholds", "%w", err)
		}
	}
	for _, pair := range p.Compare {
		if err := p.comparable(pair[0], pair[1]); err != nil {
			add("compare", "compare: %w", err)
		}
	}
	if len(bad) == 0 && len(p.blocks()) == 0 {
		add("styles", "no scenario is for these styles: %v", p.Styles)
	}
	// What a plan that is wrong would take is no news.
	if d := p.Predicted(); len(bad) == 0 && p.Budget > 0 && d > p.Budget {
		add("budget", "plan %s would take about %v, over its budget of %v", p.Name, d.Round(time.Second), p.Budget)
	}
	return bad
}

func (p Plan) policyProblems() (bad []problem) {
	at := p.at.of("policy")
	if p.Policy.Attempts > MaxAttempts {
		bad = append(bad, problem{at, fmt.Errorf("policy: %d attempts, want at most %d", p.Policy.Attempts, MaxAttempts)})
	}
	if p.Policy.Concurrency > MaxConcurrency {
		bad = append(bad, problem{at, fmt.Errorf("policy: concurrency %d, want at most %d", p.Policy.Concurrency, MaxConcurrency)})
	}
	if err := p.Policy.Validate(); err != nil {
		bad = append(bad, problem{at, err})
	}
	return bad
}

// thresholdProblem says what is wrong with a threshold, or returns nil. The
// styles are not the plan's: it may be run with fewer.
func (p Plan) thresholdProblem(text string) error {
	all, err := threshold.ParseAll([]string{text}, record.Styles)
	if err != nil || all[0].Scenario == "" {
		return err
	}
	if names := p.measured(); !slices.Contains(names, all[0].Scenario) {
		return fmt.Errorf("threshold %q: there is no scenario %q%s", text, all[0].Scenario, nearest.HintOrAll(all[0].Scenario, names))
	}
	return nil
}

// comparable says why two scenarios can't be set against each other, or nil.
func (p Plan) comparable(a, b string) error {
	if a == b {
		return fmt.Errorf("%s with itself", a)
	}
	names, shared := p.measured(), false
	for _, x := range p.Scenarios {
		for _, y := range p.Scenarios {
			shared = shared || x.Name == a && y.Name == b && p.share(x, y)
		}
	}
	for _, name := range []string{a, b} {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no scenario %q%s", name, nearest.HintOrAll(name, names))
		}
	}
	if !shared {
		return fmt.Errorf("no style runs both %s and %s", a, b)
	}
	return nil
}

// share says whether a style runs both scenarios.
func (p Plan) share(a, b Scenario) bool {
	return slices.ContainsFunc(p.Styles, func(style string) bool { return a.runs(style) && b.runs(style) })
}

func (s Scenario) problems(p Plan) (bad []problem) {
	add := func(field, format string, args ...any) {
		bad = append(bad, problem{s.at.of(field), fmt.Errorf("%s: "+format, append([]any{cmp.Or(s.Name, "scenario")}, args...)...)})
	}
	if !scenarioName.MatchString(s.Name) {
		add("name", "name %q: want small letters, digits and '-', at most 24", s.Name)
	}
	rated := s.Share == 0 && s.Rate > 0 && s.Rate <= MaxRate && s.Rate == math.Round(s.Rate*1000)/1000
	switch {
	case s.Kind == record.KindCeiling:
		bad = append(bad, s.ceilingProblems(p)...)
	case s.Share != 0:
		bad = append(bad, s.shareProblems(p)...)
	case !rated:
		add("rate", "rate %g/s, want above 0, at most %d/s, and no more than three decimals", s.Rate, MaxRate)
	}
	timed := s.During > 0 && s.During <= MaxDuring
	if !timed {
		add("during", "duration %v, want above 0 and at most %v", s.During, MaxDuring)
	}
	switch orders := s.Rate * s.During.Seconds(); {
	case !rated || !timed:
	case orders < 1:
		add("rate", "%g/s for %v offers no order; make it longer or faster", s.Rate, s.During)
	case orders > MaxOrders:
		add("during", "%g/s for %v offers %.0f orders, want at most %d", s.Rate, s.During, orders, MaxOrders)
	}
	if s.Kind != record.KindCeiling && s.InFlight != 0 {
		add("in_flight", "only a ceiling has a number of orders in flight")
	}
	bad = append(bad, s.ladderProblems()...)
	if s.Warmup < 0 || s.Warmup > MaxDuring {
		add("warmup", "warm-up of %v, want 0s to %v", s.Warmup, MaxDuring)
	}
	if again, ok := repeated(s.Styles); ok {
		add("styles", "styles: %s comes twice", again)
	}
	if err := s.Durability.Validate(); err != nil && s.Durability != "" {
		add("durability", "%w", err)
	}
	if _, given := s.at["concurrency"]; given && s.Concurrency < 1 || s.Concurrency < 0 || s.Concurrency > MaxConcurrency {
		add("concurrency", "concurrency %d, want at least 1 and at most %d", s.Concurrency, MaxConcurrency)
	}
	if _, err := fault.ParseServiceTime(s.ServiceTime); err != nil {
		add("service_time", "%w", err)
	} else if s.ServiceTime != "" && 2*fault.MaxServiceTime > p.Policy.CallTimeout {
		add("service_time", "the call timeout is %v; with a service time it must be at least %v", p.Policy.CallTimeout, 2*fault.MaxServiceTime)
	}
	switch s.Activities {
	case "", record.RemoteActivities:
	case record.LocalActivities:
		if !slices.Equal(s.Styles, []string{record.Orchestration}) {
			add("activities", "local activities are the orchestration's alone; limit the scenario to styles: [%s]", record.Orchestration)
		}
	default:
		add("activities", "activities %q: want %s or %s", s.Activities, record.RemoteActivities, record.LocalActivities)
	}
	return append(bad, s.faultProblems(p)...)
}

func (s Scenario) faultProblems(p Plan) (bad []problem) {
	add := func(err error) {
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, err := range many.Unwrap() {
				bad = append(bad, problem{s.at.of("faults"), err})
			}
		}
	}
	rules, err := fault.ParseAll(s.Faults)
	add(err)
	if err == nil && len(p.policyProblems()) == 0 {
		add(fault.Validate(rules, p.Policy))
	}
	for _, o := range fault.Outages(rules) {
		if o.After+o.For > s.During {
			add(errors.Join(fmt.Errorf("%s: %v ends after the load of %v; make it end before, so that the recovery is seen", s.Name, o, s.During)))
		}
	}
	return bad
}

// repeated returns the first word that comes a second time.
func repeated(words []string) (again string, ok bool) {
	for i, w := range words {
		if slices.Contains(words[:i], w) {
			return w, true
		}
	}
	return "", false
}

package plan

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/nearest"
)

// Limits on what a plan may ask for. What lies beyond them is a typing error, or
// would not fit into the harness's memory.
const (
	MaxRate        = 100_000
	MaxDuring      = 2 * time.Hour
	MaxOrders      = 2_000_000 // of a scenario
	MaxRepeats     = 100
	MaxAttempts    = 1000
	MaxConcurrency = 10_000
	MaxRungs       = 20
	MaxInFlight    = 20_000 // orders under way in a ceiling, and submissions that wait for an answer in any cell
)

// usualRungs find a knee that is within twice the first rate, or half of it.
const usualRungs = 6

// planName is what a plan may be called. It becomes a part of a folder's name.
var planName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// scenarioName is what a scenario may be called. It becomes a part of subjects,
// workflow ids and order ids, which have room for so much.
var scenarioName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)

// problem is one with the value of a key.
func (p Plan) problem(key, format string, args ...any) problem {
	return problem{p.at.of(key), fmt.Errorf(format, args...)}
}

// Validate returns everything that is wrong with the plan, joined.
func (p Plan) Validate() error { return joined(p.problems()) }

// An adder notes a problem with the value of a key.
type adder func(key, format string, args ...any)

// when adds a problem if there is one.
func (add adder) when(wrong bool, key, format string, args ...any) {
	if wrong {
		add(key, format, args...)
	}
}

func (p Plan) problems() (bad []problem) {
	var add adder = func(key, format string, args ...any) { bad = append(bad, p.problem(key, format, args...)) }
	add.when(!planName.MatchString(p.Name),
		"name", "name %q: want small letters, digits and '-', at most 40", p.Name)
	add.when(p.Repeats < 1 || p.Repeats > MaxRepeats,
		"repeats", "repeats: %d, want at least 1 and at most %d", p.Repeats, MaxRepeats)
	if err := p.Durability.Validate(); err != nil {
		add("durability", "%w", err)
	}
	add.when(len(p.Styles) == 0, "styles", "no style")
	again, twice := repeated(p.Styles)
	add.when(twice, "styles", "styles: %s comes twice", again)
	add.when(p.Budget < 0, "budget", "budget %v: want a time above 0", p.Budget)
	bad = append(bad, p.policyProblems()...)
	bad = append(bad, p.scenarioProblems()...)
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
	if len(bad) == 0 && len(p.Blocks()) == 0 {
		add("styles", "no scenario is for these styles: %v", p.Styles)
	}
	// What a plan that is wrong would take is no news.
	if d := p.Predicted(); len(bad) == 0 && p.Budget > 0 && d > p.Budget {
		add("budget", "plan %s would take about %v, over its budget of %v", p.Name, d.Round(time.Second), p.Budget)
	}
	return bad
}

func (p Plan) policyProblems() (bad []problem) {
	var add adder = func(key, format string, args ...any) { bad = append(bad, p.problem(key, format, args...)) }
	add.when(p.Policy.Attempts > MaxAttempts,
		"policy", "policy: %d attempts, want at most %d", p.Policy.Attempts, MaxAttempts)
	add.when(p.Policy.UndoAttempts > MaxAttempts,
		"policy", "policy: %d attempts at an undo, want at most %d", p.Policy.UndoAttempts, MaxAttempts)
	add.when(p.Policy.Concurrency > MaxConcurrency,
		"policy", "policy: concurrency %d, want at most %d", p.Policy.Concurrency, MaxConcurrency)
	if err := p.Policy.Validate(); err != nil {
		add("policy", "%w", err)
	}
	return bad
}

func (p Plan) scenarioProblems() (bad []problem) {
	if len(p.Scenarios) == 0 {
		bad = append(bad, p.problem("scenarios", "no scenario"))
	} else if len(p.measured()) == 0 {
		bad = append(bad, p.problem("scenarios",
			"ceilings alone: want what they are the ceilings of; see sagabench plan show ceiling"))
	}
	for i, s := range p.Scenarios {
		bad = append(bad, s.problems(p)...)
		if slices.ContainsFunc(p.Scenarios[:i], func(other Scenario) bool {
			return s.Name == other.Name && p.share(s, other)
		}) {
			bad = append(bad, s.problem("name", "another scenario has that name; only scenarios of different styles share one"))
		}
	}
	return bad
}

// thresholdProblem returns what is wrong with a threshold, or nil. The
// styles are not the plan's: it may be run with fewer.
func (p Plan) thresholdProblem(text string) error {
	known := p.Known
	if len(known) == 0 {
		known = p.Styles
	}
	all, err := threshold.ParseAll([]string{text}, known)
	if err != nil || all[0].Scenario == "" {
		return err
	}
	if err := p.missing(all[0].Scenario); err != nil {
		return fmt.Errorf("threshold %q: %w", text, err)
	}
	return nil
}

// comparable returns why two scenarios can't be set against each other, or nil.
func (p Plan) comparable(a, b string) error {
	if a == b {
		return fmt.Errorf("%s with itself", a)
	}
	if err := cmp.Or(p.missing(a), p.missing(b)); err != nil {
		return err
	}
	for _, x := range p.Scenarios {
		for _, y := range p.Scenarios {
			if x.Name == a && y.Name == b && p.share(x, y) {
				return nil
			}
		}
	}
	return fmt.Errorf("no style runs both %s and %s", a, b)
}

// missing is an error unless a scenario that leaves something to compare has the
// name.
func (p Plan) missing(name string) error {
	if names := p.measured(); !slices.Contains(names, name) {
		return fmt.Errorf("there is no scenario %q%s", name, nearest.HintOrAll(name, names))
	}
	return nil
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

// share reports whether a style runs both scenarios.
func (p Plan) share(a, b Scenario) bool {
	return slices.ContainsFunc(p.Styles, func(style string) bool { return a.runs(style) && b.runs(style) })
}

// problem is one with the value of a key.
func (s Scenario) problem(key, format string, args ...any) problem {
	return problem{s.at.of(key), fmt.Errorf("%s: "+format, append([]any{cmp.Or(s.Name, "scenario")}, args...)...)}
}

func (s Scenario) problems(p Plan) (bad []problem) {
	var add adder = func(key, format string, args ...any) { bad = append(bad, s.problem(key, format, args...)) }
	add.when(!scenarioName.MatchString(s.Name),
		"name", "name %q: want small letters, digits and '-', at most 24", s.Name)
	s.checkLoad(p, add)
	again, twice := repeated(s.Styles)
	add.when(twice, "styles", "styles: %s comes twice", again)
	s.checkSettings(p, add)
	return append(bad, s.faultProblems(p)...)
}

// checkLoad is about what is offered, and for how long.
func (s Scenario) checkLoad(p Plan, add adder) {
	rated := s.Share == 0 && s.Rate > 0 && s.Rate <= MaxRate && s.Rate == math.Round(s.Rate*1000)/1000
	switch {
	case s.Kind == record.KindCeiling:
		s.checkInFlight(add)
		s.checkCeiling(p, add)
	case s.Kind == record.KindSaturation && s.InFlight != 0:
		s.checkInFlight(add)
	case s.Share != 0:
		s.checkShare(p, add)
	case !rated:
		add("rate", "rate %g/s, want above 0, at most %d/s, and no more than three decimals", s.Rate, MaxRate)
	}
	timed := s.During > 0 && s.During <= MaxDuring
	add.when(!timed, "during", "duration %v, want above 0 and at most %v", s.During, MaxDuring)
	switch orders := s.Rate * s.During.Seconds(); {
	case !rated || !timed:
	case orders < 1:
		add("rate", "%g/s for %v offers no order; make it longer or faster", s.Rate, s.During)
	case orders > MaxOrders:
		add("during", "%g/s for %v offers %.0f orders, want at most %d", s.Rate, s.During, orders, MaxOrders)
	}
	add.when(s.Kind != record.KindCeiling && s.Kind != record.KindSaturation && s.InFlight != 0,
		"in_flight", "only a ceiling and saturation have a number of orders in flight")
	s.checkLadder(add)
	add.when(s.Warmup < 0 || s.Warmup > MaxDuring,
		"warmup", "warm-up of %v, want 0s to %v", s.Warmup, MaxDuring)
}

// checkInFlight is about a fixed number of orders under way.
func (s Scenario) checkInFlight(add adder) {
	add.when(s.InFlight < 1 || s.InFlight > MaxInFlight,
		"in_flight", "in flight: %d orders, want at least 1 and at most %d", s.InFlight, MaxInFlight)
	for key, given := range map[string]bool{"rate": s.Rate != 0 || s.Share != 0, "arrivals": s.Random} {
		add.when(given, key, "a number in flight has no %s: orders follow each other", key)
	}
}

// checkCeiling is about what a ceiling can't have because there is no service
// behind it.
func (s Scenario) checkCeiling(p Plan, add adder) {
	for key, given := range map[string]bool{
		"faults":      len(s.Faults) > 0,
		"concurrency": s.Concurrency != 0, "service_time": s.ServiceTime != "", "activities": s.Activities != "", "world": s.World != "",
	} {
		add.when(given, key, "a ceiling has no %s: nothing is behind its traffic", key)
	}
	add.when(slices.Contains(p.Styles, record.Baseline) && s.runs(record.Baseline),
		"styles", "the baseline has no engine, so it has no ceiling; name the styles that have one with styles")
}

// checkShare is about a rate that a ladder has yet to find.
func (s Scenario) checkShare(p Plan, add adder) {
	add.when(!(s.Share >= 0.01 && s.Share <= 1.5),
		"rate", "%.4g%% of capacity, want at least 1%% and at most 150%%", 100*s.Share)
	add.when(s.Kind == record.KindLadder, "rate", "a ladder begins at a rate of its own")
	add.when(p.Compare != nil,
		"rate", "a plan that compares scenarios runs them in both orders, so no ladder is always before")
	for _, style := range p.Styles {
		before := slices.ContainsFunc(p.Scenarios, func(l Scenario) bool {
			return l.Kind == record.KindLadder && l.runs(style) && !l.LastOnly && p.setupOf(l) == (Setup{Durability: p.Durability})
		})
		first := slices.IndexFunc(p.Scenarios, func(l Scenario) bool { return l.Kind == record.KindLadder && l.runs(style) })
		own := slices.IndexFunc(p.Scenarios, func(l Scenario) bool { return l.Name == s.Name && l.runs(style) })
		add.when(s.runs(style) && (!before || first > own), "rate",
			"%.4g%% of what %s can do needs a ladder before it, in every repeat and at the plan's durability",
			100*s.Share, style)
	}
}

// checkLadder is about what only a ladder has.
func (s Scenario) checkLadder(add adder) {
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
}

// checkSettings is about what differs from the plan.
func (s Scenario) checkSettings(p Plan, add adder) {
	if err := s.Durability.Validate(); err != nil && s.Durability != "" {
		add("durability", "%w", err)
	}
	_, given := s.at["concurrency"]
	add.when(given && s.Concurrency < 1 || s.Concurrency < 0 || s.Concurrency > MaxConcurrency,
		"concurrency", "concurrency %d, want at least 1 and at most %d", s.Concurrency, MaxConcurrency)
	if t, err := fault.ParseServiceTime(s.ServiceTime); err != nil {
		add("service_time", "%w", err)
	} else if 2*t.Most() > p.Policy.CallTimeout {
		add("service_time", "the call timeout is %v; with this service time it must be at least %v", p.Policy.CallTimeout, 2*t.Most())
	}
	add.when(s.World != "" && !slices.Contains(record.Worlds, s.World),
		"world", "world %q: want %s, or none for a sound one", s.World, strings.Join(record.Worlds, " or "))
	s.checkOrchestrations("activities", s.Activities, record.RemoteActivities, record.LocalActivities, add)
	s.checkOrchestrations("server", s.Server, record.TunedServer, record.UntunedServer, add)
	add.when(s.Server == record.UntunedServer && (s.Kind == record.KindLadder || s.Kind == record.KindCeiling),
		"server", "a %s is measured on a tuned server alone", s.Kind)
}

// checkOrchestrations is about a setting of which only the orchestration has
// another than the usual.
func (s Scenario) checkOrchestrations(key, value, usual, other string, add adder) {
	switch value {
	case "", usual:
	case other:
		if !slices.Equal(s.Styles, []string{record.Orchestration}) {
			add(key, "%s: %s is the orchestration's alone; limit the scenario to styles: [%s]", key, other, record.Orchestration)
		}
	default:
		add(key, "%s %q: want %s or %s", key, value, usual, other)
	}
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
	for _, r := range rules {
		if r.Kind == fault.Cancel && s.InFlight > 0 {
			bad = append(bad, s.problem("faults",
				"%v: with a number of orders in flight the next would be placed when a customer has cancelled, and not when a style is ready for it", r))
		}
		if r.Kind == fault.Cancel && s.World == record.NoBarrierWorld {
			bad = append(bad, s.problem("faults",
				"%v: in a world where no call blocks another, an order can be both delivered and cancelled, so there is no right end; drop the world or the fault", r))
		}
	}
	for _, o := range fault.Outages(rules) {
		if o.After+o.For > s.During {
			bad = append(bad, s.problem("faults",
				"%v ends after the load of %v; make it end before, so that the recovery is seen", o, s.During))
		}
	}
	if deaths := fault.Deaths(rules); len(deaths) > 0 {
		s.checkDeaths(p, deaths, func(format string, args ...any) { bad = append(bad, s.problem("faults", format, args...)) })
	}
	return bad
}

// checkDeaths is about where a process can be killed or paused.
func (s Scenario) checkDeaths(p Plan, deaths []fault.Rule, add func(format string, args ...any)) {
	for _, d := range deaths {
		if d.Over() > s.During {
			add("%v is over after %v, and the load after %v; let it come earlier, so that the recovery is seen", d, d.Over(), s.During)
		}
	}
	first := deaths[0]
	if slices.Contains(p.Styles, record.Baseline) && s.runs(record.Baseline) {
		add("%v: the baseline has no process of its own; name the styles that have one with styles", first)
	}
	if p.setupOf(s).Durability == durability.Memory {
		add("%v: what is in memory dies with its process; choose another durability", first)
	}
	if s.Kind == record.KindLadder {
		add("%v: a ladder asks what a style keeps up with while all of it works", first)
	}
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

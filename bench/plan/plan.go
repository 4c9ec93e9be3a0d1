// Package plan is what to run: the scenarios of an experiment, in which order and
// how often, and the YAML files that define it. It runs nothing.
package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// A Plan is a list of scenarios that are run in blocks. A block is one style in
// one repeat: it has a fresh server, which its cells share one after another.
type Plan struct {
	Name       string
	Summary    string
	Styles     []string // run in this order, and in the reverse order in every second repeat
	Repeats    int
	Durability durability.Level
	Seed       uint64
	Policy     food.Policy
	Scenarios  []Scenario
	Budget     time.Duration // the plan is refused when it would take longer; 0 is no limit

	// Thresholds are what the results must keep, as package threshold writes
	// them. They are recorded with the run.
	Thresholds []string

	// Compare are pairs of scenarios that are set against each other, style by
	// style. A plan that has any turns the order of its scenarios around in
	// every second repeat, so that what comes later in a block is not what is
	// measured.
	Compare [][2]string

	// Known are the styles that there are, which thresholds may name. Empty
	// stands for the plan's own.
	Known []string

	at places // of the file that it was read from
}

// A Scenario is a load and the faults under it.
type Scenario struct {
	Name     string
	Kind     string // one of record.Kinds: what its numbers may be used for
	Rate     float64
	During   time.Duration // length of the measured window
	Warmup   time.Duration // offered before the window, at no more than WarmupRate
	Random   bool          // Poisson arrivals instead of an even rate
	Faults   []string
	Styles   []string // nil: all of the plan's
	LastOnly bool     // run in the last repeat only

	// Share asks for a part of the style's own capacity instead of a rate. A
	// ladder before it finds what that is.
	Share float64

	// Of a ladder, whose first rung is at Rate.
	Bound time.Duration // on the time to settle
	Rungs int           // at most

	// InFlight orders are under way at a time, instead of a rate: of a ceiling
	// always, and of saturation where it is asked for.
	InFlight int

	// What differs from the plan: the zero value does not.
	Durability  durability.Level
	Concurrency int    // executing calls per service
	ServiceTime string // how long calls take, see fault.ServiceTime
	Activities  string // of the orchestration: remote, which "" is too, or local
	Server      string // of the orchestration: tuned, which "" is too, or untuned
	World       string // a weak one, of record.Worlds; "" is sound

	at places
}

// WarmupRate is gentle enough for every style, so that nothing is in flight
// when a window begins.
const WarmupRate = 12.0

// What starting and draining add to a plan's windows, measured on two cores.
const (
	PerBlock = 2500 * time.Millisecond
	perCell  = 900 * time.Millisecond
)

// Step is how long one cell of the scenario takes.
func (s Scenario) Step() time.Duration {
	step := perCell + s.Warmup + s.During
	if s.InFlight > 0 {
		step += s.Warmup // its last orders take as long to end as its first took to begin
	}
	return step
}

// Cells is how many it has in a block, at most.
func (s Scenario) Cells() int { return max(s.Rungs, 1) }

// CellName names its cell in a block. It differs for scenarios of one name at
// different rates.
func (s Scenario) CellName() string {
	if s.Kind == record.KindSaturation && s.InFlight == 0 {
		return fmt.Sprintf("%s-%g", s.Name, s.Rate)
	}
	return s.Name
}

// Rung is the scenario of one step of a ladder.
func (s Scenario) Rung(rate float64) Scenario {
	s.Kind, s.Rate = record.KindRung, rate
	s.Name = s.Name + "-" + strings.ReplaceAll(fmt.Sprintf("%g", rate), ".", "_")
	return s
}

// runs reports whether a style runs the scenario.
func (s Scenario) runs(style string) bool { return s.Styles == nil || slices.Contains(s.Styles, style) }

// ScenariosOf lists those that a style runs in this plan.
func (p Plan) ScenariosOf(style string) []Scenario {
	if !slices.Contains(p.Styles, style) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.Scenarios), func(s Scenario) bool { return !s.runs(style) })
}

// PolicyOf is the policy that a scenario runs under.
func (p Plan) PolicyOf(s Scenario) food.Policy {
	policy := p.Policy
	policy.Concurrency = cmp.Or(s.Concurrency, policy.Concurrency)
	return policy
}

// A Setup is how a block's server is set up.
type Setup struct {
	Durability durability.Level
	Untuned    bool // as the official development server is, where there is a difference
}

func (p Plan) setupOf(s Scenario) Setup {
	return Setup{cmp.Or(s.Durability, p.Durability), s.Server == record.UntunedServer}
}

// setups lists those that scenarios ask for, the plan's own first.
func (p Plan) setups() []Setup {
	all := []Setup{{Durability: p.Durability}}
	for _, s := range p.Scenarios {
		if setup := p.setupOf(s); !slices.Contains(all, setup) {
			all = append(all, setup)
		}
	}
	return all
}

// Predicted is about how long the plan will take, at most where it climbs.
func (p Plan) Predicted() (d time.Duration) {
	for _, b := range p.Blocks() {
		d += PerBlock
		for _, s := range b.Scenarios {
			d += time.Duration(s.Cells()) * s.Step()
		}
	}
	return d
}

// A Block is one style in one repeat on one server.
type Block struct {
	Style  string
	Repeat int // from 1
	Setup
	Scenarios []Scenario
}

// Name is unique among the blocks of its plan.
func (b Block) Name() string {
	name := fmt.Sprintf("%s-%d-%s", b.Style, b.Repeat, b.Durability)
	if b.Untuned {
		name += "-" + record.UntunedServer
	}
	return name
}

// CellID is the id of a scenario's cell, which no other cell of the run has.
func (b Block) CellID(s Scenario) string {
	return fmt.Sprintf("%s-%s-%d", s.CellName(), b.Style, b.Repeat)
}

// Blocks lists the plan's blocks in the order in which they are run: A B, B A,
// A B …, so that machine drift favours neither. Within
// a repeat, the styles take turns on one kind of server before the next.
func (p Plan) Blocks() (all []Block) {
	for repeat := 1; repeat <= p.Repeats; repeat++ {
		styles := slices.Clone(p.Styles)
		if repeat%2 == 0 {
			slices.Reverse(styles)
		}
		for _, setup := range p.setups() {
			for _, style := range styles {
				b := Block{Style: style, Repeat: repeat, Setup: setup, Scenarios: p.scenariosOf(style, repeat, setup)}
				if len(b.Scenarios) > 0 {
					all = append(all, b)
				}
			}
		}
	}
	return all
}

// scenariosOf lists the scenarios of one block in the order in which they are run.
func (p Plan) scenariosOf(style string, repeat int, setup Setup) (all []Scenario) {
	for _, s := range p.Scenarios {
		if s.runs(style) && p.setupOf(s) == setup && (!s.LastOnly || repeat == p.Repeats) {
			all = append(all, s)
		}
	}
	switch {
	case repeat%2 == 1:
	case p.Compare != nil:
		slices.Reverse(all)
	default:
		takeTurns(all)
	}
	return all
}

// takeTurns lets each ceiling trade places with the scenario before it, so that
// in every second repeat the other one meets the server that has less behind it.
func takeTurns(scenarios []Scenario) {
	for i := 1; i < len(scenarios); i++ {
		if scenarios[i].Kind == record.KindCeiling {
			scenarios[i-1], scenarios[i] = scenarios[i], scenarios[i-1]
			i++ // what has traded once stays
		}
	}
}

package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A Plan is a list of scenarios that are run in blocks. A block is one style in
// one repeat: it has a fresh server, which its cells share one after another.
type Plan struct {
	Name      string
	Summary   string
	Styles    []string // run in this order, and in the reverse order in every second repeat
	Repeats   int
	Tier      Tier
	Seed      uint64
	Policy    food.Policy
	Scenarios []Scenario
	Budget    time.Duration // the plan is refused when it would take longer; 0 is no limit
}

// A Scenario is a load and the faults under it.
type Scenario struct {
	Name     string
	Kind     string // one of record's kinds: what its numbers may be used for
	Rate     float64
	During   time.Duration // length of the measured window
	Warmup   time.Duration // offered before the window, at no more than WarmupRate
	Random   bool          // Poisson arrivals instead of an even rate
	Faults   []string
	Styles   []string // nil: all of the plan's
	LastOnly bool     // run in the last repeat only
}

// WarmupRate is gentle enough for every style, so that nothing is in flight
// when a window begins.
const WarmupRate = 12.0

// The styles by name. Reports and plans name them in this order.
const (
	Choreography  = "choreography"
	Orchestration = "orchestration"
	Baseline      = "baseline"
)

// StyleNames lists them.
var StyleNames = []string{Choreography, Orchestration, Baseline}

// Plans returns the named plans.
func Plans() []Plan { return []Plan{smoke(), quick()} }

// smoke shows in under 45 seconds that both styles run and that a fifth of
// refused orders is compensated. Its numbers claim nothing.
func smoke() Plan {
	return Plan{
		Name:    "smoke",
		Summary: "both styles once, 20 % refused; shows that it works, claims nothing",
		Styles:  []string{Choreography, Orchestration},
		Repeats: 1,
		Tier:    ProcessDeath,
		Seed:    1,
		Policy:  food.DefaultPolicy,
		Scenarios: []Scenario{
			refused(20, 10, 8*time.Second, 2*time.Second),
		},
		Budget: 45 * time.Second,
	}
}

// quick is what `make bench` runs. Three repeats give a range, not an interval:
// that takes six.
func quick() Plan {
	p := Plan{
		Name:    "quick",
		Summary: "latency, failures, an outage and saturation, three repeats, under five minutes on two cores",
		Styles:  []string{Choreography, Orchestration},
		Repeats: 3,
		Tier:    ProcessDeath,
		Seed:    1,
		Policy:  food.DefaultPolicy,
		Budget:  285 * time.Second,
	}
	add := func(s ...Scenario) { p.Scenarios = append(p.Scenarios, s...) }
	add(Scenario{Name: "unloaded", Kind: record.KindUnloaded, Rate: 4, During: 6 * time.Second, Warmup: 3 * time.Second})
	for _, percent := range []int{0, 20, 50} {
		add(refused(percent, 12, 5*time.Second, 500*time.Millisecond))
	}
	last := func(s Scenario) Scenario { s.LastOnly = true; return s }
	add(last(Scenario{
		Name: "failures", Kind: record.KindFailures, Rate: 12, During: 5 * time.Second, Warmup: 500 * time.Millisecond, Random: true,
		Faults: []string{"restaurant.confirm:fail(2)@20%", "payment.charge:lose-reply@20%", "loyalty.award:lose-reply@20%"},
	}))
	add(last(Scenario{
		Name: "outage", Kind: record.KindOutage, Rate: 12, During: 10 * time.Second, Warmup: 500 * time.Millisecond, Random: true,
		Faults: []string{"restaurant.confirm:refuse@20%", "restaurant:outage@3s+3s"},
	}))
	for _, rate := range []float64{20, 28, 36} {
		add(last(rung(rate, 3*time.Second, Orchestration)))
	}
	for _, rate := range []float64{100, 500, 2000} {
		add(last(rung(rate, time.Second, Choreography)))
	}
	add(
		Scenario{Name: "saturation", Kind: record.KindSaturation, Rate: 48, During: 4 * time.Second, Warmup: 500 * time.Millisecond, Styles: []string{Orchestration}},
		Scenario{Name: "saturation", Kind: record.KindSaturation, Rate: 5000, During: 1500 * time.Millisecond, Warmup: 500 * time.Millisecond, Styles: []string{Choreography}},
	)
	return p
}

func refused(percent int, rate float64, during, warmup time.Duration) Scenario {
	s := Scenario{
		Name: fmt.Sprintf("refused-%d", percent), Kind: record.KindRefused,
		Rate: rate, During: during, Warmup: warmup, Random: true,
	}
	if percent > 0 {
		s.Faults = []string{fmt.Sprintf("restaurant.confirm:refuse@%d%%", percent)}
	}
	return s
}

func rung(rate float64, during time.Duration, style string) Scenario {
	return Scenario{
		Name: fmt.Sprintf("rung-%g", rate), Kind: record.KindRung,
		Rate: rate, During: during, Warmup: 500 * time.Millisecond, Styles: []string{style},
	}
}

// Limits on what a scenario may ask for.
const (
	MaxRate   = 100_000
	MaxDuring = 2 * time.Hour
)

// Validate returns everything that is wrong with the plan, joined.
func (p Plan) Validate() error {
	var bad []error
	add := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if p.Repeats < 1 {
		add("repeats: %d, want at least 1", p.Repeats)
	}
	if !slices.Contains(Tiers, p.Tier) {
		add("durability %q: want one of %v", p.Tier, Tiers)
	}
	if len(p.Styles) == 0 {
		add("no style")
	}
	if err := p.Policy.Validate(); err != nil {
		bad = append(bad, err)
	}
	if len(p.Scenarios) == 0 {
		add("no scenario")
	}
	for _, s := range p.Scenarios {
		if s.Rate <= 0 || s.Rate > MaxRate {
			add("%s: rate %g/s, want above 0 and at most %d/s", s.Name, s.Rate, MaxRate)
		}
		if s.During <= 0 || s.During > MaxDuring {
			add("%s: duration %v, want above 0 and at most %v", s.Name, s.During, MaxDuring)
		}
		if s.Rate > 0 && s.During > 0 && s.Rate*s.During.Seconds() < 1 {
			add("%s: %g/s for %v offers no order; make it longer or faster", s.Name, s.Rate, s.During)
		}
		rules, err := fault.ParseAll(s.Faults)
		if err == nil {
			err = fault.Validate(rules, p.Policy)
		}
		if err != nil {
			bad = append(bad, err)
		}
		for _, o := range fault.Outages(rules) {
			if o.After+o.For > s.During {
				add("%s: %v ends after the load of %v; make it end before, so that the recovery is seen", s.Name, o, s.During)
			}
		}
	}
	if d := p.Predicted(); p.Budget > 0 && d > p.Budget {
		add("plan %s would take about %v, over its budget of %v", p.Name, d.Round(time.Second), p.Budget)
	}
	return errors.Join(bad...)
}

// What starting and draining add to a plan's windows, measured on two cores.
const (
	perBlock = 2500 * time.Millisecond
	perCell  = 900 * time.Millisecond
)

// Predicted says about how long the plan will take.
func (p Plan) Predicted() (d time.Duration) {
	for _, b := range p.blocks() {
		d += perBlock
		for _, s := range b.scenarios {
			d += perCell + s.Warmup + s.During
		}
	}
	return d
}

// A block is one style in one repeat.
type block struct {
	style     string
	repeat    int
	scenarios []Scenario
}

// blocks lists the plan's blocks in the order in which they are run: A B, B A,
// A B …, so that a machine that slowly changes its mind favours neither.
func (p Plan) blocks() (all []block) {
	for repeat := 1; repeat <= p.Repeats; repeat++ {
		styles := slices.Clone(p.Styles)
		if repeat%2 == 0 {
			slices.Reverse(styles)
		}
		for _, style := range styles {
			b := block{style: style, repeat: repeat}
			for _, s := range p.Scenarios {
				if (s.Styles == nil || slices.Contains(s.Styles, style)) && (!s.LastOnly || repeat == p.Repeats) {
					b.scenarios = append(b.scenarios, s)
				}
			}
			if len(b.scenarios) > 0 {
				all = append(all, b)
			}
		}
	}
	return all
}

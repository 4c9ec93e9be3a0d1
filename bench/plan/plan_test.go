package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// known are the styles that plans may name in these tests.
var known = []string{record.Choreography, record.Orchestration, record.Baseline}

// The named plans are valid, fit the budgets that they promise, and measure no style
// in a weak world.
func TestNamedPlans(t *testing.T) {
	for _, p := range All(known) {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if d := p.Predicted(); d > p.Budget {
			t.Errorf("%s takes %v, budget %v", p.Name, d, p.Budget)
		}
		for _, s := range p.Scenarios {
			if s.World != "" {
				t.Errorf("%s measures %s in a %s world", p.Name, s.Name, s.World)
			}
		}
	}
}

// The full plan is all sweeps: each of their scenarios is one of its own.
func TestFullHoldsEverySweep(t *testing.T) {
	full, _, err := Find("full", known)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"failure-rate", "load", "service-time", "concurrency", "durability", "activities"} {
		sweep, _, err := Find(name, known)
		if err != nil {
			t.Fatal(err)
		}
		if sweep.Repeats < 6 {
			t.Errorf("%s: %d repeats give no interval", name, sweep.Repeats)
		}
		for _, s := range sweep.Scenarios {
			if !slices.ContainsFunc(full.Scenarios, func(f Scenario) bool {
				return cmp.Equal(f, s, cmpopts.IgnoreUnexported(Scenario{}))
			}) {
				t.Errorf("%s of %s is not in full", s.Name, name)
			}
		}
	}
}

// A block is one style and one repeat; the order of styles turns around in every
// second repeat, and what is for the last repeat only is run there.
func TestBlocks(t *testing.T) {
	p := Plan{
		Styles: []string{"a", "b"}, Repeats: 3,
		Scenarios: []Scenario{{Name: "both"}, {Name: "last", LastOnly: true}, {Name: "only-b", Styles: []string{"b"}}},
	}
	var got []string
	for _, b := range p.Blocks() {
		for _, s := range b.Scenarios {
			got = append(got, strings.Join([]string{b.Style, s.Name}, ":"))
		}
		got = append(got, "|")
	}
	want := strings.Fields("a:both | b:both b:only-b | b:both b:only-b | a:both | a:both a:last | b:both b:last b:only-b |")
	if !slices.Equal(got, want) {
		t.Errorf("blocks are\n%v, want\n%v", got, want)
	}
}

// Where scenarios are compared, neither is always the first.
func TestComparedScenariosTakeTurns(t *testing.T) {
	p := Plan{Styles: []string{"a"}, Repeats: 2, Scenarios: []Scenario{{Name: "x"}, {Name: "y"}}, Compare: [][2]string{{"x", "y"}}}
	if b := p.Blocks(); b[0].Scenarios[0].Name != "x" || b[1].Scenarios[0].Name != "y" {
		t.Errorf("blocks are %+v", b)
	}
}

// A ceiling and what it is the ceiling of take turns, and nothing else moves.
func TestCeilingsTakeTurns(t *testing.T) {
	p := Plan{Styles: []string{"a"}, Repeats: 2, Scenarios: []Scenario{
		{Name: "x"}, {Name: "y"}, {Name: "y-top", Kind: record.KindCeiling}, {Name: "y-bare", Kind: record.KindCeiling}, {Name: "z"}, {Name: "z-top", Kind: record.KindCeiling},
	}}
	for i, want := range []string{"x y y-top y-bare z z-top", "x y-top y y-bare z-top z"} {
		var got []string
		for _, s := range p.Blocks()[i].Scenarios {
			got = append(got, s.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("repeat %d: got %v, want %s", i+1, got, want)
		}
	}
}

// A durability is a setting of the server, so each has blocks of its own.
func TestBlocksByDurability(t *testing.T) {
	p := Plan{
		Styles: []string{"a", "b"}, Repeats: 2, Durability: durability.Process,
		Scenarios: []Scenario{{Name: "x"}, {Name: "power", Durability: durability.Power}, {Name: "y", Durability: durability.Process}},
	}
	var got []string
	for _, b := range p.Blocks() {
		line := b.Style + " " + string(b.Durability) + ":"
		for _, s := range b.Scenarios {
			line += " " + s.Name
		}
		got = append(got, line)
	}
	want := []string{"a process: x y", "b process: x y", "a power: power", "b power: power", "b process: x y", "a process: x y", "b power: power", "a power: power"}
	if !slices.Equal(got, want) {
		t.Errorf("blocks are\n%q, want\n%q", got, want)
	}
}

func TestValidate(t *testing.T) {
	good := Plan{
		Name: "good", Styles: []string{record.Baseline}, Repeats: 1, Durability: durability.Process, Policy: food.DefaultPolicy,
		Scenarios: []Scenario{{Name: "s", Kind: record.KindCustom, Rate: 5, During: time.Second}},
	}
	if err := good.Validate(); err != nil {
		t.Fatalf("good plan: %v", err)
	}
	for want, spoil := range map[string]func(*Plan){
		"repeats: 0":                func(p *Plan) { p.Repeats = 0 },
		`durability "disk"`:         func(p *Plan) { p.Durability = "disk" },
		"no style":                  func(p *Plan) { p.Styles = nil },
		"no scenario":               func(p *Plan) { p.Scenarios = nil },
		"call timeout":              func(p *Plan) { p.Policy.CallTimeout = p.Policy.Redelivery },
		"rate -1/s":                 func(p *Plan) { p.Scenarios[0].Rate = -1 },
		"rate 1e+09/s":              func(p *Plan) { p.Scenarios[0].Rate = 1e9 },
		"duration 0s":               func(p *Plan) { p.Scenarios[0].During = 0 },
		"offers no order":           func(p *Plan) { p.Scenarios[0].Rate = 0.1 },
		"did you mean \"confirm\"":  func(p *Plan) { p.Scenarios[0].Faults = []string{"restaurant.confrim:refuse@20%"} },
		"outage":                    func(p *Plan) { p.Scenarios[0].Faults = []string{"restaurant:outage@1s+1m"} },
		"ends after the load of 1s": func(p *Plan) { p.Scenarios[0].Faults = []string{"restaurant:outage@500ms+1s"} },
		"when a customer has cancelled": func(p *Plan) {
			p.Scenarios[0].Kind, p.Scenarios[0].Rate, p.Scenarios[0].InFlight = record.KindSaturation, 0, 5
			p.Scenarios[0].Faults = []string{"order:cancel@10%+1s"}
		},
		"can be both delivered and cancelled": func(p *Plan) {
			p.Scenarios[0].World = record.NoBarrierWorld
			p.Scenarios[0].Faults = []string{"order:cancel@10%+1s"}
		},
		"1001 attempts at an undo":                                    func(p *Plan) { p.Policy.UndoAttempts = 1001 },
		"policy: 0 attempts at an undo":                               func(p *Plan) { p.Policy.UndoAttempts = 0 },
		"worker:kill@500ms is over after 1.5s, and the load after 1s": func(p *Plan) { p.Scenarios[0].Faults = []string{"worker:kill@500ms"} },
		"server:pause@500ms+1s is over after 1.5s":                    func(p *Plan) { p.Scenarios[0].Faults = []string{"server:pause@500ms+1s"} },
		"the baseline has no process of its own":                      func(p *Plan) { p.Scenarios[0].Faults = []string{"worker:kill@0s"} },
		"what is in memory dies with its process": func(p *Plan) {
			p.Scenarios[0].Durability = durability.Memory
			p.Scenarios[0].Faults = []string{"worker:kill@0s"}
		},
		"a ladder asks what a style keeps up with while all of it works": func(p *Plan) {
			p.Scenarios[0].Kind, p.Scenarios[0].Bound, p.Scenarios[0].Rungs = record.KindLadder, 500*time.Millisecond, 3
			p.Scenarios[0].Faults = []string{"worker:kill@0s"}
		},
		"over its budget of 1s": func(p *Plan) { p.Budget = time.Second },
	} {
		p := good
		p.Scenarios = slices.Clone(good.Scenarios)
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	// Everything that is wrong is reported at once.
	p := good
	p.Repeats, p.Styles, p.Durability = 0, nil, "disk"
	if err := p.Validate(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}

package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// known are the styles that plans may name in these tests.
var known = []string{record.Choreography, record.Orchestration, record.Baseline}

// Every key of a plan file arrives where it belongs.
func TestRead(t *testing.T) {
	policy := food.DefaultPolicy
	policy.Attempts, policy.UndoAttempts, policy.Concurrency, policy.CallTimeout = 9, 20, 8, 3*time.Second
	want := plan.Plan{
		Name: "mine", Summary: "all keys", Styles: []string{record.Orchestration, record.Baseline}, Repeats: 2,
		Durability: durability.Power, Seed: 18446744073709551615, Policy: policy, Budget: 3 * time.Minute, Known: known,
		Thresholds: []string{"orchestration.settled.p50<1s"}, Compare: [][2]string{{"a", "b"}},
		Scenarios: []plan.Scenario{
			{Name: "a", Kind: record.KindOutage, Rate: 12.5, During: 10 * time.Second, Warmup: time.Second, Random: true,
				Faults: []string{"restaurant:outage@3s+3s"}, Styles: []string{record.Baseline}, LastOnly: true},
			{Name: "l", Kind: record.KindLadder, Rate: 100, During: time.Second, Bound: 50 * time.Millisecond, Rungs: 6},
			{Name: "c", Kind: record.KindCeiling, InFlight: 64, During: 2 * time.Second, Warmup: time.Second, Styles: []string{record.Orchestration}, Durability: durability.Memory},
			{Name: "b", Kind: record.KindCustom, Rate: 20, During: time.Second, Durability: durability.Memory, Concurrency: 4, ServiceTime: "realistic"},
			{Name: "d", Kind: record.KindCustom, Rate: 20, During: time.Second, Styles: []string{record.Orchestration}, Activities: record.LocalActivities},
			{Name: "w", Kind: record.KindCustom, Rate: 20, During: time.Second, World: record.NoBarrierWorld},
		},
	}
	got, err := plan.Read("mine.yaml", []byte(`
name: mine
summary: all keys
styles: [orchestration, baseline]
repeats: 2
durability: power
seed: 18446744073709551615
budget: 3m
policy: {attempts: 9, undo_attempts: 20, concurrency: 8, call_timeout: 3s}
compare: [[a, b]]
thresholds: ["orchestration.settled.p50<1s"]
scenarios:
  - {name: a, kind: outage, rate: 12.5, during: 10s, warmup: 1s, arrivals: poisson, faults: ["restaurant:outage@3s+3s"], styles: [baseline], last_only: true}
  - {name: l, kind: ladder, rate: 100, during: 1s, bound: 50ms}
  - {name: c, kind: ceiling, in_flight: 64, warmup: 1s, during: 2s, durability: memory, styles: [orchestration]}
  - {name: b, rate: 20/s, during: 1s, durability: memory, concurrency: 4, service_time: realistic}
  - {name: d, rate: 20, during: 1s, activities: local, styles: [orchestration]}
  - {name: w, rate: 20, during: 1s, world: no-barrier}
`), known)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(plan.Plan{}, plan.Scenario{})); diff != "" {
		t.Error(diff)
	}
}

// A rate may be a share of what a ladder before it finds.
func TestReadShare(t *testing.T) {
	p, err := plan.Read("p", []byte(good+"  - {name: l, kind: ladder, rate: 9, during: 2s, bound: 1s}\n  - {name: half, kind: loaded, rate: 50%, during: 1s}\n"), known)
	if err != nil || p.Scenarios[2].Share != 0.5 || p.Scenarios[2].Rate != 0 {
		t.Errorf("got %+v, %v", p.Scenarios, err)
	}
}

// Which styles there are is not the plan's to know.
func TestStylesAreGiven(t *testing.T) {
	text := []byte(good + "styles: [mine]\nthresholds: [yours.stuck==0]\n")
	p, err := plan.Read("p", text, []string{"mine", "yours"})
	if err != nil || p.Validate() != nil {
		t.Errorf("got %v, and on its own %v", err, p.Validate())
	}
	if _, err := plan.Read("p", text, []string{"mine"}); err == nil || !strings.Contains(err.Error(), `p:8: threshold "yours.stuck==0": unknown style "yours"`) {
		t.Errorf("a threshold on a style that is not there: %v", err)
	}
}

// good is a plan to be spoiled. Its lines are counted below.
const good = `name: mine
repeats: 2
scenarios:
  - name: a
    rate: 20
    during: 5s
`

// What is wrong with a plan file is reported with its place, all at once, in the
// order of the lines and nothing twice.
func TestBadPlans(t *testing.T) {
	if _, err := plan.Read("p", []byte(good), known); err != nil {
		t.Fatalf("the good plan: %v", err)
	}
	for _, c := range []struct {
		name, text string
		want       []string // a line each, or what it begins with
	}{
		{"empty", "", []string{"p:1: the file is empty"}},
		{"comments alone", "# nothing\n", []string{"p:1: the file is empty"}},
		{"no mapping", "- a\n", []string{"p:1: plan: want keys and values"}},
		{"a word", "quick\n", []string{"p:1: plan: want keys and values"}},
		{"no YAML", "name: [\n", []string{"p:1: "}},
		{"a tab", "name: a\n\trate: 1\n", []string{"p:2: "}},
		{"binary", "\x00\x01\x02", []string{"p:1: "}},
		{"two documents", good + "---\n" + good, []string{"p:7: a second document"}},
		{"unknown keys", good + "sceanrios: []\nfoo: 1\n", []string{
			`p:7: plan has no key "sceanrios"; did you mean "scenarios"?`,
			`p:8: plan has no key "foo"; want one of budget, `,
		}},
		{"unknown key of a scenario", good + "    rtae: 20\n", []string{`p:7: scenario has no key "rtae"; did you mean "rate"?`}},
		{"unknown key of the policy", good + "policy: {atempts: 3}\n", []string{`p:7: policy has no key "atempts"; did you mean "attempts"?`}},
		{"a key twice", good + "repeats: 3\n", []string{"p:7: plan: repeats comes twice"}},
		{"what is missing", "scenarios:\n  - kind: refused\n", []string{
			"p:1: plan: name is missing",
			"p:2: scenario: name is missing", "p:2: scenario: rate is missing", "p:2: scenario: during is missing",
		}},
		{"wrong types", `name: [a]
repeats: many
seed: -1
budget: 5
styles: choreography
policy: fast
scenarios:
  - {name: a, rate: {n: 1}, during: 5, last_only: maybe, faults: none}
  - b
`, []string{
			`p:1: name: a list: want text`, `p:2: repeats: "many": want a whole number`, `p:3: seed: "-1": want a whole number from 0 on`,
			`p:4: budget: "5": want a time with its unit`, `p:5: styles: want a list`, `p:6: policy: want keys and values`,
			`p:8: rate: keys and values: want orders per second such as 20`, `p:8: during: "5": want a time`, `p:8: last_only: "maybe": want true or false`,
			`p:8: faults: want a list`, `p:9: scenarios: want keys and values`,
		}},
		{"wrong words", `name: mine
durability: proces
styles: [choreografy]
scenarios:
  - {name: a, kind: refusd, rate: 1, during: 1s, arrivals: uniform}
`, []string{
			`p:2: durability: "proces"; did you mean "process"?`, `p:3: styles: "choreografy"; did you mean "choreography"?`,
			`p:5: kind: "refusd"; did you mean "refused"?`, `p:5: arrivals: "uniform"; want one of constant, poisson`,
		}},
		{"duplicate names", good + "  - {name: a, rate: 1, during: 1s}\n", []string{"p:7: a: another scenario has that name"}},
		{"duplicate styles", good + "styles: [baseline, baseline]\n", []string{"p:7: styles: baseline comes twice"}},
		{"names that are paths", strings.ReplaceAll(good, "mine", "../../etc"), []string{`p:1: name "../../etc"`}},
		{"absurd numbers", `name: mine
repeats: 0
scenarios:
  - {name: A_B, rate: 0, during: 5s}
  - {name: b, rate: 1e9, during: 5s}
  - {name: c, rate: .nan, during: -5s}
  - {name: d, rate: NaN, during: 100h}
  - {name: e, rate: 0.1, during: 1s, warmup: -1s}
  - {name: f, rate: 100000, during: 1h}
  - {name: g, rate: 1.23456, during: 1s}
`, []string{
			"p:2: repeats: 0", `p:4: A_B: name "A_B"`, "p:4: A_B: rate 0/s", "p:5: b: rate 1e+09/s",
			`p:6: rate: ".nan"`, "p:6: c: duration -5s", "p:7: d: rate NaN/s", "p:7: d: duration 100h",
			"p:8: e: 0.1/s for 1s offers no order", "p:8: e: warm-up of -1s", "p:9: f: 100000/s for 1h0m0s offers 360000000 orders", "p:10: g: rate 1.23456/s",
		}},
		{"faults", good + `    faults:
      - restaurant.confrim:refuse@20%
      - nonsense
`, []string{`p:8: fault "restaurant.confrim:refuse@20%"`, `p:8: fault "nonsense"`}},
		{"an outage that outlasts its load", good + "    faults: [\"restaurant:outage@4s+3s\"]\n", []string{"p:7: a: restaurant:outage@4s+3s ends after the load of 5s"}},
		{"an outage that outlasts the retries", good + "    faults: [\"restaurant:outage@1s+3s\"]\npolicy: {attempts: 2}\n", []string{"p:7: the outage of restaurant.confirm"}},
		{"a policy that contradicts itself", good + "policy: {call_timeout: 5s, attempts: 1000000000, undo_attempts: 1000000000}\n", []string{
			"p:7: policy: 1000000000 attempts, want", "p:7: policy: 1000000000 attempts at an undo, want", "p:7: policy: call timeout 5s",
		}},
		{"a scenario without a style of the plan", good + "    styles: [baseline]\n", []string{"p:1: no scenario is for these styles", "p:7: a: none of its styles is one of the plan's"}},
		{"a scenario for no style", good + "    styles: []\n", []string{"p:7: styles: no style"}},
		{"settings of a scenario", good + "    durability: disk\n    concurrency: 0\n    service_time: restaurant.confrim=5ms\n", []string{
			`p:7: durability: "disk"; want one of memory`, "p:8: a: concurrency 0", `p:9: a: service time "restaurant.confrim=5ms": restaurant has no call "confrim"; did you mean "confirm"?`,
		}},
		{"activities that are neither", good + "    styles: [orchestration]\n    activities: nearby\n", []string{`p:8: activities: "nearby"; want one of remote, local`}},
		{"local activities of both styles", good + "    activities: local\n", []string{"p:7: a: activities: local is the orchestration's alone; limit the scenario to styles: [orchestration]"}},
		{"services slower than their callers wait", good + "    service_time: realistic\npolicy: {call_timeout: 1s, redelivery: 2s}\n", []string{
			"p:7: a: the call timeout is 1s; with this service time it must be at least 2s",
		}},
		{"comparisons of nothing", good + "compare:\n  - [a]\n  - a\n", []string{"p:8: compare: want two", "p:9: compare: want a list"}},
		{"comparisons that can't be", good + "compare: [[a, a], [a, bb]]\n", []string{"p:7: compare: a with itself", `p:7: compare: there is no scenario "bb"; want one of a`}},
		{"a comparison of styles", `name: mine
scenarios:
  - {name: a, rate: 9, during: 1s, styles: [choreography]}
  - {name: b, rate: 9, during: 1s, styles: [orchestration]}
compare: [[a, b]]
`, []string{"p:5: compare: no style runs both a and b"}},
		{"ladders", `name: mine
scenarios:
  - {name: a, kind: ladder, rate: 9, during: 2s}
  - {name: b, kind: ladder, rate: 50%, during: 2s, bound: 2s, rungs: 1}
  - {name: c, rate: 9, during: 2s, bound: 1s, rungs: 3}
`, []string{
			"p:3: a: bound 0s", "p:4: b: a ladder begins at a rate of its own", "p:4: b: bound 2s", "p:5: c: only a ladder has a bound",
		}},
		{"ceilings", `name: mine
styles: [choreography, baseline]
scenarios:
  - {name: a, kind: ceiling, in_flight: 9, during: 2s}
  - {name: b, kind: ceiling, in_flight: 0, rate: 50%, during: 2s, styles: [choreography]}
  - {name: c, kind: ceiling, in_flight: 100000, during: 2s, styles: [choreography], concurrency: 2, activities: remote, world: keyless, arrivals: poisson, faults: ["restaurant.confirm:refuse@20%"]}
  - {name: d, rate: 9, in_flight: 9, during: 2s}
  - {name: e, kind: ceiling, during: 2s, styles: [choreography]}
compare: [[c, d]]
thresholds: [choreography.c.settled.p99<50ms]
`, []string{
			"p:4: a: the baseline has no engine", "p:5: b: in flight: 0 orders", "p:5: b: a number in flight has no rate",
			"p:6: c: in flight: 100000 orders", "p:6: c: a ceiling has no concurrency", "p:6: c: a ceiling has no activities", "p:6: c: a ceiling has no world", "p:6: c: a number in flight has no arrivals", "p:6: c: a ceiling has no faults",
			"p:7: d: only a ceiling and saturation have a number of orders in flight", "p:8: scenario: in_flight is missing", `p:9: compare: there is no scenario "c"; want one of d`, `p:10: threshold "choreography.c.settled.p99<50ms": there is no scenario "c"`,
		}},
		{"ceilings of nothing", "name: mine\nscenarios:\n  - {name: a, kind: ceiling, in_flight: 9, during: 2s}\n", []string{"p:3: ceilings alone"}},
		{"shares of the unknown", `name: mine
scenarios:
  - {name: a, rate: 50%, during: 2s, styles: [choreography]}
  - {name: l, kind: ladder, rate: 9, during: 2s, bound: 1s}
  - {name: b, rate: 0.1%, during: 2s}
  - {name: c, rate: much%, during: 2s}
  - {name: d, rate: NaN%, during: 2s}
`, []string{
			"p:3: a: 50% of what choreography can do needs a ladder before it", "p:5: b: 0.1% of capacity", `p:6: rate: "much%": want a share`, "p:7: d: NaN% of capacity",
		}},
		{"shares where the order turns around", good + "  - {name: l, kind: ladder, rate: 9, during: 2s, bound: 1s}\n  - {name: half, rate: 50%, during: 1s}\ncompare: [[a, half]]\n", []string{
			"p:8: half: a plan that compares scenarios runs them in both orders",
		}},
		{"thresholds", good + "thresholds: [choreography.setled.p99<50ms, choreography.b.settled.p99<50ms, violations==0]\n", []string{
			`p:7: threshold "choreography.setled.p99<50ms": unknown clock "setled"; did you mean "settled"?`, `p:7: threshold "choreography.b.settled.p99<50ms": there is no scenario "b"`,
		}},
		{"over its budget", good + "budget: 1s\n", []string{"p:7: plan mine would take about "}},
		{"aliases", "name: &n mine\nsummary: *n\nscenarios: []\n", []string{
			"p:1: name: anchors and aliases are not read", "p:2: summary: anchors and aliases are not read", "p:3: no scenario",
		}},
		{"a bomb of aliases", bomb(), []string{`p:1: plan has no key "a0"`}},
		{"a deep nest", "name: " + strings.Repeat("[", 50_000), []string{"p:1: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := plan.Read("p", []byte(c.text), known)
			if err == nil {
				t.Fatal("it was read")
			}
			lines := strings.Split(err.Error(), "\n")
			for i, want := range c.want {
				if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
					t.Errorf("want line %d to begin with %q; got\n%v", i+1, want, err)
				}
			}
			if len(lines) > len(c.want) && c.name != "a bomb of aliases" {
				t.Errorf("more lines than %d:\n%v", len(c.want), err)
			}
		})
	}
}

// bomb would be 10^20 words if its aliases were followed.
func bomb() string {
	text := "a0: &a0 [boom]\n"
	for i := range 20 {
		text += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	return text
}

// A file that can't be a plan is refused before it is read.
func TestPlanFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.yaml")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 100<<20); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		huge:                              "104857600 bytes, and a plan has at most 262144",
		dir + "/":                         "not a file",
		"/dev/zero":                       "not a file",
		filepath.Join(dir, "absent.yaml"): "there is no such plan file",
		"quikc":                           `unknown plan "quikc"; did you mean "quick"?`,
		"":                                `unknown plan ""`,
	} {
		if _, _, err := plan.Find(name, known); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", name, err, want)
		}
	}
}

// A named plan's text, saved to a file, is the same plan.
func TestPlansCanBeCopied(t *testing.T) {
	for _, p := range plan.All(known) {
		_, text, err := plan.Find(p.Name, known)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "copy.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		again, _, err := plan.Find(file, known)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, again, cmpopts.IgnoreUnexported(plan.Plan{}, plan.Scenario{})); diff != "" {
			t.Errorf("%s: %s", p.Name, diff)
		}
	}
}

// Whatever the file holds, reading it ends, and each line of an error names its place.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(bomb()))
	f.Add([]byte("name: {a: *b}\n? [c]\n: d\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := plan.Read("p", text, known); err != nil && !strings.HasPrefix(err.Error(), "p:") {
			t.Errorf("no place: %v", err)
		}
	})
}

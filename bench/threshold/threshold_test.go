package threshold_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/food"
)

var styles = []string{"choreography", "orchestration", "baseline"}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want threshold.Threshold
	}{
		{"choreography.settled.p99<50ms", threshold.Threshold{Style: "choreography", Metric: "settled", Quantile: "p99", Op: "<", Limit: 50}},
		{" baseline.refused-20.accept.p50 <= 1.5s ", threshold.Threshold{Style: "baseline", Scenario: "refused-20", Metric: "accept", Quantile: "p50", Op: "<=", Limit: 1500}},
		{"orchestration.completed.settled.p90>1us", threshold.Threshold{Style: "orchestration", Ending: food.Completed, Metric: "settled", Quantile: "p90", Op: ">", Limit: 0.001}},
		{"orchestration.calm.no_partner.decision.p999<2m", threshold.Threshold{Style: "orchestration", Scenario: "calm", Ending: food.NoPartner, Metric: "decision", Quantile: "p999", Op: "<", Limit: 120_000}},
		{"choreography.saturation.achieved>=2000/s", threshold.Threshold{Style: "choreography", Scenario: "saturation", Metric: "achieved", Op: ">=", Limit: 2000}},
		{"choreography.saturation.share>=0.65", threshold.Threshold{Style: "choreography", Scenario: "saturation", Metric: "share", Op: ">=", Limit: 0.65}},
		{"violations==0", threshold.Threshold{Metric: "violations", Op: "=="}},
		{"stuck<3", threshold.Threshold{Metric: "stuck", Op: "<", Limit: 3}},
		{"choreography.calm.dropped==0", threshold.Threshold{Style: "choreography", Scenario: "calm", Metric: "dropped", Op: "=="}},
	} {
		all, err := threshold.ParseAll([]string{c.text}, styles)
		c.want.Text = strings.TrimSpace(c.text)
		if err != nil || len(all) != 1 || all[0] != c.want {
			t.Errorf("%q: got %+v, %v; want %+v", c.text, all, err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "such as choreography.settled.p99<50ms",
		"choreography.settled.p99":               "want a metric, one of < <= > >= ==, and a value",
		"choreography.settled.p99=50ms":          "want a metric, one of",
		"choreography.settled.p99<50ms now":      "want a metric, one of",
		"choreografy.settled.p99<50ms":           `did you mean "choreography"?`,
		"kafka.settled.p99<50ms":                 "the styles are choreography, orchestration, baseline",
		"choreography.setled.p99<50ms":           `did you mean "settled"?`,
		"choreography.settled.p95<50ms":          "want one of p50, p90, p99, p999",
		"choreography.settled.mean<50ms":         `unknown metric "mean"`,
		"choreography.settled.p99<50":            "with its unit, such as 50ms",
		"choreography.settled.p99<-5ms":          "a time above 0",
		"choreography.settled.p99<0ms":           "a time above 0",
		"choreography.settled.p99<fast":          "a time above 0",
		"settled.p99<50ms":                       "a style is missing",
		"p99<50ms":                               "p99 of what?",
		"choreography..settled.p99<50ms":         "empty between two dots",
		"choreography.a.b.settled.p99<50ms":      "is too much",
		"choreography.completed.accept.p50<50ms": "not kept apart by outcome",
		"choreography.achieved>=2000/s":          "a style and a scenario are missing",
		"choreography.saturation.achieved>=2000": "such as 2000/s",
		"choreography.saturation.achieved>NaN/s": "a rate above 0",
		"choreography.saturation.achieved<Inf/s": "a rate above 0",
		"choreography.share>=0.65":               "a style and a scenario are missing",
		"choreography.saturation.share>=65%":     "a share above 0 without a unit, such as 0.65",
		"choreography.saturation.share>0":        "a share above 0",
		"choreography.saturation.share<Inf":      "a share above 0",
		"choreography.saturation.chare>0.5":      `did you mean "share"?`,
		"choreography.violations==0":             "violations are those of the whole run",
		"violatons==0":                           `did you mean "violations"?`,
		"violations==none":                       "whole number",
		"violations==-1":                         "whole number",
		"stuck==0ms":                             "whole number",
	} {
		if all, err := threshold.ParseAll([]string{text}, styles); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v; want %q in the error", text, all, err, want)
		}
	}
	// All that is wrong is reported at once, also within one threshold.
	_, err := threshold.ParseAll([]string{"a.settled.p99<5", "violations==0", "x"}, styles)
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three problems", err)
	}
}

// results has 60 orders of 10 ms in a calm scenario, 12 in a small one, a style
// that is saturated at 40/s, half of what its engine allows, and one that is not.
func results() measure.Results {
	run := record.Run{Durability: "process", Ceilings: []record.Ceiling{
		{Style: "choreography", Repeat: 1, Durability: "process", PerSecond: 300},
		{Style: "orchestration", Repeat: 1, Durability: "process", PerSecond: 80},
	}}
	orders := map[string][]record.Order{}
	add := func(style, scenario, kind string, n int, rate float64, latency func(int) float64) {
		window := float64(n) / rate
		c := record.Cell{
			ID: scenario + "-" + style, Style: style, Scenario: scenario, Kind: kind, Repeat: 1, Offered: rate,
			Window: window, LoadEnd: window * 1000, DrainEnd: window*1000 + 100, Drained: true,
		}
		for i := range n {
			ms := latency(i)
			orders[c.ID] = append(orders[c.ID], record.Order{
				ID: fmt.Sprint(i), Outcome: "completed", Due: float64(i) * 1000 / rate, Accept: 1, Decision: ms, Settled: ms,
				Compensation: math.NaN(), Inconsistent: math.NaN(),
			})
		}
		run.Cells = append(run.Cells, c)
	}
	ten := func(int) float64 { return 10 }
	add("choreography", "calm", record.KindRefused, 60, 12, ten)
	add("choreography", "saturation", record.KindSaturation, 200, 100, ten)
	add("choreography", "rung", record.KindRung, 60, 100, ten)
	add("orchestration", "calm", record.KindRefused, 60, 12, ten)
	add("orchestration", "small", record.KindUnloaded, 12, 4, ten)
	add("orchestration", "saturation", record.KindSaturation, 192, 48, func(i int) float64 { return 25 + 4*float64(i) })
	add("orchestration", "power", record.KindSaturation, 192, 48, func(i int) float64 { return 25 + 4*float64(i) })
	run.Cells[len(run.Cells)-1].Durability = "power" // of which no ceiling was measured
	r := measure.Run(run, orders)
	r.Verdict = invariant.Holds
	r.Invariants = []measure.Invariant{{Name: "money", Judged: 60}, {Name: "mail", Judged: 60}}
	return r
}

func TestJudge(t *testing.T) {
	const met, missed, open = threshold.Met, threshold.Missed, threshold.Inconclusive
	for _, c := range []struct {
		text string
		want []threshold.Outcome
		why  string
	}{
		{"choreography.settled.p50<50ms", []threshold.Outcome{met}, ""}, // not where the rate alone is sought
		{"choreography.settled.p50<10ms", []threshold.Outcome{missed}, ""},
		{"choreography.settled.p50<=10ms", []threshold.Outcome{met}, ""},
		{"choreography.settled.p50>=10ms", []threshold.Outcome{met}, ""},
		{"choreography.settled.p50>10ms", []threshold.Outcome{missed}, ""},
		{"choreography.calm.completed.settled.p50<11ms", []threshold.Outcome{met}, ""},
		{"choreography.settled.p99<50ms", []threshold.Outcome{open}, "n = 60, needs 1000"},
		{"choreography.saturation.settled.p50<50ms", []threshold.Outcome{open}, "this cell is run for its rate"},
		{"choreography.calm.no_partner.settled.p50<50ms", []threshold.Outcome{open}, "no such order"},
		{"choreography.compensation.p50<50ms", []threshold.Outcome{open}, "no such order"},
		{"orchestration.settled.p50<50ms", []threshold.Outcome{met, open}, "n = 12, needs 20"},
		{"choreography.clam.settled.p50<50ms", []threshold.Outcome{open}, `did you mean "calm"?`},
		{"baseline.settled.p50<50ms", []threshold.Outcome{open}, "baseline was not run"},
		{"choreography.saturation.achieved>=50/s", []threshold.Outcome{met}, ""},
		{"choreography.saturation.achieved>=5000/s", []threshold.Outcome{open}, "not saturated"},
		{"choreography.saturation.achieved<5000/s", []threshold.Outcome{open}, "not saturated"},
		{"choreography.rung.achieved>=50/s", []threshold.Outcome{open}, "run once"},
		{"orchestration.saturation.achieved>=30/s", []threshold.Outcome{met}, ""},
		{"orchestration.saturation.achieved>=45/s", []threshold.Outcome{missed}, ""},
		{"orchestration.saturation.achieved<45/s", []threshold.Outcome{met}, ""},
		{"orchestration.saturation.share>=0.45", []threshold.Outcome{met}, ""},
		{"orchestration.saturation.share<=0.55", []threshold.Outcome{met}, ""},
		{"orchestration.saturation.share>=0.65", []threshold.Outcome{missed}, ""},
		{"orchestration.power.share>=0.45", []threshold.Outcome{open}, "ceiling not measured"},
		{"choreography.saturation.share>=0.1", []threshold.Outcome{open}, "not saturated"},
		{"choreography.calm.share>=0.1", []threshold.Outcome{open}, "not driven to its limit"},
		{"baseline.saturation.share>=0.1", []threshold.Outcome{open}, "baseline was not run"},
		{"violations==0", []threshold.Outcome{met}, ""},
		{"stuck==0", []threshold.Outcome{met}, ""},
		{"stuck>5", []threshold.Outcome{missed}, ""},
		{"baseline.stuck==0", []threshold.Outcome{open}, "baseline was not run"},
	} {
		all, err := threshold.ParseAll([]string{c.text}, styles)
		if err != nil {
			t.Fatal(err)
		}
		got := threshold.Judge(results(), all)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %+v, want %v", c.text, got, c.want)
			continue
		}
		why := ""
		for i, f := range got {
			if f.Outcome != c.want[i] || (f.Outcome == open) == f.Value.OK() || (f.Reason != "") == f.Value.OK() {
				t.Errorf("%s: got %+v, want %v", c.text, f, c.want[i])
			}
			why += f.Reason
		}
		if !strings.Contains(why, c.why) {
			t.Errorf("%s: reason %q, want %q in it", c.text, why, c.why)
		}
	}
}

// What could not be judged is no pass, and violations of invariants are counted.
func TestJudgeViolations(t *testing.T) {
	all, err := threshold.ParseAll([]string{"violations==0"}, styles)
	if err != nil {
		t.Fatal(err)
	}
	r := results()
	r.Invariants[1].Violated, r.Verdict = 3, invariant.Broken
	if f := threshold.Judge(r, all)[0]; f.Outcome != threshold.Missed || f.Value != 3 {
		t.Errorf("three violations: %+v", f)
	}
	r.Verdict = invariant.Unknown
	if f := threshold.Judge(r, all)[0]; f.Outcome != threshold.Inconclusive || f.Value.OK() {
		t.Errorf("an unknown verdict: %+v", f)
	}
}

// Unsettled orders count as infinite, so they miss every limit.
func TestJudgeInfinite(t *testing.T) {
	all, err := threshold.ParseAll([]string{"choreography.calm.settled.p50<1000h"}, styles)
	if err != nil {
		t.Fatal(err)
	}
	r := results()
	r.Pools[0].Latency.Settled.P50 = measure.Num(math.Inf(1))
	if f := threshold.Judge(r, all)[0]; f.Outcome != threshold.Missed {
		t.Errorf("half of the orders were lost: %+v", f)
	}
}

// A plain number is held in the same way, and one without a limit spoils nothing.
func TestHold(t *testing.T) {
	for _, c := range []struct {
		value float64
		op    string
		want  threshold.Outcome
	}{
		{1.9, "<", threshold.Met}, {2, "<", threshold.Missed}, {2, "<=", threshold.Met}, {2.1, "<=", threshold.Missed},
		{2, "==", threshold.Met}, {2.1, "==", threshold.Missed}, {2, ">=", threshold.Met}, {1.9, ">=", threshold.Missed},
		{2.1, ">", threshold.Met}, {2, ">", threshold.Missed}, {math.NaN(), "<", threshold.Inconclusive}, {2, "~", threshold.Missed},
	} {
		f := threshold.Hold("writing a row", c.value, "µs", c.op, 2)
		if f.Outcome != c.want || f.Where != "writing a row" || f.Unit != "µs" || f.Threshold != c.op+" 2 µs" || (f.Reason != "") == f.Value.OK() {
			t.Errorf("%v %s 2: got %+v, want %s", c.value, c.op, f, c.want)
		}
	}
	shown := threshold.Show("rows", 12, "")
	if shown.Outcome != threshold.Shown || shown.Value != 12 || threshold.Worst([]threshold.Finding{shown}) != threshold.Met {
		t.Errorf("got %+v", shown)
	}
}

func TestWorst(t *testing.T) {
	f := func(o threshold.Outcome) threshold.Finding { return threshold.Finding{Outcome: o} }
	for _, c := range []struct {
		found []threshold.Finding
		want  threshold.Outcome
	}{
		{nil, threshold.Met},
		{[]threshold.Finding{f(threshold.Met), f(threshold.Missed)}, threshold.Missed},
		{[]threshold.Finding{f(threshold.Missed), f(threshold.Inconclusive), f(threshold.Missed)}, threshold.Inconclusive},
		{[]threshold.Finding{{}}, threshold.Inconclusive}, // the zero value
	} {
		if got := threshold.Worst(c.found); got != c.want {
			t.Errorf("%+v: %s, want %s", c.found, got, c.want)
		}
	}
}

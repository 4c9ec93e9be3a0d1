package measure_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// aRun has a calm scenario in six repeats of 60 orders at the given latency.
func aRun(id, scenario string, ms float64) measure.Results {
	r := record.Run{
		ID: id, Plan: "quick", Seed: 1, Durability: "process",
		Machine: map[string]string{"cores": "2"}, Versions: map[string]string{"go": "1.26"}, Policy: map[string]string{"attempts": "8"},
		Parity: []record.Parity{
			{Setting: "server tuning", Given: record.Given{Values: map[string]string{"choreography": "defaults", "orchestration": "tuned"}}},
			{Setting: "durability", Given: record.Given{Values: map[string]string{"choreography": "process", "orchestration": "process"}, Equal: true}},
		},
	}
	orders := map[string][]record.Order{}
	for repeat := 1; repeat <= 6; repeat++ {
		c, o := steady("choreography", scenario, record.KindRefused, repeat, 60, 12, always(ms+float64(repeat)/100))
		r.Cells, orders[c.ID] = append(r.Cells, c), o
	}
	out := measure.Run(r, orders)
	out.Verdict = invariant.Holds
	return out
}

func across(t *testing.T, a, b measure.Results) (warnings string, settled measure.Judgement) {
	t.Helper()
	runs, err := measure.Across(a, b)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(runs.Comparisons, func(c measure.Comparison) bool { return c.Metric == settledP50 })
	if i < 0 {
		t.Fatalf("no %s in %+v", settledP50, runs.Comparisons)
	}
	for _, c := range runs.Comparisons {
		if c.Metric == "settled.p50_ms" || c.Metric == "achieved_per_s" {
			t.Errorf("%s was compared: it mixes outcomes, or was only what was offered", c.Metric)
		}
	}
	return strings.Join(runs.Warnings, "\n"), runs.Comparisons[i].Last()
}

func TestAcross(t *testing.T) {
	warnings, c := across(t, aRun("r1", "calm", 10), aRun("r2", "calm", 12))
	if warnings != "" {
		t.Errorf("like runs: warned of %s", warnings)
	}
	// What a run measured differs from what another did, and is no setting of either.
	a, b := aRun("r1", "calm", 10), aRun("r2", "calm", 12)
	a.Parity["retries"] = record.Given{Values: map[string]string{"choreography": "1 ms", "orchestration": "5 ms"}, From: record.FromRun}
	b.Parity["retries"] = record.Given{Values: map[string]string{"choreography": "2 ms", "orchestration": "6 ms"}, From: record.FromRun}
	if warnings, _ := across(t, a, b); warnings != "" {
		t.Errorf("measured values: warned of %s", warnings)
	}
	if c.Noise() || c.Interval == nil || c.Interval.Kind != "ci95" || c.Ratio < 1.19 || c.Ratio > 1.21 || !(c.P < 0.05) {
		t.Errorf("10 and 12 ms: %+v", c)
	}
	if _, c := across(t, aRun("r1", "calm", 10), aRun("r2", "calm", 10)); !c.Noise() {
		t.Errorf("the same latencies: %+v", c)
	}
}

// Whatever makes two runs unlike is reported.
func TestAcrossWarns(t *testing.T) {
	for want, change := range map[string]func(*measure.Results){
		"A and B are the same run":                         func(r *measure.Results) { r.RunID = "r1" },
		"plan differs: quick in A, full in B":              func(r *measure.Results) { r.Plan = "full" },
		"seed differs: 1 in A, 7 in B":                     func(r *measure.Results) { r.Seed = 7 },
		"durability differs: process in A, power in B":     func(r *measure.Results) { r.Durability = "power" },
		"machine: cores differs: 2 in A, 4 in B":           func(r *measure.Results) { r.Machine = map[string]string{"cores": "4"} },
		"version: nats differs: none in A, 2.15 in B":      func(r *measure.Results) { r.Versions["nats"] = "2.15" },
		"policy: attempts differs: 8 in A, 9 in B":         func(r *measure.Results) { r.Policy["attempts"] = "9" },
		"orchestration: server tuning differs: tuned in A": func(r *measure.Results) { r.Parity = nil },
		"the verdict of B is broken":                       func(r *measure.Results) { r.Verdict = invariant.Broken },
		"B was interrupted":                                func(r *measure.Results) { r.Interrupted = true },
		"calm of choreography was offered 12/s in A":       func(r *measure.Results) { r.Pools[0].Offered = 20 },
		"calm of choreography had other faults: none in A": func(r *measure.Results) { r.Pools[0].Faults = []string{"x"} },
		"calm of choreography has 6 repeats in A and 5":    func(r *measure.Results) { r.Pools[0].Cells = r.Pools[0].Cells[:5] },
	} {
		b := aRun("r2", "calm", 10)
		change(&b)
		if warnings, _ := across(t, aRun("r1", "calm", 10), b); !strings.Contains(warnings, want) {
			t.Errorf("warned of %q, want %q", warnings, want)
		}
	}
}

func TestAcrossNeedsSomethingInCommon(t *testing.T) {
	if _, err := measure.Across(aRun("r1", "calm", 10), aRun("r2", "storm", 10)); !errors.Is(err, measure.ErrUnlike) {
		t.Errorf("got %v, want ErrUnlike", err)
	}
}

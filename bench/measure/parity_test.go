package measure_test

import (
	"slices"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// What the run shows of both sides, row by row.
func TestParityIsMeasured(t *testing.T) {
	run := record.Run{Parity: []record.Parity{record.NewParity("g", "s", record.FromCode, map[string]string{"choreography": "1", "orchestration": "1"}, "")}}
	cell := func(style, scenario string, timer *record.Timer, varies ...string) measure.Cell {
		return measure.Cell{ID: scenario + "-" + style, Style: style, Scenario: scenario, Repeat: 1, Timer: timer, Varies: varies}
	}
	cells := []measure.Cell{
		cell("choreography", "a", &record.Timer{N: 40, P50: 0.1, Max: 3}), cell("orchestration", "a", &record.Timer{N: 40, P50: 0.1, Max: 3}),
		cell("choreography", "b", &record.Timer{N: 40, P50: 0.2, Max: 2}), cell("orchestration", "b", &record.Timer{N: 40, P50: 0.1, Max: 3}),
		cell("orchestration", "alone", &record.Timer{N: 40, P50: 9, Max: 99}), cell("baseline", "a", nil),
		cell("choreography", "weak", nil, "a keyless world"), cell("orchestration", "weak", nil, "a keyless world"),
	}
	some := func(n int, late float64) []float64 { return slices.Repeat([]float64{late}, n) }
	rows := func(seen map[string]measure.Seen) map[string]record.Parity {
		m := map[string]record.Parity{}
		for _, p := range measure.Parity(run, cells, seen) {
			if len(p.Values) != 2 || p.From != record.FromRun {
				t.Errorf("%+v", p)
			}
			m[p.Setting] = p
		}
		return m
	}
	check := func(p record.Parity, choreography, orchestration string, equal bool, note string) {
		t.Helper()
		if p.Values["choreography"] != choreography || p.Values["orchestration"] != orchestration || p.Equal != equal || p.Note != note {
			t.Errorf("got  %+v\nwant %q and %q, equal %v, because %q", p, choreography, orchestration, equal, note)
		}
	}
	const retries, panics, timer = "how late retries came, after their back-off", "calls that panicked, and what came of it", "how late a bare timer rang in the harness"

	got := rows(map[string]measure.Seen{
		"a-choreography": {Late: some(600, 1.25), Panics: 2}, "b-choreography": {Late: some(600, 7)},
		"a-orchestration": {Late: some(30, 123.4), Panics: 1}, "b-orchestration": {Panics: 1, Died: true},
		"alone-orchestration": {Late: some(30, 9), Panics: 9}, "weak-choreography": {Late: some(30, 9), Panics: 9}, "a-baseline": {Panics: 9},
	})
	check(got[retries], "p50 1.25 ms, p99 7 ms, at most 7 ms (n = 1200)", "p50 123 ms, at most 123 ms (n = 30)", false, "it leans towards choreography")
	check(got[panics], "2; no process died", "2; a process died", false, "the plan draws the same calls for each style")
	if p := got[timer]; p.Equal || p.Values["choreography"] != "p50 0.1 ms to 0.2 ms, by cell, at most 3 ms (n = 80)" || p.Values["orchestration"] != "p50 0.1 ms, at most 3 ms (n = 80)" {
		t.Errorf("%+v", p)
	}

	got = rows(nil)
	check(got[retries], "no retry in this run", "no retry in this run", true, "")
	check(got[panics], "no panic in this run", "no panic in this run", true, "")

	got = rows(map[string]measure.Seen{"a-choreography": {Late: some(5, 1)}, "b-orchestration": {Late: some(30, 2)}})
	check(got[retries], "at most 1 ms (n = 5)", "p50 2 ms, at most 2 ms (n = 30)", false, "too few to compare")

	got = rows(map[string]measure.Seen{"a-choreography": {Late: some(30, 1.0001)}, "a-orchestration": {Late: some(31, 1)}})
	check(got[retries], "p50 1 ms, at most 1 ms (n = 30)", "p50 1 ms, at most 1 ms (n = 31)", false, "the medians are alike")

	for i := range cells {
		cells[i].Timer = nil
	}
	if _, there := rows(nil)[timer]; there {
		t.Error("a timer that was not measured has a row")
	}
	if p := measure.Parity(record.Run{}, cells, nil); p != nil {
		t.Errorf("without recorded rows: %+v", p)
	}
}

// What is not known, or only declared, is equal to nothing.
func TestEqualIsDecidedByValues(t *testing.T) {
	for _, test := range []struct {
		from, a, b string
		equal      bool
	}{
		{record.FromCode, "1", "1", true},
		{record.FromCode, "1", "2", false},
		{record.FromServer, record.Unknown, record.Unknown, false},
		{record.FromServer, "1", record.Unknown, false},
		{record.FromUser, "process", "process", false},
	} {
		p := record.NewParity("g", "s", test.from, map[string]string{"a": test.a, "b": test.b}, "why")
		if p.Equal != test.equal || (p.Note == "") != test.equal {
			t.Errorf("%+v: %+v", test, p)
		}
	}
}

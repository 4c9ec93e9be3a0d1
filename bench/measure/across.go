package measure

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// Runs are two runs side by side, B over A. A repeat of A is compared with the
// repeat of B with the same number; they did not share its drift, as
// the repeats of one run do, so the runs must be alike for this to mean much.
type Runs struct {
	A           string       `json:"a"` // run ids
	B           string       `json:"b"`
	Warnings    []string     `json:"warnings"`    // how the runs are not alike
	Comparisons []Comparison `json:"comparisons"` // of "A" and "B"
}

// ErrUnlike is returned for two runs that have nothing to compare.
var ErrUnlike = errors.New("the runs have no style and scenario in common")

// Across compares two runs, style by style and scenario by scenario.
func Across(a, b Results) (Runs, error) {
	out := Runs{A: a.RunID, B: b.RunID, Warnings: unlike(a, b), Comparisons: []Comparison{}}
	out.Warnings = append(out.Warnings, alone(a.Pools, b.Pools, "A")...)
	out.Warnings = append(out.Warnings, alone(b.Pools, a.Pools, "B")...)
	common := false
	for _, x := range a.Pools {
		y, both := findPool(b.Pools, x.Style, x.Scenario)
		if !both {
			continue
		}
		common = true
		out.Warnings = append(out.Warnings, unlikePools(x, y)...)
		for _, m := range Metrics {
			if c, ok := m.Between(x, y, "A", "B"); ok && acrossRuns(m, x) {
				c.Scenario = x.Scenario
				out.Comparisons = append(out.Comparisons, c)
			}
		}
	}
	if !common {
		return out, ErrUnlike
	}
	return out, nil
}

// alone lists what one run has and the other has not.
func alone(pools, others []Pool, run string) (list []string) {
	for _, p := range pools {
		if _, both := findPool(others, p.Style, p.Scenario); !both {
			list = append(list, fmt.Sprintf("%s of %s is in %s alone", p.Scenario, p.Style, run))
		}
	}
	return list
}

// acrossRuns reports whether a metric shows anything between runs. Latencies that
// mix outcomes do not, nor do rates where only as much as was offered could come out.
func acrossRuns(m Metric, p Pool) bool {
	mixed := m.ending == Any && (m.clock == Settled || m.clock == Decision)
	offered := m.Name == "achieved_per_s" && p.Kind != record.KindSaturation
	return !mixed && !offered && !strings.HasSuffix(m.Name, "_busy_cores")
}

// unlike lists in which conditions two runs differ.
func unlike(a, b Results) (list []string) {
	add := func(what, x, y string) {
		if x != y {
			list = append(list, fmt.Sprintf("%s differs: %s in A, %s in B", what, cmp.Or(x, "none"), cmp.Or(y, "none")))
		}
	}
	if a.RunID == b.RunID {
		list = append(list, "A and B are the same run")
	}
	add("plan", a.Plan, b.Plan)
	add("seed", fmt.Sprint(a.Seed), fmt.Sprint(b.Seed))
	add("durability", a.Durability, b.Durability)
	each := func(what string, x, y map[string]string) {
		keys := slices.AppendSeq(slices.Collect(maps.Keys(x)), maps.Keys(y))
		slices.Sort(keys)
		for _, k := range slices.Compact(keys) {
			add(what+" "+k, x[k], y[k])
		}
	}
	each("machine:", a.Machine, b.Machine)
	each("version:", a.Versions, b.Versions)
	each("policy:", a.Policy, b.Policy)
	given := map[string]string{}
	for _, p := range slices.AppendSeq(slices.Collect(maps.Values(a.Parity)), maps.Values(b.Parity)) {
		maps.Copy(given, p.Values)
	}
	for _, style := range record.InOrder(slices.Sorted(maps.Keys(given))) {
		each(style+":", unequal(a, style), unequal(b, style))
	}
	for i, r := range []Results{a, b} {
		name := string("AB"[i])
		if r.Verdict != invariant.Holds {
			list = append(list, fmt.Sprintf("the verdict of %s is %s", name, r.Verdict))
		}
		if r.Interrupted {
			list = append(list, name+" was interrupted")
		}
	}
	return list
}

// unlikePools lists how the load of a scenario differs.
func unlikePools(a, b Pool) (list []string) {
	what := fmt.Sprintf("%s of %s", a.Scenario, a.Style)
	if a.Offered != b.Offered {
		list = append(list, fmt.Sprintf("%s was offered %g/s in A and %g/s in B", what, a.Offered, b.Offered))
	}
	if !slices.Equal(a.Faults, b.Faults) {
		list = append(list, fmt.Sprintf("%s had other faults: %s in A, %s in B",
			what, cmp.Or(strings.Join(a.Faults, ", "), "none"), cmp.Or(strings.Join(b.Faults, ", "), "none")))
	}
	if x, y := len(a.Cells), len(b.Cells); x != y {
		list = append(list, fmt.Sprintf("%s has %d repeats in A and %d in B", what, x, y))
	}
	return list
}

// unequal are the settings in which a style differs from the others. What is
// equal follows from plan, seed, durability and policy; what was measured is no setting.
func unequal(r Results, style string) map[string]string {
	m := map[string]string{}
	for setting, p := range r.Parity {
		if !p.Equal && p.From != record.FromRun {
			m[setting] = p.Values[style]
		}
	}
	return m
}

package measure

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// Runs are two runs side by side, B over A. A repeat of A is held against the
// repeat of B with the same number; they did not share the machine's mood, as
// the repeats of one run do, so the runs must be alike for this to mean much.
type Runs struct {
	A         string     `json:"a"` // run ids
	B         string     `json:"b"`
	Warnings  []string   `json:"warnings"` // how the runs are not alike
	Contrasts []Contrast `json:"comparisons"`
}

// ErrUnlike says that two runs have nothing to compare.
var ErrUnlike = errors.New("the runs have no style and scenario in common")

// Across compares two runs, style by style and scenario by scenario.
func Across(a, b Results) (Runs, error) {
	out := Runs{A: a.RunID, B: b.RunID, Warnings: unlike(a, b), Contrasts: []Contrast{}}
	inA, inB := a.Sides(), b.Sides()
	alone := func(of, others []Side, run string) {
		for _, s := range of {
			if _, both := twin(s, others); !both {
				out.Warnings = append(out.Warnings, fmt.Sprintf("%s of %s is in %s alone", s.Name, s.Pool.Style, run))
			}
		}
	}
	alone(inA, inB, "A")
	alone(inB, inA, "B")
	common := false
	for _, x := range inA {
		y, both := twin(x, inB)
		if !both {
			continue
		}
		common = true
		out.Warnings = append(out.Warnings, unlikeSides(x, y)...)
		for _, m := range Metrics {
			if !worthIt(m, x) {
				continue
			}
			if c, ok := m.Between(x, y); ok {
				out.Contrasts = append(out.Contrasts, c)
			}
		}
	}
	if !common {
		return out, ErrUnlike
	}
	return out, nil
}

// twin finds the same style and scenario in the other run.
func twin(s Side, others []Side) (Side, bool) {
	i := slices.IndexFunc(others, func(o Side) bool { return o.Name == s.Name && o.Pool.Style == s.Pool.Style })
	if i < 0 {
		return Side{}, false
	}
	return others[i], true
}

// worthIt leaves out what would mislead between runs: latencies that mix
// outcomes, and rates where only as much as was offered could come out.
func worthIt(m Metric, s Side) bool {
	mixed := strings.HasPrefix(m.Name, string(Settled)) || strings.HasPrefix(m.Name, string(Decision))
	offered := m.Name == "achieved_per_s" && s.Pool.Kind != record.KindSaturation
	return !mixed && !offered && !strings.HasSuffix(m.Name, "_busy_cores")
}

// unlike lists in which conditions two runs differ.
func unlike(a, b Results) (list []string) {
	add := func(what, x, y string) {
		if x != y {
			list = append(list, fmt.Sprintf("%s differs: %s in A, %s in B", what, orNone(x), orNone(y)))
		}
	}
	if a.RunID == b.RunID {
		list = append(list, "A and B are the same run")
	}
	add("plan", a.Plan, b.Plan)
	add("seed", fmt.Sprint(a.Seed), fmt.Sprint(b.Seed))
	add("durability", a.Durability, b.Durability)
	each := func(what string, x, y map[string]string) {
		for _, k := range slices.Sorted(maps.Keys(union(x, y))) {
			add(what+" "+k, x[k], y[k])
		}
	}
	each("machine:", a.Machine, b.Machine)
	each("version:", a.Versions, b.Versions)
	each("policy:", a.Policy, b.Policy)
	for _, style := range []string{choreography, orchestration} {
		each(style+":", given(a, style), given(b, style))
	}
	for _, r := range []struct {
		name string
		Results
	}{{"A", a}, {"B", b}} {
		if r.Verdict != "holds" {
			list = append(list, fmt.Sprintf("the verdict of %s is %s", r.name, r.Verdict))
		}
		if r.Interrupted {
			list = append(list, r.name+" was interrupted")
		}
	}
	return list
}

// unlikeSides lists how the load of a scenario differs.
func unlikeSides(a, b Side) (list []string) {
	what := fmt.Sprintf("%s of %s", a.Name, a.Pool.Style)
	if a.Pool.Offered != b.Pool.Offered {
		list = append(list, fmt.Sprintf("%s was offered %g/s in A and %g/s in B", what, float64(a.Pool.Offered), float64(b.Pool.Offered)))
	}
	if !slices.Equal(a.Pool.Faults, b.Pool.Faults) {
		list = append(list, fmt.Sprintf("%s had other faults: %s in A, %s in B", what, orNone(strings.Join(a.Pool.Faults, ", ")), orNone(strings.Join(b.Pool.Faults, ", "))))
	}
	if x, y := len(a.Cells), len(b.Cells); x != y {
		list = append(list, fmt.Sprintf("%s has %d repeats in A and %d in B", what, x, y))
	}
	return list
}

// given are the settings in which one style differs from the other. What is
// equal follows from plan, seed, durability and policy.
func given(r Results, style string) map[string]string {
	m := map[string]string{}
	for setting, p := range r.Parity {
		switch {
		case p.Equal:
		case style == choreography:
			m[setting] = p.Choreography
		default:
			m[setting] = p.Orchestration
		}
	}
	return m
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

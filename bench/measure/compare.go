package measure

import (
	"maps"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/lists"
)

// A Comparison holds one metric of several things of a kind: styles in a scenario,
// scenarios of a style, or runs.
type Comparison struct {
	Metric   string `json:"metric"`
	Scenario string `json:"scenario,omitempty"` // where scenarios are not what is compared
	Style    string `json:"style,omitempty"`    // where styles are not

	Of      []string             `json:"of"`                // what is compared, the reference first
	Values  map[string]Num       `json:"values"`            // over all repeats
	Repeats []Repeat             `json:"repeats"`           // those that have a value of each
	Ratios  map[string]Judgement `json:"ratios"`            // "b/a" is b over the reference a
	Reasons map[string]string    `json:"reasons,omitempty"` // why a value is null
}

// A Repeat is one repeat of all that is compared.
type Repeat struct {
	Repeat int            `json:"repeat"`
	Values map[string]Num `json:"values"`
}

// Over is the judgement of one of the compared over the reference.
func (c Comparison) Over(name string) Judgement { return c.Ratios[name+"/"+c.Of[0]] }

// Last is that of the last: the only one, of two.
func (c Comparison) Last() Judgement { return c.Over(c.Of[len(c.Of)-1]) }

// side reads the metric of a pool, repeat by repeat.
func (m Metric) side(p Pool, name string) series {
	s := series{name: name, of: map[int]Num{}}
	s.all, s.why = m.Of(p)
	for _, c := range p.Cells {
		if m.number != nil || p.LeftOut[c.ID] == "" {
			s.of[c.Repeat] = m.In(c)
		}
	}
	return s
}

// Between compares two pools of a style by one metric, each by a name of its own.
// ok is false when neither has it.
func (m Metric) Between(a, b Pool, nameA, nameB string) (c Comparison, ok bool) {
	x, y := m.side(a, nameA), m.side(b, nameB)
	c = newComparison(m.Name, "", x, y)
	c.Style = a.Style
	return c, x.all.OK() || y.all.OK()
}

// compare sets styles against the first of them, in every scenario that two of
// them ran with the same load.
func compare(pools []Pool, styles []string) []Comparison {
	out := []Comparison{}
	for _, alike := range lists.Groups(pools, func(p Pool) string { return p.Scenario }) {
		var ran []Pool
		for _, style := range styles {
			if p, ok := findPool(alike, style, alike[0].Scenario); ok && p.GivesLatency() && (len(ran) == 0 || sameLoad(ran[0], p)) {
				ran = append(ran, p)
			}
		}
		if len(ran) > 1 {
			out = append(out, compareLatencies(ran)...)
		}
	}
	return out
}

// sameLoad reports whether latencies of two styles can be set against each other: at one
// rate, or at the same share of what each can do.
func sameLoad(a, b Pool) bool { return a.Offered == b.Offered || a.Kind == record.KindLoaded }

// compareLatencies has the medians whenever one side has such orders, and higher
// percentiles where two at least support them.
func compareLatencies(pools []Pool) (all []Comparison) {
	for _, m := range betweenStyles() {
		var sides []series
		none, given := true, 0
		for _, p := range pools {
			s := m.side(p, p.Style)
			if none = none && s.why == noSuchOrder; s.all.OK() {
				given++
			}
			sides = append(sides, s)
		}
		if !none && (m.percentile == "p50" || given > 1) {
			all = append(all, newComparison(m.Name, pools[0].Scenario, sides...))
		}
	}
	return all
}

// newComparison sets the sides against the first of them.
func newComparison(metric, scenario string, sides ...series) Comparison {
	c := Comparison{
		Metric: metric, Scenario: scenario, Values: map[string]Num{}, Repeats: []Repeat{},
		Ratios: map[string]Judgement{}, Reasons: map[string]string{},
	}
	for i, s := range sides {
		c.Of, c.Values[s.name] = append(c.Of, s.name), s.all
		if !s.all.OK() {
			c.Reasons[s.name] = s.why
		}
		if i > 0 {
			c.Ratios[s.name+"/"+c.Of[0]] = judge(sides[0], s)
		}
	}
	for _, repeat := range slices.Sorted(maps.Keys(sides[0].of)) {
		r := Repeat{repeat, map[string]Num{}}
		for _, s := range sides {
			if v, ok := s.of[repeat]; ok && v.OK() {
				r.Values[s.name] = v
			}
		}
		if len(r.Values) == len(sides) {
			c.Repeats = append(c.Repeats, r)
		}
	}
	return c
}

// plain are the metrics by which a plan contrasts scenarios: ten that every
// style has, so that chance has a known number of tries.
var plain = []string{
	"accept.p50_ms", "accept.p90_ms", "decision.p50_ms", "decision.p90_ms", "settled.p50_ms", "settled.p90_ms",
	"achieved_per_s", "server_busy_cores", "worker_busy_cores", "harness_busy_cores",
}

// contrasts compares the scenarios that the plan names in pairs, style by style.
// A pair that the run did not come to is left out.
func contrasts(pools []Pool, pairs [][2]string) (all []Comparison) {
	for _, pair := range pairs {
		for _, a := range pools {
			b, both := findPool(pools, a.Style, pair[1])
			if a.Scenario != pair[0] || !both {
				continue
			}
			for _, name := range plain {
				m, _ := MetricNamed(name)
				if c, ok := m.Between(a, b, a.Scenario, b.Scenario); ok {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

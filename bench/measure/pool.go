package measure

import (
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A Pool is one style under one setting over all repeats. Percentiles come from
// the orders of all repeats together, which are merged and never averaged.
// Beside them stands each repeat's own value, because only repeats show how much
// the machine's mood matters.
type Pool struct {
	Style     string                        `json:"style"`
	Scenario  string                        `json:"scenario"`
	Kind      string                        `json:"kind"`
	Offered   Num                           `json:"offered_per_s"`
	Faults    []string                      `json:"faults"`
	Repeats   []int                         `json:"repeats"`            // pooled here
	LeftOut   map[string]string             `json:"left_out,omitempty"` // cell -> why
	Orders    Counts                        `json:"orders"`
	Latency   Latency                       `json:"latency_ms"`
	ByOutcome map[food.Ending]EndingLatency `json:"latency_by_outcome_ms"`
	Spreads   map[string]Spread             `json:"spreads"` // by gauge
	Claim     string                        `json:"claim"`   // on latency
}

// A Spread is what the repeats gave, one value each.
type Spread struct {
	Values []Num  `json:"values"` // in order of repeat
	Median Num    `json:"median"`
	Lo     Num    `json:"lo"`
	Hi     Num    `json:"hi"`
	Reason string `json:"reason,omitempty"`

	// Interval is where the median lies, with 95 % confidence; with few repeats
	// it is their range. Null where a repeat has no value or never ended.
	Interval *Interval `json:"interval"`
}

func spread(values []Num) Spread {
	s := Spread{Values: append([]Num{}, values...), Median: None, Lo: None, Hi: None}
	if len(values) == 0 {
		s.Reason = "no repeat"
		return s
	}
	for _, v := range values {
		if !v.OK() {
			s.Reason = "not every repeat has a value"
			return s
		}
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	s.Lo, s.Hi = sorted[0], sorted[len(sorted)-1]
	s.Median = (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
	if s.Lo.Finite() && s.Hi.Finite() {
		s.Interval = interval(floats(values))
	}
	return s
}

// A gauge is one number that is read off a set of orders.
type gauge struct {
	clock  Clock
	ending food.Ending
	name   string // of the percentile
	q      float64
}

// String is the gauge's name in results.json, such as "completed.settled.p50_ms".
func (g gauge) String() string {
	s := string(g.clock) + "." + g.name + "_ms"
	if g.ending != Any {
		s = string(g.ending) + "." + s
	}
	return s
}

func (g gauge) read(orders []record.Order) (v Num, reason string) {
	s := Latencies(orders, g.clock, g.ending)
	q, ok := s.Quantile(g.q)
	if !ok {
		return None, tooFew(len(s), Needs(g.q))
	}
	return Num(q), ""
}

// gauges lists what styles are compared by.
func gauges() (all []gauge) {
	for _, p := range quantileNames[:3] {
		for _, e := range food.Endings {
			all = append(all, gauge{Settled, e, p.Name, p.Q})
		}
		all = append(all, gauge{Compensation, Any, p.Name, p.Q}, gauge{Accept, Any, p.Name, p.Q})
	}
	return all
}

// pool gathers the repeats of each style and scenario, in order of first
// appearance.
func pool(cells []Cell, orders map[string][]record.Order) []Pool {
	type key struct{ style, scenario string }
	var keys []key
	members := map[key][]Cell{}
	for _, c := range cells {
		k := key{c.Style, c.Scenario}
		if members[k] == nil {
			keys = append(keys, k)
		}
		members[k] = append(members[k], c)
	}
	pools := []Pool{}
	for _, k := range keys {
		repeats := members[k]
		slices.SortStableFunc(repeats, func(a, b Cell) int { return a.Repeat - b.Repeat })
		pools = append(pools, poolOf(repeats, orders))
	}
	return pools
}

// leftOut says why a cell's latencies are not pooled with those of its other
// repeats, or "".
func (c Cell) leftOut() string {
	switch {
	case c.Cut:
		return "cut short"
	case c.Late != "" && !c.Behind && withholds(record.Cell{Kind: c.Kind}, false, "") == "":
		return c.Late
	}
	return ""
}

func poolOf(cells []Cell, orders map[string][]record.Order) Pool {
	first := cells[0]
	p := Pool{
		Style: first.Style, Scenario: first.Scenario, Kind: first.Kind, Offered: first.Offered, Faults: first.Faults,
		Repeats: []int{}, LeftOut: map[string]string{}, Spreads: map[string]Spread{}, Claim: ClaimOK,
	}
	var merged []record.Order
	var each [][]record.Order
	why := ""
	for _, c := range cells {
		p.Orders.add(c.Orders)
		if why := c.leftOut(); why != "" {
			p.LeftOut[c.ID] = why
			continue
		}
		p.Repeats = append(p.Repeats, c.Repeat)
		merged = append(merged, orders[c.ID]...)
		each = append(each, orders[c.ID])
		if r := withholds(record.Cell{Kind: c.Kind, Faults: c.Faults}, c.Behind, ""); r != "" {
			why = r
		}
	}
	if len(each) == 0 {
		why = "no repeat is left: " + p.LeftOut[first.ID]
	}
	p.Latency, p.ByOutcome = latencies(merged, why)
	switch {
	case why == ClaimSaturated:
		p.Claim = ClaimSaturated
	case why != "":
		p.Claim = unsupported("%s", why)
	case !p.Latency.Settled.P50.OK():
		p.Claim = unsupported("%s", p.Latency.Settled.Reasons["p50"])
	}
	if why != "" {
		return p
	}
	for _, g := range gauges() {
		if v, _ := g.read(merged); !v.OK() {
			continue
		}
		var values []Num
		for _, o := range each {
			v, _ := g.read(o)
			values = append(values, v)
		}
		p.Spreads[g.String()] = spread(values)
	}
	return p
}

package measure

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/lists"
)

// A Pool is one style under one setting over all repeats. Percentiles come from
// the orders of all repeats together, which are merged and never averaged.
// Beside them stands each repeat's own value, because only repeats show how much
// the machine drifts.
type Pool struct {
	Style    string            `json:"style"`
	Scenario string            `json:"scenario"`
	Kind     string            `json:"kind"`
	Offered  Num               `json:"offered_per_s"`
	Faults   []string          `json:"faults"`
	Repeats  []int             `json:"repeats"`            // pooled here
	LeftOut  map[string]string `json:"left_out,omitempty"` // cell -> why
	Orders   Counts            `json:"orders"`
	Timings
	Spreads map[string]Spread `json:"spreads"` // by metric
	Claim   string            `json:"claim"`   // on latency

	// Cells are the repeats but for those cut short, in order, as they were
	// measured. What one can't claim, it does not give.
	Cells []Cell `json:"-"`
}

// findPool finds a style in a scenario.
func findPool(pools []Pool, style, scenario string) (Pool, bool) {
	return lists.Find(pools, func(p Pool) bool { return p.Style == style && p.Scenario == scenario })
}

// GivesLatency is false for pools that are there for their rate, or had none to
// give.
func (p Pool) GivesLatency() bool {
	behind := slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Behind })
	return NoLatency(p.Kind) == "" && !behind && len(p.Repeats) > 0
}

// Of is the metric over all repeats of a pool: of a latency that of all orders
// together, of anything else the median of the repeats. Where it is none, why
// is the reason.
func (m Metric) Of(p Pool) (v Num, why string) {
	if m.number == nil {
		q := p.Of(m.clock, m.ending)
		return q.At(m.percentile), q.Why(m.percentile)
	}
	s := spread(m.each(p.Cells))
	return s.Median, s.Reason
}

func (m Metric) each(cells []Cell) (values []Num) {
	for _, c := range cells {
		values = append(values, m.In(c))
	}
	return values
}

// pool gathers the repeats of each style and scenario.
func pool(cells []Cell, dropped map[string]string, orders map[string][]record.Order) []Pool {
	pools := []Pool{}
	for _, repeats := range lists.Groups(cells, func(c Cell) [2]string { return [2]string{c.Style, c.Scenario} }) {
		slices.SortStableFunc(repeats, func(a, b Cell) int { return a.Repeat - b.Repeat })
		pools = append(pools, poolOf(repeats, dropped, orders))
	}
	return pools
}

// leftOut explains why a cell's latencies can't be pooled with those of its other
// repeats, or "".
func (c Cell) leftOut() string {
	switch {
	case c.Cut:
		return "cut short"
	case c.withholds() == c.Late:
		return c.Late
	}
	return ""
}

// dropped lists the cells whose latencies are not pooled, and why. A repeat of a
// scenario is dropped for every style or for none: what spoils a measurement
// spoils that of the faster style first, and if its bad repeats alone were
// dropped, the slower one would keep its own.
func dropped(cells []Cell) map[string]string {
	why := map[string]string{}
	for _, c := range cells {
		out := c.leftOut()
		if out == "" {
			continue
		}
		for _, other := range cells {
			if other.Scenario == c.Scenario && other.Repeat == c.Repeat && why[other.ID] == "" {
				why[other.ID] = fmt.Sprintf("dropped with %s: %s", c.ID, out)
			}
		}
		why[c.ID] = out
	}
	return why
}

func poolOf(cells []Cell, dropped map[string]string, orders map[string][]record.Order) Pool {
	first := cells[0]
	p := Pool{
		Style: first.Style, Scenario: first.Scenario, Kind: first.Kind, Offered: first.Offered, Faults: first.Faults,
		Repeats: []int{}, LeftOut: map[string]string{}, Spreads: map[string]Spread{},
	}
	var pooled []Cell
	var merged []record.Order
	why := ""
	for _, c := range cells {
		p.Orders.add(c.Orders)
		if !c.Cut {
			p.Cells = append(p.Cells, c)
		}
		if out := dropped[c.ID]; out != "" {
			p.LeftOut[c.ID] = out
			continue
		}
		p.Repeats, pooled = append(p.Repeats, c.Repeat), append(pooled, c)
		merged = append(merged, orders[c.ID]...)
		why = cmp.Or(c.withholds(), why)
	}
	if len(pooled) == 0 {
		why = "no repeat is left: " + p.LeftOut[first.ID]
	}
	p.Timings = timings(merged, why)
	p.Claim = claim(p.Latency.Settled)
	for _, m := range betweenStyles() {
		if v, _ := m.Of(p); v.OK() {
			p.Spreads[m.Name] = spread(m.each(pooled))
		}
	}
	return p
}

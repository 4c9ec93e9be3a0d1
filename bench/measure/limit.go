package measure

import (
	"cmp"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
)

// A Limit is the most that a style did at one durability, beside what its engine
// allowed with nothing behind the same traffic.
//
// The share is taken repeat by repeat, of the style and of the ceiling that was
// measured on the same server, and is the median of these ratios.
type Limit struct {
	Style      string `json:"style"`
	Durability string `json:"durability"`
	Kind       string `json:"kind"`     // Saturated or Knee
	Scenario   string `json:"scenario"` // as comparisons name it; of a knee its ladder
	Capacity
	Ceiling  Spread    `json:"ceiling_per_s"`
	InFlight int       `json:"ceiling_in_flight"` // orders under way while it was measured
	Share    Judgement `json:"share_of_ceiling"`  // Ratio is the share
}

// Kinds of limit. They are not the same: a saturated cell is offered more than
// fits and what comes out is counted, whatever latency becomes. A knee is the
// highest rate of a ladder that was kept up with, within a bound on latency.
const (
	Saturated = "saturated"
	Knee      = "knee"
)

// NoCeiling is why a limit has no share.
const NoCeiling = "ceiling not measured in this run"

// byTier sorts the cells whose settings are the run's own but for the durability.
func byTier(run record.Run, cells []Cell) map[string][]Cell {
	tiers := map[string][]Cell{}
	for i, c := range run.Cells { // cells are in the same order
		tier := cmp.Or(c.Durability, run.Durability)
		if c.Durability = ""; c.Settings == (record.Settings{}) {
			tiers[tier] = append(tiers[tier], cells[i])
		}
	}
	return tiers
}

// limits lists what was driven to its limit, the run's own durability first.
func limits(run record.Run, tiers map[string][]Cell) []Limit {
	all := []Limit{}
	order := []string{run.Durability}
	for _, c := range run.Cells {
		if c.Durability != "" && !slices.Contains(order, c.Durability) {
			order = append(order, c.Durability)
		}
	}
	for _, tier := range order {
		scenario := record.KindSaturation
		if tier != run.Durability {
			scenario += ", durability " + tier
		}
		styles := stylesOf(tiers[tier])
		found := capacity(tiers[tier], styles)
		if !slices.ContainsFunc(styles, func(s string) bool { return len(found[s].Repeats) > 0 }) &&
			!slices.ContainsFunc(run.Ceilings, func(c record.Ceiling) bool { return c.Durability == tier }) {
			continue // nobody looked
		}
		for _, style := range styles {
			all = append(all, beside(run.Ceilings, Limit{Style: style, Durability: tier, Kind: Saturated, Scenario: scenario, Capacity: found[style]}))
		}
	}
	return append(all, knees(run)...)
}

// knees are what the ladders found: of each repeat the highest rate that held.
func knees(run record.Run) (all []Limit) {
	for _, k := range run.Knees {
		i := slices.IndexFunc(all, func(l Limit) bool { return l.Style == k.Style && l.Scenario == k.Scenario })
		if i < 0 {
			i = len(all)
			all = append(all, Limit{
				Style: k.Style, Durability: cmp.Or(k.Durability, run.Durability), Kind: Knee, Scenario: k.Scenario,
				Capacity: Capacity{PerS: None, AtLeast: None, Offered: None, Repeats: []int{}},
			})
		}
		if c := &all[i].Capacity; k.Lo > 0 {
			c.Repeats, c.Spread.Values = append(c.Repeats, k.Repeat), append(c.Spread.Values, Num(k.Lo))
			c.AtLeast, c.Offered = higher(c.AtLeast, Num(k.Lo)), higher(c.Offered, Num(max(k.Lo, k.Hi)))
		}
	}
	for i := range all {
		c := &all[i].Capacity
		c.Spread = spread(c.Spread.Values)
		if c.PerS = c.Spread.Median; !c.PerS.OK() {
			c.Reason = "no rung held"
		}
		all[i] = beside(run.Ceilings, all[i])
	}
	return all
}

// beside sets a limit against the ceilings of its style and durability.
func beside(ceilings []record.Ceiling, l Limit) Limit {
	of := map[int]Num{}
	var values []Num
	for _, c := range ceilings {
		if c.Style == l.Style && c.Durability == l.Durability {
			of[c.Repeat], l.InFlight = Num(c.PerSecond), c.InFlight
			values = append(values, Num(c.PerSecond))
		}
	}
	l.Ceiling = spread(values)
	_, a, b := paired(of, l.byRepeat())
	l.Share = judge(l.Ceiling.Median, l.PerS, a, b)
	switch {
	case len(values) == 0:
		l.Share.Reasons["ratio"] = NoCeiling
	case !l.PerS.OK():
		l.Share.Reasons["ratio"] = l.Reason
	}
	return l
}

// share is that of one saturated cell whose settings are the ceiling's.
func share(run record.Run, c record.Cell, cell Cell) Num {
	tier := cmp.Or(c.Durability, run.Durability)
	if c.Durability = ""; !cell.Saturated || c.Kind != record.KindSaturation || c.Settings != (record.Settings{}) {
		return None
	}
	for _, top := range run.Ceilings {
		if top.Style == c.Style && top.Repeat == c.Repeat && top.Durability == tier {
			return cell.Achieved / Num(top.PerSecond)
		}
	}
	return None
}

// compareLimits sets the styles' saturated rates against each other.
func compareLimits(all []Limit) (out []Comparison) {
	for _, x := range all {
		i := slices.IndexFunc(all, func(y Limit) bool { return y.Style == orchestration && y.Scenario == x.Scenario && y.Kind == x.Kind })
		if x.Style != choreography || x.Kind != Saturated || i < 0 || len(x.Repeats)+len(all[i].Repeats) == 0 {
			continue
		}
		y := all[i]
		c := newComparison("capacity_per_s", x.Scenario, x.PerS, y.PerS, x.byRepeat(), y.byRepeat())
		if x.Reason != "" {
			c.Reasons[choreography] = x.Reason
		}
		if y.Reason != "" {
			c.Reasons[orchestration] = y.Reason
		}
		out = append(out, c)
	}
	return out
}

// byRepeat is empty where the limit was not reached in every repeat.
func (c Capacity) byRepeat() map[int]Num {
	m := map[int]Num{}
	for i, repeat := range c.Repeats {
		if c.PerS.OK() {
			m[repeat] = c.Spread.Values[i]
		}
	}
	return m
}

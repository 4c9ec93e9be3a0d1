package measure

import (
	"cmp"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/lists"
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
	Ceilings   Spread    `json:"ceiling"`
	InFlight   int       `json:"ceiling_in_flight"` // orders under way while it was measured
	Share      Judgement `json:"share_of_ceiling"`  // Ratio is the share
	ShareOfCPU Judgement `json:"share_of_cpu"`      // Ratio is the ceiling's CPU time of an order over the style's
}

// Kinds of limit. They are not the same: a saturated cell is overloaded and what
// comes out is counted, whatever latency becomes. A knee is the
// highest rate of a ladder that was kept up with, within a bound on latency.
const (
	Saturated = "saturated"
	Knee      = "knee"
)

// NoCeiling is why a limit has no share.
const NoCeiling = "ceiling not measured in this run"

// durabilityOf is the durability of a cell. ok is false where its other settings are
// not the run's own.
func durabilityOf(run record.Run, set record.Settings) (durability string, ok bool) {
	durability = cmp.Or(set.Durability, run.Durability)
	set.Durability = ""
	return durability, set == record.Settings{}
}

// byDurability sorts the cells whose settings are the run's own but for the durability.
func byDurability(run record.Run, cells []Cell) map[string][]Cell {
	durabilities := map[string][]Cell{}
	for _, c := range cells {
		if durability, ok := durabilityOf(run, c.Settings); ok {
			durabilities[durability] = append(durabilities[durability], c)
		}
	}
	return durabilities
}

// limits lists what was driven to its limit, the run's own durability first.
func limits(run record.Run, durabilities map[string][]Cell) []Limit {
	all := []Limit{}
	order := []string{run.Durability}
	for _, c := range run.Cells {
		if c.Durability != "" && !slices.Contains(order, c.Durability) {
			order = append(order, c.Durability)
		}
	}
	for _, durability := range order {
		scenario := record.KindSaturation
		if durability != run.Durability {
			scenario += ", durability " + durability
		}
		sought := slices.ContainsFunc(run.Ceilings, func(c record.Ceiling) bool { return c.Durability == durability })
		var found []Limit
		for _, style := range stylesOf(durabilities[durability]) {
			l := saturated(run, style, durability, durabilities[durability])
			l.Scenario = scenario
			sought = sought || len(l.Repeats) > 0
			found = append(found, l)
		}
		if sought {
			all = append(all, found...)
		}
	}
	return append(all, knees(run)...)
}

// saturated is what a style did at most in cells of one durability.
func saturated(run record.Run, style, durability string, cells []Cell) Limit {
	l := Limit{Style: style, Durability: durability, Kind: Saturated}
	l.Capacity = capacityOf(style, cells)
	return l.beside(run.Ceilings)
}

// knees are what the ladders found: of each repeat the highest rate that was kept up with.
func knees(run record.Run) (all []Limit) {
	for _, found := range lists.Groups(run.Knees, func(k record.Knee) [2]string { return [2]string{k.Style, k.Scenario} }) {
		c := Capacity{AtLeast: None, Offered: None, Repeats: []int{}}
		var values []Num
		for _, k := range found {
			if k.Lo > 0 {
				c.Repeats, values = append(c.Repeats, k.Repeat), append(values, Num(k.Lo))
				c.AtLeast, c.Offered = higher(c.AtLeast, Num(k.Lo)), higher(c.Offered, Num(max(k.Lo, k.Hi)))
			}
		}
		c.Spread = spread(values)
		if c.PerS = c.Spread.Median; !c.PerS.OK() {
			c.Reason = "kept up with no rung"
		}
		k := found[0]
		l := Limit{Style: k.Style, Durability: cmp.Or(k.Durability, run.Durability), Kind: Knee, Scenario: k.Scenario}
		l.Capacity = c
		all = append(all, l.beside(run.Ceilings))
	}
	return all
}

// beside sets a limit against the ceilings of its style and durability.
func (l Limit) beside(ceilings []record.Ceiling) Limit {
	tops, cpu := series{of: map[int]Num{}}, series{of: map[int]Num{}}
	var rates, costs []Num
	for _, c := range ceilings {
		if c.Style == l.Style && c.Durability == l.Durability {
			tops.of[c.Repeat], l.InFlight = Num(c.PerSecond), c.InFlight
			rates = append(rates, Num(c.PerSecond))
			if len(c.CPU) == 0 {
				continue // not recorded, which is not zero
			}
			total := Num(0)
			for _, ms := range c.CPU {
				total += Num(ms)
			}
			cpu.of[c.Repeat], costs = total, append(costs, total)
		}
	}
	l.Ceilings = spread(rates)
	tops.all, cpu.all = l.Ceilings.Median, Median(costs)
	l.Share, l.ShareOfCPU = judge(tops, l.series()), judge(l.cpu, cpu)
	l.Ceiling, l.ShareWall, l.ShareCPU = tops.all, l.Share.Ratio, l.ShareOfCPU.Ratio
	switch {
	case len(rates) == 0:
		l.Share.Reasons["ratio"] = NoCeiling
	case !l.PerS.OK():
		l.Share.Reasons["ratio"] = l.Reason
	}
	return l
}

// series is a limit by repeat. It is empty where the limit was not reached in
// every repeat.
func (l Limit) series() series {
	s := series{name: l.Style, all: l.PerS, why: l.Reason, of: map[int]Num{}}
	for i, repeat := range l.Repeats {
		if l.PerS.OK() {
			s.of[repeat] = l.Spread.Values[i]
		}
	}
	return s
}

// share is that of one saturated cell whose settings are the ceiling's.
func share(run record.Run, c Cell) Num {
	durability, ok := durabilityOf(run, c.Settings)
	if !ok || !c.Saturated || c.Kind != record.KindSaturation {
		return None
	}
	for _, top := range run.Ceilings {
		if top.Style == c.Style && top.Repeat == c.Repeat && top.Durability == durability {
			return c.Achieved / Num(top.PerSecond)
		}
	}
	return None
}

// compareLimits sets the saturated rates of styles against that of the first.
func compareLimits(all []Limit, styles []string) (out []Comparison) {
	for _, alike := range lists.Groups(all, func(l Limit) [2]string { return [2]string{l.Kind, l.Scenario} }) {
		var sides []series
		sought := false
		for _, style := range styles {
			if l, ok := lists.Find(alike, func(l Limit) bool { return l.Style == style }); ok {
				sides, sought = append(sides, l.series()), sought || len(l.Repeats) > 0
			}
		}
		if alike[0].Kind == Saturated && len(sides) > 1 && sought {
			out = append(out, newComparison("capacity_per_s", alike[0].Scenario, sides...))
		}
	}
	return out
}

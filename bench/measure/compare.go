package measure

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/sagabench/sagabench/bench/record"
)

// The two styles that are compared. Others, such as the baseline, are shown
// beside them.
const (
	choreography  = "choreography"
	orchestration = "orchestration"
)

// enough is how many repeats an interval needs: below six, no interval around a
// median covers 95 %.
const enough = 6

// A Comparison holds one metric of both styles in one scenario. The ratio is
// orchestration over choreography.
//
// It is taken repeat by repeat and Ratio is the median of these pairs, so that
// what the machine did to a repeat it did to both sides. Where single repeats are
// too small for the metric, Ratio is that of the pooled values, and there is no
// interval.
type Comparison struct {
	Metric        string            `json:"metric"`
	Scenario      string            `json:"scenario"`
	Choreography  Num               `json:"choreography"`  // pooled over repeats
	Orchestration Num               `json:"orchestration"` // pooled over repeats
	Ratio         Num               `json:"ratio"`
	RatioOf       string            `json:"ratio_of,omitempty"` // "pairs" or "pools"
	Pairs         []Pair            `json:"pairs"`
	Interval      *Interval         `json:"interval"`
	Distinct      *bool             `json:"distinguishable"`
	Reasons       map[string]string `json:"reasons,omitempty"`
}

// A Pair is one repeat of both styles.
type Pair struct {
	Repeat        int `json:"repeat"`
	Choreography  Num `json:"choreography"`
	Orchestration Num `json:"orchestration"`
	Ratio         Num `json:"ratio"`
}

// An Interval is where the ratios lie: the range of a few, or the 95 %
// confidence interval of their median.
type Interval struct {
	Kind string `json:"kind"` // "range" or "ci95"
	Lo   Num    `json:"lo"`
	Hi   Num    `json:"hi"`
	N    int    `json:"n"` // pairs
}

// compare sets the styles against each other in every scenario that both ran.
func compare(pools []Pool, caps map[string]Capacity, cells []Cell, orders map[string][]record.Order) []Comparison {
	out := []Comparison{}
	for _, a := range pools {
		if a.Style != choreography {
			continue
		}
		i := slices.IndexFunc(pools, func(b Pool) bool { return b.Style == orchestration && b.Scenario == a.Scenario })
		if i < 0 || !a.GivesLatency() || !pools[i].GivesLatency() {
			continue
		}
		for _, g := range gauges() {
			if c, ok := compareGauge(g, a, pools[i], cells, orders); ok {
				out = append(out, c)
			}
		}
	}
	if c, ok := compareCapacity(caps); ok {
		out = append(out, c)
	}
	return out
}

// GivesLatency is false for pools that are there for their rate, or had none to
// give.
func (p Pool) GivesLatency() bool {
	return p.Kind != record.KindSaturation && p.Kind != record.KindRung && p.Claim != ClaimSaturated && len(p.Repeats) > 0
}

// compareGauge compares one percentile of one scenario. Medians appear whenever
// both sides have such orders; higher percentiles where both support them.
func compareGauge(g gauge, a, b Pool, cells []Cell, orders map[string][]record.Order) (Comparison, bool) {
	mine := func(p Pool) (v Num, reason string, of map[int]Num) {
		var merged []record.Order
		of = map[int]Num{}
		for _, c := range cells {
			if c.Style == p.Style && c.Scenario == p.Scenario && c.leftOut() == "" {
				merged = append(merged, orders[c.ID]...)
				of[c.Repeat], _ = g.read(orders[c.ID])
			}
		}
		v, reason = g.read(merged)
		return v, reason, of
	}
	x, whyX, ofX := mine(a)
	y, whyY, ofY := mine(b)
	absent := func(why string) bool { return why == tooFew(0, 1) }
	if absent(whyX) && absent(whyY) || g.q != 0.5 && !(x.OK() && y.OK()) {
		return Comparison{}, false
	}
	c := newComparison(g.String(), a.Scenario, x, y, ofX, ofY)
	if !x.OK() {
		c.Reasons[choreography] = whyX
	}
	if !y.OK() {
		c.Reasons[orchestration] = whyY
	}
	return c, true
}

func compareCapacity(caps map[string]Capacity) (Comparison, bool) {
	x, okX := caps[choreography]
	y, okY := caps[orchestration]
	if !okX || !okY || len(x.Repeats) == 0 && len(y.Repeats) == 0 {
		return Comparison{}, false
	}
	of := func(c Capacity) map[int]Num {
		m := map[int]Num{}
		for i, repeat := range c.Repeats {
			if c.PerS.OK() {
				m[repeat] = c.Spread.Values[i]
			}
		}
		return m
	}
	c := newComparison("capacity_per_s", record.KindSaturation, x.PerS, y.PerS, of(x), of(y))
	if x.Reason != "" {
		c.Reasons[choreography] = x.Reason
	}
	if y.Reason != "" {
		c.Reasons[orchestration] = y.Reason
	}
	return c, true
}

func newComparison(metric, scenario string, x, y Num, ofX, ofY map[int]Num) Comparison {
	c := Comparison{
		Metric: metric, Scenario: scenario, Choreography: x, Orchestration: y,
		Ratio: None, Pairs: []Pair{}, Reasons: map[string]string{},
	}
	for repeat, a := range ofX {
		if b, ok := ofY[repeat]; ok && a.OK() && b.OK() {
			c.Pairs = append(c.Pairs, Pair{repeat, a, b, pairRatio(a, b)})
		}
	}
	slices.SortFunc(c.Pairs, func(a, b Pair) int { return a.Repeat - b.Repeat })
	c.conclude()
	return c
}

// pairRatio is none where a side is infinite: nothing is twice as long as never.
func pairRatio(a, b Num) Num {
	if !a.Finite() || !b.Finite() {
		return None
	}
	return b / a
}

// neverSettled is why there is no ratio where a latency is infinite.
const neverSettled = "orders that never settled"

// conclude fills in what follows from the pairs.
func (c *Comparison) conclude() {
	if len(c.Pairs) == 0 {
		c.Reasons["interval"] = "no repeat has the metric on both sides"
		c.Reasons["distinguishable"] = c.Reasons["interval"]
		switch x, y := c.Choreography, c.Orchestration; {
		case !x.OK() || !y.OK():
			c.Reasons["ratio"] = "one side can't be given"
		case !x.Finite() || !y.Finite():
			c.Reasons["ratio"] = neverSettled
		default:
			c.Ratio, c.RatioOf = y/x, "pools"
		}
		return
	}
	ratios := make([]float64, len(c.Pairs))
	for i, p := range c.Pairs {
		ratios[i] = float64(p.Ratio)
		if !p.Choreography.Finite() || !p.Orchestration.Finite() {
			c.Reasons["ratio"], c.Reasons["interval"], c.Reasons["distinguishable"] = neverSettled, neverSettled, neverSettled
			return
		}
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(ratios, &benchmath.DefaultThresholds), 0.95)
	c.Ratio, c.RatioOf = Num(s.Center), "pairs"
	if len(ratios) < enough {
		c.Interval = &Interval{"range", Num(slices.Min(ratios)), Num(slices.Max(ratios)), len(ratios)}
		c.Reasons["distinguishable"] = fmt.Sprintf("repeats: %d, needs %d", len(ratios), enough)
		return
	}
	c.Interval = &Interval{"ci95", Num(s.Lo), Num(s.Hi), len(ratios)}
	distinct := s.Lo > 1 || s.Hi < 1
	c.Distinct = &distinct
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		c.Interval, c.Distinct = nil, nil
		c.Reasons["interval"] = "too few repeats for an interval"
	}
}

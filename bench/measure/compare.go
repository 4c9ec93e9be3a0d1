package measure

import (
	"maps"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
)

// The two styles that are compared. Others, such as the baseline, are shown
// beside them.
const (
	choreography  = "choreography"
	orchestration = "orchestration"
)

// A Comparison holds one metric of both styles in one scenario. The ratio is
// orchestration over choreography.
type Comparison struct {
	Metric        string `json:"metric"`
	Scenario      string `json:"scenario"`
	Choreography  Num    `json:"choreography"`  // pooled over repeats
	Orchestration Num    `json:"orchestration"` // pooled over repeats
	Pairs         []Pair `json:"pairs"`
	Judgement
}

// A Pair is one repeat of both styles.
type Pair struct {
	Repeat        int `json:"repeat"`
	Choreography  Num `json:"choreography"`
	Orchestration Num `json:"orchestration"`
	Ratio         Num `json:"ratio"`
}

// compare sets the styles against each other in every scenario that both ran.
func compare(pools []Pool, cells []Cell, orders map[string][]record.Order) []Comparison {
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
	return out
}

// GivesLatency is false for pools that are there for their rate, or had none to
// give.
func (p Pool) GivesLatency() bool {
	behind := p.Claim == ClaimSaturated || p.Claim == unsupported(perhapsDelayed)
	return p.Kind != record.KindSaturation && p.Kind != record.KindRung && !behind && len(p.Repeats) > 0
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

func newComparison(metric, scenario string, x, y Num, ofX, ofY map[int]Num) Comparison {
	c := Comparison{Metric: metric, Scenario: scenario, Choreography: x, Orchestration: y, Pairs: []Pair{}}
	repeats, a, b := paired(ofX, ofY)
	for i, repeat := range repeats {
		c.Pairs = append(c.Pairs, Pair{repeat, a[i], b[i], pairRatio(a[i], b[i])})
	}
	c.Judgement = judge(x, y, a, b)
	return c
}

// paired lists the repeats that have a value on both sides, with the values.
func paired(ofX, ofY map[int]Num) (repeats []int, a, b []Num) {
	for _, repeat := range slices.Sorted(maps.Keys(ofX)) {
		if x, y := ofX[repeat], at(ofY, repeat); x.OK() && y.OK() {
			repeats, a, b = append(repeats, repeat), append(a, x), append(b, y)
		}
	}
	return repeats, a, b
}

func at(m map[int]Num, repeat int) Num {
	if v, ok := m[repeat]; ok {
		return v
	}
	return None
}

// pairRatio is none where a side is infinite: nothing is twice as long as never.
func pairRatio(a, b Num) Num {
	if !a.Finite() || !b.Finite() {
		return None
	}
	return b / a
}

package measure_test

import (
	"math"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// twoStyles runs both styles at 60 orders a repeat, with the given settled
// latency for each repeat.
func twoStyles(n int, choreo, orch []float64) measure.Results {
	var cells []record.Cell
	var orders [][]record.Order
	add := func(style string, latencies []float64) {
		for i, ms := range latencies {
			c, o := steady(style, "calm", record.KindRefused, i+1, n, 12, always(ms))
			cells, orders = append(cells, c), append(orders, o)
		}
	}
	add("choreography", choreo)
	add("orchestration", orch)
	return run(cells, orders)
}

// compared is a comparison of two, with its only judgement.
type compared struct {
	measure.Comparison
	measure.Judgement `json:"judgement"`
}

func find(t *testing.T, r measure.Results, metric string) compared {
	t.Helper()
	for _, c := range r.Comparisons {
		if c.Metric == metric {
			return compared{c, c.Last()}
		}
	}
	t.Fatalf("no comparison of %s in %+v", metric, r.Comparisons)
	return compared{}
}

const settledP50 = "completed.settled.p50_ms"

func TestFewRepeatsGiveARange(t *testing.T) {
	c := find(t, twoStyles(60, []float64{2, 2, 4}, []float64{40, 50, 60}), settledP50)
	if c.Values["choreography"] != 2 || c.Values["orchestration"] != 50 {
		t.Errorf("pooled medians %v and %v, want 2 and 50", c.Values["choreography"], c.Values["orchestration"])
	}
	if c.Ratio != 20 || c.RatioOf != "pairs" || len(c.Repeats) != 3 {
		t.Errorf("ratio %v of %q, want 20, the median of the pairs 20, 25, 15", c.Ratio, c.RatioOf)
	}
	if i := c.Interval; i == nil || *i != (measure.Interval{Kind: "range", Lo: 15, Hi: 25, N: 3}) {
		t.Errorf("interval %+v", c.Interval)
	}
	if c.Distinct != nil || c.Judgement.Reasons["distinguishable"] != "repeats: 3, needs 6" {
		t.Errorf("three repeats distinguish nothing: %v, %q", c.Distinct, c.Judgement.Reasons["distinguishable"])
	}
}

func TestOneRepeat(t *testing.T) {
	c := find(t, twoStyles(60, []float64{2}, []float64{40}), settledP50)
	if i := c.Interval; c.Ratio != 20 || i == nil || i.Kind != "range" || i.N != 1 || c.Distinct != nil {
		t.Errorf("got %+v with interval %+v", c, c.Interval)
	}
}

func TestSixRepeatsGiveAnInterval(t *testing.T) {
	apart := find(t, twoStyles(60, []float64{2, 2, 2, 2, 2, 2}, []float64{20, 22, 24, 26, 28, 30}), settledP50)
	if i := apart.Interval; i == nil || i.Kind != "ci95" || i.Lo != 10 || i.Hi != 15 || i.N != 6 {
		t.Errorf("interval %+v, want 10 to 15: six pairs, so all of them", apart.Interval)
	}
	if apart.Distinct == nil || !*apart.Distinct {
		t.Errorf("distinguishable %v, want true", apart.Distinct)
	}
	alike := find(t, twoStyles(60, []float64{20, 20, 20, 20, 20, 20}, []float64{18, 19, 20, 21, 22, 23}), settledP50)
	if alike.Distinct == nil || *alike.Distinct {
		t.Errorf("ratios on both sides of one: distinguishable %v, want false", alike.Distinct)
	}
}

func TestSmallRepeatsArePooled(t *testing.T) {
	r := twoStyles(12, []float64{2, 2, 2}, []float64{40, 40, 40})
	c := find(t, r, settledP50)
	if c.Values["choreography"] != 2 || c.Values["orchestration"] != 40 || c.Ratio != 20 || c.RatioOf != "pools" {
		t.Errorf("got %+v", c)
	}
	if c.Interval != nil || c.Judgement.Reasons["interval"] == "" || c.Distinct != nil {
		t.Errorf("12 orders a repeat have no median each: interval %+v, %q", c.Interval, c.Judgement.Reasons["interval"])
	}
	if p := r.Pools[0]; p.Latency.Settled.N != 36 || len(p.Repeats) != 3 || p.Claim != measure.ClaimOK {
		t.Errorf("pool %+v", p)
	}
}

func TestNothingToCompare(t *testing.T) {
	c := find(t, twoStyles(5, []float64{2}, []float64{40}), settledP50)
	if c.Ratio.OK() || c.Judgement.Reasons["ratio"] == "" || c.Comparison.Reasons["choreography"] != "n = 5, needs 20" || c.Judgement.Reasons["interval"] == "" {
		t.Errorf("got %+v", c)
	}
	one, orders := steady("choreography", "calm", record.KindRefused, 1, 60, 12, always(2))
	if r := run([]record.Cell{one}, [][]record.Order{orders}); len(r.Comparisons) != 0 {
		t.Errorf("one style alone was compared: %+v", r.Comparisons)
	}
}

func TestLostOrdersHaveNoRatio(t *testing.T) {
	c := find(t, twoStyles(60, []float64{2, 2}, []float64{40, inf}), settledP50)
	if c.Interval != nil || c.Judgement.Reasons["interval"] != "unsettled orders" {
		t.Errorf("got %+v", c)
	}
	if !c.Values["orchestration"].OK() || c.Values["orchestration"].Finite() && c.Values["orchestration"] != 40 {
		t.Errorf("pooled median %v", c.Values["orchestration"])
	}
}

func TestSaturatedScenarioGivesNoLatency(t *testing.T) {
	calm, calmOrders := steady("choreography", "s", record.KindCustom, 1, 600, 100, always(2))
	flooded, floodedOrders := steady("orchestration", "s", record.KindCustom, 1, 600, 100, func(i int) float64 { return 50 + float64(i)*20 })
	r := run([]record.Cell{calm, flooded}, [][]record.Order{calmOrders, floodedOrders})
	if p := r.Pools[1]; p.Claim != measure.ClaimSaturated || p.Latency.Settled.P50.OK() {
		t.Errorf("pool %+v", p)
	}
	for _, c := range r.Comparisons {
		if c.Metric != "capacity_per_s" {
			t.Errorf("a saturated scenario was compared by %s", c.Metric)
		}
	}
}

func TestCapacity(t *testing.T) {
	queue := func(i int) float64 { return 25 + float64(i)*4 } // 40/s come out of 48/s
	var cells []record.Cell
	var orders [][]record.Order
	add := func(c record.Cell, o []record.Order) { cells, orders = append(cells, c), append(orders, o) }
	for repeat := 1; repeat <= 3; repeat++ {
		add(steady("orchestration", "saturation", record.KindSaturation, repeat, 192, 48, queue))
		add(steady("choreography", "saturation", record.KindSaturation, repeat, 400, 100, always(2)))
	}
	r := run(cells, orders)
	if c := r.Capacity["orchestration"]; c.Reason != "" || math.Abs(float64(c.PerS)-40) > 1 || len(c.Spread.Values) != 3 {
		t.Errorf("orchestration: %+v, want about 40/s", c)
	}
	if c := r.Capacity["choreography"]; c.PerS.OK() || c.AtLeast != 100 || c.Reason != "not reached: 100 orders/s were offered and it kept up" {
		t.Errorf("choreography: %+v, want at least 100/s", c)
	}
	if c := find(t, r, "capacity_per_s"); c.Ratio.OK() || c.Comparison.Reasons["choreography"] == "" {
		t.Errorf("a capacity that was not reached has no ratio: %+v", c)
	}
}

// A flood counts to its end, and a rate that another cell kept up with is a lower
// bound.
func TestCapacityOfAFlood(t *testing.T) {
	full, filling := steady("orchestration", "saturation", record.KindSaturation, 1, 192, 48, func(i int) float64 { return 100 + float64(i)*5 })
	rate := 192 / (191/48.0 + 0.1 + 191*0.005)
	r := run([]record.Cell{full}, [][]record.Order{filling})
	if c := r.Capacity["orchestration"]; math.Abs(float64(c.PerS)-rate) > 0.1 || c.AtLeast != c.PerS {
		t.Errorf("%+v, want %.3g/s", c, rate)
	}
	rung, held := steady("orchestration", "rung-44", record.KindRung, 1, 88, 44, always(20))
	r = run([]record.Cell{rung, full}, [][]record.Order{held, filling})
	if c := r.Capacity["orchestration"]; math.Abs(float64(c.PerS)-44) > 1 || c.AtLeast != c.PerS || c.Spread.Hi != c.PerS {
		t.Errorf("%+v, want the 44/s that were kept up with", c)
	}
	var repeats []record.Cell
	var orders [][]record.Order
	for repeat := 1; repeat <= 3; repeat++ {
		c, o := steady("orchestration", "saturation", record.KindSaturation, repeat, 192, 48, func(i int) float64 { return 100 + float64(i)*5 })
		repeats, orders = append(repeats, c), append(orders, o)
	}
	r = run(append(repeats, rung), append(orders, held))
	if c := r.Capacity["orchestration"]; math.Abs(float64(c.PerS)-44) > 1 || !c.KeptUp {
		t.Errorf("%+v, want the 44/s that one of three repeats kept up with", c)
	}
	filling[7].Settled = math.NaN()
	r = run([]record.Cell{full}, [][]record.Order{filling})
	if c := r.Capacity["orchestration"]; c.PerS.OK() || c.Reason != "unsettled orders: 1" {
		t.Errorf("%+v, want none: the flood never ended", c)
	}
}

func TestCutCellIsLeftOut(t *testing.T) {
	whole, wholeOrders := steady("choreography", "s", record.KindRefused, 1, 60, 12, always(2))
	cut, cutOrders := steady("choreography", "s", record.KindRefused, 2, 60, 12, always(900))
	cut.Cut, cut.LoadEnd = true, cut.Begin+1000
	r := run([]record.Cell{whole, cut}, [][]record.Order{wholeOrders, cutOrders})
	p := r.Pools[0]
	if p.Latency.Settled.N != 60 || p.LeftOut[cut.ID] != "cut short" || p.Latency.Settled.Max != 2 {
		t.Errorf("pool %+v", p)
	}
}

// A ratio of latencies at other rates is none of styles, unless the rates are the same
// share of what each style can do.
func TestOtherLoadsAreNotCompared(t *testing.T) {
	at := func(kind string, rate float64) int {
		var cells []record.Cell
		var orders [][]record.Order
		for style, rate := range map[string]float64{"choreography": 12, "orchestration": rate} {
			c, o := steady(style, "calm", kind, 1, 60, rate, always(5))
			cells, orders = append(cells, c), append(orders, o)
		}
		return len(run(cells, orders).Comparisons)
	}
	same := at(record.KindCustom, 12)
	if same == 0 || at(record.KindCustom, 24) >= same {
		t.Errorf("%d comparisons at the same rate, %d at another", same, at(record.KindCustom, 24))
	}
	if got := at(record.KindLoaded, 24); got < same {
		t.Errorf("%d comparisons at the same share of capacity, %d at the same rate", got, same)
	}
}

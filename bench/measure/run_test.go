package measure_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

var nan = math.NaN()

// steady is a cell of n orders that come at an even rate and settle after
// latency(i) ms; infinite means never.
func steady(style, scenario, kind string, repeat, n int, rate float64, latency func(i int) float64) (record.Cell, []record.Order) {
	window := float64(n) / rate
	c := record.Cell{
		ID: fmt.Sprintf("%s-%s-%d", scenario, style, repeat), Style: style, Scenario: scenario, Kind: kind, Repeat: repeat,
		Offered: rate, Window: window, Begin: 1000, LoadEnd: 1000 + window*1000, DrainEnd: 1500 + window*1000, Drained: true,
		CPU: map[string]float64{"server": float64(n) * 2, "harness": float64(n)},
	}
	orders := []record.Order{{ID: "w-1", Warmup: true, Outcome: "completed", Settled: 9999, Accept: 1, Decision: 1, Compensation: nan, Inconsistent: nan}}
	for i := range n {
		settled := latency(i)
		o := record.Order{
			ID: fmt.Sprintf("o-%04d", i), Outcome: string(food.Completed), Due: 1000 + float64(i)*1000/rate,
			Sent: 0, Accept: 0.5, Decision: settled, Settled: settled, Compensation: nan, Inconsistent: nan,
		}
		if math.IsInf(o.Settled, 1) {
			o.Outcome, o.Decision, o.Settled = "", nan, nan
		}
		orders = append(orders, o)
	}
	return c, orders
}

func always(ms float64) func(int) float64 { return func(int) float64 { return ms } }

// run measures the given cells.
func run(cells []record.Cell, orders [][]record.Order) measure.Results {
	r := record.Run{ID: "r1", Plan: "test", Durability: "process", Cells: cells}
	m := map[string][]record.Order{}
	for i, c := range cells {
		m[c.ID] = orders[i]
	}
	return measure.Run(r, m)
}

func one(c record.Cell, orders []record.Order) measure.Cell {
	return run([]record.Cell{c}, [][]record.Order{orders}).Cells[0]
}

func TestWarmupIsCountedButNotMeasured(t *testing.T) {
	c := one(steady("choreography", "unloaded", record.KindUnloaded, 1, 20, 2, always(5)))
	if c.Orders.Offered != 20 || c.Orders.Warmup != 1 || c.Latency.Settled.N != 20 || c.Latency.Settled.Max != 5 {
		t.Errorf("orders %+v, settled %+v", c.Orders, c.Latency.Settled)
	}
}

func TestOrdersThatNeverSettleAreInfinite(t *testing.T) {
	c := one(steady("choreography", "unloaded", record.KindUnloaded, 1, 40, 2, func(i int) float64 {
		if i >= 18 {
			return inf
		}
		return 5
	}))
	if got := c.Latency.Settled.P50; !math.IsInf(float64(got), +1) {
		t.Errorf("p50 of 22 lost in 40 is %v, want +Inf", got)
	}
	if got := c.ByOutcome[food.Completed].Settled; got.N != 40 || !math.IsInf(float64(got.P50), +1) {
		t.Errorf("an open order could have been completed: got %+v", got)
	}
	if _, there := c.ByOutcome[food.NoPartner]; there {
		t.Error("no order ended without a partner, and yet there is such a latency")
	}
	if c.Orders.Stuck != 22 || c.Orders.Settled != 18 {
		t.Errorf("orders %+v", c.Orders)
	}
	if !strings.Contains(strings.Join(c.Warnings, "\n"), "22 accepted orders are unsettled") {
		t.Errorf("warnings %q", c.Warnings)
	}
	text, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(text), `"p50":"+Inf"`) {
		t.Errorf("%v: %s", err, text)
	}
}

// A repeat in which nothing was decided is infinite under each outcome of the
// others: what is reported of an outcome then stays true.
func TestARepeatWithoutAnyDecision(t *testing.T) {
	alive, aliveOrders := steady("choreography", "s", record.KindRefused, 1, 60, 12, always(5))
	for i := range aliveOrders {
		if i%2 == 0 {
			aliveOrders[i].Outcome = string(food.PaymentDeclined)
		}
	}
	dead, deadOrders := steady("choreography", "s", record.KindRefused, 2, 60, 12, always(inf))
	p := run([]record.Cell{alive, dead}, [][]record.Order{aliveOrders, deadOrders}).Pools[0]
	for _, e := range []food.Ending{food.Completed, food.PaymentDeclined} {
		got := p.Spreads[string(e)+".settled.p50_ms"].Values
		if len(got) != 2 || got[0] != 5 || !math.IsInf(float64(got[1]), +1) {
			t.Errorf("%s: medians of the repeats %v, want 5 and +Inf", e, got)
		}
	}
	if v := p.Cells[1].Of(measure.Settled, food.NoPartner).P50; !math.IsInf(float64(v), +1) || len(p.Cells[1].ByOutcome) != 1 {
		t.Errorf("alone it is infinite under all, and given once: %v in %v", v, p.Cells[1].ByOutcome)
	}
}

func TestOutcomeCountsAddUp(t *testing.T) {
	c, orders := steady("choreography", "unloaded", record.KindUnloaded, 1, 4, 2, always(5))
	orders[1].Outcome = string(food.RestaurantFailed)
	orders[2].Settled = nan                                                                    // unsettled
	orders[3].Settled, orders[3].Accept, orders[3].Outcome = nan, nan, ""                      // unanswered
	orders[4].Settled, orders[4].Accept, orders[4].Sent, orders[4].Outcome = nan, nan, nan, "" // dropped
	got := one(c, orders).Orders
	want := measure.Counts{Offered: 4, Accepted: 2, Settled: 1, RestaurantFailed: 1, Stuck: 1, Unanswered: 1, Dropped: 1, Warmup: 1}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What could not be compensated is no short compensation: an escalated order has none to
// the end, and where its refund was rejected the money never came back.
func TestEscalatedIsNeverCompensated(t *testing.T) {
	cell, orders := steady("choreography", "s", record.KindRefused, 1, 30, 2, always(5))
	for i := range orders {
		o := &orders[i]
		o.Outcome, o.Compensation, o.Inconsistent = string(food.Escalated), 2, 1
		switch i % 3 {
		case 1:
			o.Inconsistent = nan
		case 2:
			o.Outcome, o.Compensation, o.Inconsistent = string(food.CustomerCancelled), nan, nan // nothing had been done
		}
	}
	c := one(cell, orders)
	if got := c.Latency.Compensation; got.N != 20 || !math.IsInf(float64(got.Max), +1) || !math.IsInf(float64(got.P50), +1) {
		t.Errorf("compensation %+v", got)
	}
	if got := c.Latency.Inconsistent; got.N != 20 || !math.IsInf(float64(got.Max), +1) || got.P50 != 1 {
		t.Errorf("inconsistent %+v", got)
	}
	if c.Orders.Escalated != 20 || c.Orders.CustomerCancelled != 10 || c.Orders.NoPartner != 0 {
		t.Errorf("%+v", c.Orders)
	}
}

func TestCompensationThatNeverCameIsInfinite(t *testing.T) {
	c, orders := steady("choreography", "refused", record.KindRefused, 1, 60, 12, always(5))
	for i := 1; i <= 30; i++ {
		orders[i].Outcome = string(food.RestaurantFailed)
		orders[i].Compensation, orders[i].Inconsistent = 2, 1
	}
	orders[1].Settled, orders[1].Compensation, orders[1].Inconsistent = nan, nan, nan
	got := one(c, orders).Latency
	if got.Compensation.N != 30 || got.Compensation.P50 != 2 || !math.IsInf(float64(got.Compensation.Max), +1) {
		t.Errorf("compensation %+v", got.Compensation)
	}
	if got.Inconsistent.N != 30 || got.Inconsistent.P50 != 1 {
		t.Errorf("inconsistent %+v", got.Inconsistent)
	}
}

func TestSaturation(t *testing.T) {
	// keepingUp settles orders one after another, each taking service ms.
	queue := func(rate, service float64) func(int) float64 {
		free := 0.0
		return func(i int) float64 {
			if i == 0 {
				free = 0
			}
			due := float64(i) * 1000 / rate
			free = math.Max(free, due) + service
			return free - due
		}
	}
	for _, c := range []struct {
		name    string
		n       int
		rate    float64
		latency func(int) float64
		want    bool
	}{
		{"fast", 60, 12, always(5), false},
		{"slow but keeping up: some are in flight at the end", 60, 12, always(400), false},
		{"very slow but keeping up", 120, 12, always(2000), false},
		{"one lost order is no saturation", 60, 12, func(i int) float64 {
			if i == 7 {
				return inf
			}
			return 5
		}, false},
		{"half of them open at the end of a short window", 108, 36, always(1500), true},
		{"48 offered, 40 come out", 192, 48, queue(48, 25), true},
		{"4500 offered, 3000 come out", 13500, 4500, queue(4500, 1.0/3), true},
		{"4500 offered, 4400 come out", 13500, 4500, queue(4500, 1/4.4), true},
		{"4500 offered, 4500 come out", 13500, 4500, queue(4500, 1/4.6), false},
		{"a third is lost, the rest is in time", 60, 12, func(i int) float64 {
			if i%3 == 0 {
				return inf
			}
			return 5
		}, false},
		{"nothing comes out", 600, 100, always(inf), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := one(steady("choreography", "saturation", record.KindSaturation, 1, c.n, c.rate, c.latency))
			if got.Saturated != c.want {
				t.Errorf("saturated %v, want %v: due %v/s, achieved %v/s", got.Saturated, c.want, got.Due, got.Achieved)
			}
		})
	}
}

// Many orders may be open when the load ends because a fault of the cell holds
// them up. Such a cell gives no latency, but it is not called saturated: only
// one in which no order waits by plan is.
func TestDelayedByPlan(t *testing.T) {
	held := func(i int) float64 { // a fifth of the orders is held for half a minute
		if i%5 == 0 {
			return 30_000
		}
		return 5
	}
	for _, c := range []struct {
		name, fault string
		latency     func(int) float64
		behind      bool
		saturated   bool
		claim       string
	}{
		{"held for long", "loyalty.award:slow(30s)@20%", held, true, false, "unsupported (orders were left open, by the load or by the faults that delay orders: that can't be distinguished)"},
		{"away for long", "restaurant:outage@5s+30s", func(i int) float64 { return max(5, 100*float64(i-500)) }, true, false, "unsupported (orders were left open, by the load or by the faults that delay orders: that can't be distinguished)"},
		{"held for a moment", "loyalty.award:slow(100ms)@20%", always(105), false, false, "ok"},
		{"refused, and too many", "restaurant.confirm:refuse@20%", func(i int) float64 { return 5 * float64(i) }, true, true, "saturated"},
	} {
		cell, orders := steady("choreography", "s", record.KindCustom, 1, 1000, 100, c.latency)
		cell.Faults = []string{c.fault}
		r := run([]record.Cell{cell}, [][]record.Order{orders})
		got := r.Cells[0]
		if got.Behind != c.behind || got.Saturated != c.saturated || got.Claims["settled"] != c.claim || r.Pools[0].Claim != c.claim {
			t.Errorf("%s: fell behind %v, saturated %v, claim %q, of the pool %q", c.name, got.Behind, got.Saturated, got.Claims["settled"], r.Pools[0].Claim)
		}
		given := c.claim == measure.ClaimOK
		if got.Latency.Settled.P50.OK() != given || r.Pools[0].Latency.Settled.P50.OK() != given || r.Pools[0].GivesLatency() != given || len(got.Warnings) == 0 != given {
			t.Errorf("%s: p50 %v, of the pool %v; warnings %q", c.name, got.Latency.Settled.P50, r.Pools[0].Latency.Settled.P50, got.Warnings)
		}
	}
}

func TestRefusedShare(t *testing.T) {
	for _, c := range []struct {
		faults  []string
		percent float64
		ok      bool
	}{
		{nil, 0, true},
		{[]string{"restaurant.confirm:refuse@12.5%"}, 12.5, true},
		{[]string{"payment.charge:refuse@20%"}, 0, false},
		{[]string{"restaurant.confirm:slow(1s)@20%"}, 0, false},
		{[]string{"restaurant.confirm:refuse@20%", "loyalty.award:fail(1)@1%"}, 0, false},
		{[]string{"nonsense"}, 0, false},
	} {
		if percent, ok := measure.RefusedShare(c.faults); percent != c.percent || ok != c.ok {
			t.Errorf("%q: got %v, %v", c.faults, percent, ok)
		}
	}
}

func TestClaims(t *testing.T) {
	for _, c := range []struct {
		name, kind      string
		n               int
		cut             bool
		latency         float64
		settled, cpu    string
		throughput      string
		latencyIsAbsent bool
	}{
		{name: "enough orders", kind: record.KindRefused, n: 60, latency: 5,
			settled: "ok", cpu: "unsupported (the cell was not saturated)", throughput: "unsupported (offered 12/s, not driven to its limit)"},
		{name: "too few orders", kind: record.KindUnloaded, n: 12, latency: 5, latencyIsAbsent: true,
			settled: "unsupported (n = 12, needs 20)", cpu: "unsupported (the cell was not saturated)", throughput: "unsupported (offered 12/s, not driven to its limit)"},
		{name: "cut short", kind: record.KindRefused, n: 60, latency: 5, cut: true, latencyIsAbsent: true,
			settled: "unsupported (the cell was cut short)", cpu: "unsupported (the cell was not saturated)", throughput: "unsupported (the cell was cut short)"},
		{name: "a rung", kind: record.KindRung, n: 60, latency: 5, latencyIsAbsent: true,
			settled: "unsupported (a step on the way up, run once)", cpu: "unsupported (the cell was not saturated)", throughput: "unsupported (a step on the way up, run once)"},
		{name: "saturated", kind: record.KindSaturation, n: 600, latency: 60_000, latencyIsAbsent: true,
			settled: "saturated", cpu: "ok", throughput: "ok"},
		{name: "a top that was not reached", kind: record.KindSaturation, n: 60, latency: 5, latencyIsAbsent: true,
			settled: "unsupported (this cell is run for its rate)", cpu: "unsupported (the cell was not saturated)", throughput: "unsupported (not saturated: at least 12/s)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cell, orders := steady("choreography", "s", c.kind, 1, c.n, 12, always(c.latency))
			cell.Cut = c.cut
			got := one(cell, orders)
			for metric, want := range map[string]string{"settled": c.settled, measure.CPUPerOrder: c.cpu, measure.Throughput: c.throughput} {
				if got.Claims[metric] != want {
					t.Errorf("%s: claim %q, want %q", metric, got.Claims[metric], want)
				}
			}
			if absent := !got.Latency.Settled.P50.OK(); absent != c.latencyIsAbsent {
				t.Errorf("p50 is %v", got.Latency.Settled.P50)
			}
			if got.Latency.Settled.P50.OK() == (got.Latency.Settled.Reasons["p50"] != "") {
				t.Errorf("p50 %v with the reason %q", got.Latency.Settled.P50, got.Latency.Settled.Reasons["p50"])
			}
		})
	}
}

// A generator that was late for reasons of its own takes the claim on latency
// away. One late order among many does not, and neither does lateness that is
// small beside the latency.
func TestLateGenerator(t *testing.T) {
	for _, c := range []struct {
		name    string
		every   int // each so many orders was sent late
		late    float64
		latency float64
		want    string
	}{
		{"on time", 1, 0.5, 5, "ok"},
		{"one order late", 60, 500, 5, "ok"},
		{"late beside a long latency", 1, 5, 60, "ok"},
		{"late", 1, 5, 10, "unsupported (generator late by 5 ms at its p99, which is 50 % of the p50)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cell, orders := steady("choreography", "s", record.KindRefused, 1, 60, 12, always(c.latency))
			cell.Generator.LateP99 = c.late
			for i := c.every; i < len(orders); i += c.every {
				orders[i].Sent = c.late
				orders[i].Settled = max(orders[i].Settled, c.late+1)
			}
			r := run([]record.Cell{cell}, [][]record.Order{orders})
			got := r.Cells[0]
			if got.Claims["settled"] != c.want {
				t.Errorf("claim %q, want %q", got.Claims["settled"], c.want)
			}
			given := c.want == measure.ClaimOK
			if got.Latency.Settled.P50.OK() != given || r.Pools[0].Latency.Settled.P50.OK() != given {
				t.Errorf("p50 of the cell %v, of the pool %v", got.Latency.Settled.P50, r.Pools[0].Latency.Settled.P50)
			}
			if got.Verdict != invariant.Unknown || len(got.Warnings) == 0 == !given {
				t.Errorf("verdict %v, warnings %q: a claim is not a verdict, and what is withheld is reported", got.Verdict, got.Warnings)
			}
		})
	}
}

// A repeat whose generator was late does not spoil the others.
func TestLateRepeatIsLeftOut(t *testing.T) {
	fine, fineOrders := steady("choreography", "s", record.KindRefused, 1, 60, 12, always(5))
	late, lateOrders := steady("choreography", "s", record.KindRefused, 2, 60, 12, always(50))
	late.Generator.LateP99 = 45
	for i := range lateOrders {
		lateOrders[i].Sent = 45
	}
	p := run([]record.Cell{fine, late}, [][]record.Order{fineOrders, lateOrders}).Pools[0]
	if p.Latency.Settled.N != 60 || p.Latency.Settled.Max != 5 || !strings.HasPrefix(p.LeftOut[late.ID], "generator late") {
		t.Errorf("pool %+v", p)
	}
}

// With it goes the same repeat of every other style, also where that was slow
// enough for the same lateness not to matter.
func TestARepeatIsDroppedForEveryStyle(t *testing.T) {
	var cells []record.Cell
	var orders [][]record.Order
	for repeat := 1; repeat <= 2; repeat++ {
		for style, ms := range map[string]float64{"choreography": 60, "orchestration": 80, "baseline": 5} {
			c, o := steady(style, "s", record.KindRefused, repeat, 60, 12, always(ms+float64(repeat)))
			if repeat == 2 {
				c.Generator.LateP99 = 2
				for i := range o {
					o[i].Sent = 2
				}
			}
			cells, orders = append(cells, c), append(orders, o)
		}
	}
	r := run(cells, orders)
	for _, p := range r.Pools {
		if !slices.Equal(p.Repeats, []int{1}) || p.Latency.Settled.N != 60 || len(p.LeftOut) != 1 {
			t.Errorf("%s: repeats %v, left out %q", p.Style, p.Repeats, p.LeftOut)
		}
	}
	if c := find(t, r, settledP50); c.N != 1 {
		t.Errorf("compared in %d repeats, want the first alone", c.N)
	}
	for _, c := range r.Cells {
		if c.Repeat == 2 && len(c.Warnings) == 0 {
			t.Errorf("%s does not report that it was left out", c.ID)
		}
	}
}

func TestCostPerOrderOnlyWhenSaturated(t *testing.T) {
	c := one(steady("choreography", "s", record.KindRefused, 1, 60, 12, always(5)))
	if c.Cost.ServerCPU.OK() || c.Cost.Reasons["server_cpu_ms_per_order"] == "" {
		t.Errorf("cost of a calm cell: %+v", c.Cost)
	}
	if c.Cost.History.OK() || c.Cost.Reasons["history_events_per_order"] == "" {
		t.Errorf("history events that no one counted: %+v", c.Cost)
	}
}

func TestNoCells(t *testing.T) {
	r := run(nil, nil)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{`"cells":[]`, `"pools":[]`, `"comparisons":[]`, `"violations":[]`, `"parity":{}`} {
		if !strings.Contains(string(text), list) {
			t.Errorf("no %s in %s", list, text)
		}
	}
}

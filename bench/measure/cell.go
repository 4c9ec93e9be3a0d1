package measure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// What a cell may say about a metric. Anything else is "unsupported (why)". A
// claim is not a verdict: it says what the numbers are good for, not whether the
// orders were handled rightly.
const (
	ClaimOK        = "ok"
	ClaimSaturated = "saturated"
)

// Metrics that claims are made about, besides the clocks.
const (
	Throughput  = "throughput"
	CPUPerOrder = "cpu_per_order"
)

func unsupported(format string, args ...any) string {
	return "unsupported (" + fmt.Sprintf(format, args...) + ")"
}

// measureCell turns one cell's raw orders into its results.
func measureCell(c record.Cell, durability string, orders []record.Order) Cell {
	l := weigh(c, orders)
	behind := l.behind && !c.Cut
	saturated := behind && !delays(c.Faults)
	late := lateGenerator(c, orders)
	why := withholds(c, behind, late)
	out := Cell{
		ID: c.ID, Style: c.Style, Scenario: c.Scenario, Kind: c.Kind, Repeat: c.Repeat, Durability: promised(cmp.Or(c.Durability, durability), c), Varies: c.Words(),
		Window: Num(l.seconds), Offered: Num(c.Offered), Due: Num(l.duePerS), Achieved: Num(l.achieved),
		Behind: behind, Saturated: saturated, Cut: c.Cut, Late: late, Drained: c.Drained,
		Faults: list(c.Faults), Orders: count(orders),
		Violations: []Violation{}, Reasons: []string{},
		Absorbed: None, Generator: c.Generator,
		Cost: cost(c, l, len(orders), saturated), Recoveries: Recoveries(c, orders),
	}
	if v, ok := c.Counters[absorbed]; ok {
		out.Absorbed = Num(v)
	}
	out.Latency, out.ByOutcome = latencies(orders, why)
	out.Claims = claims(c, out, why)
	out.Warnings = append(list(c.Warnings), warnings(c, out)...)
	return out
}

// promised is the durability of cells. What a server of the user's own was said
// to promise is marked as that: nobody looked.
func promised(tier string, cells ...record.Cell) string {
	if slices.ContainsFunc(cells, func(c record.Cell) bool { return c.External != "" }) {
		return tier + ", as said by the user and not verified"
	}
	return tier
}

// perhapsDelayed is why a cell that has fallen behind is not called saturated.
const perhapsDelayed = "orders were left open, by the load or by the faults that delay orders: that can't be told apart"

// delays says whether a cell's faults make orders wait. Then many may be open when
// the load ends though the system keeps up. A refusal makes nobody wait.
func delays(faults []string) bool {
	return slices.ContainsFunc(faults, func(f string) bool { return !strings.Contains(f, ":refuse@") })
}

// withholds says why a cell gives no latency, or "".
func withholds(c record.Cell, behind bool, late string) string {
	switch {
	case c.Cut:
		return "the cell was cut short"
	case behind && delays(c.Faults):
		return perhapsDelayed
	case behind:
		return ClaimSaturated
	case c.Kind == record.KindSaturation:
		return "this cell is run for its rate"
	case c.Kind == record.KindRung:
		return "a step on the way up, run once"
	}
	return late
}

func claims(c record.Cell, out Cell, why string) map[string]string {
	latency := func(q Quantiles) string {
		switch {
		case why == ClaimSaturated:
			return ClaimSaturated
		case why != "":
			return unsupported("%s", why)
		case !q.P50.OK():
			return unsupported("%s", q.Reasons["p50"])
		}
		return ClaimOK
	}
	m := map[string]string{
		string(Accept):       latency(out.Latency.Accept),
		string(Decision):     latency(out.Latency.Decision),
		string(Settled):      latency(out.Latency.Settled),
		string(Compensation): latency(out.Latency.Compensation),
		string(Inconsistent): latency(out.Latency.Inconsistent),
		CPUPerOrder:          ClaimOK,
		Throughput:           ClaimOK,
	}
	switch {
	case c.Cut:
		m[Throughput] = unsupported("the cell was cut short")
	case c.Kind == record.KindRung:
		m[Throughput] = unsupported("a step on the way up, run once")
	case c.Kind != record.KindSaturation:
		m[Throughput] = unsupported("offered %.4g/s, not driven to its limit", c.Offered)
	case !out.Saturated:
		m[Throughput] = unsupported("not saturated: at least %.4g/s", float64(out.Achieved))
	}
	if !out.Saturated {
		m[CPUPerOrder] = unsupported("the cell was not saturated")
	}
	return m
}

func warnings(c record.Cell, out Cell) []string {
	var w []string
	add := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }
	latencyCell := c.Kind != record.KindSaturation && c.Kind != record.KindRung
	if latencyCell && !out.Behind && out.Late != "" {
		add("%s: latency holds that as well, so the cell claims none", out.Late)
	}
	if out.Orders.Stuck > 0 {
		add("%d accepted orders never settled; they count as infinitely late", out.Orders.Stuck)
	}
	if out.Orders.Settled == 0 {
		add("no order settled")
	}
	if c.Gaps > 0 {
		add("%d rows are missing from the commit feed", c.Gaps)
	}
	switch {
	case latencyCell && out.Saturated:
		add("orders came faster than they settled; the cell gives no latency")
	case latencyCell && out.Behind:
		add("%s; the cell gives no latency", perhapsDelayed)
	}
	if c.Cut {
		add("cut short by the user")
	}
	return w
}

// list is s, or an empty slice where s is nil, so that JSON has [] and not null.
func list(s []string) []string { return append([]string{}, s...) }

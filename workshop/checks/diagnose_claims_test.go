package checks

import (
	"fmt"
	"math"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// What can be claimed. Each is an error where the run does not bear it.

// median is that of the completed orders.
func (n evidence) median(style, scenario string) string {
	n.Helper()
	v := n.pool(style, scenario).Of(measure.Settled, food.Completed).At("p50")
	if !v.OK() {
		n.Errorf("no median of %s at %s", style, scenario)
	}
	return fmt.Sprintf("At %s, half of the completed orders of the %s had settled after %s.", scenario, style, inMS(float64(v)))
}

// settledAll is how many orders there were, and that all have settled.
func (n evidence) settledAll(style string) string {
	n.Helper()
	all := n.measured(style, "")
	for _, o := range all {
		if !record.Came(o.Settled) {
			n.Errorf("%s has not settled", o.ID)
		}
	}
	return fmt.Sprintf("All %d measured orders of the %s have settled.", len(all), style)
}

// noneWrong is that a style broke no promise.
func (n evidence) noneWrong(style string) string {
	n.Helper()
	all := 0
	for _, c := range n.Results.Cells {
		if c.Style == style {
			all += c.Orders.Offered + c.Orders.Warmup
			if c.Wrong > 0 || len(c.Violations) > 0 {
				n.Errorf("%s has violations", c.ID)
			}
		}
	}
	return fmt.Sprintf("In this run none of the %d orders of the %s broke a promise.", all, style)
}

// took is the slowest order, which is a fact about a run.
func (n evidence) took(style, scenario string) string {
	return fmt.Sprintf("The slowest order of the %s at %s took %s.", style, scenario, inMS(ranked(n.measured(style, scenario), 1).Settled))
}

// keptUp is that a style was not saturated, and that all that was due has settled.
func (n evidence) keptUp(style, scenario string) string {
	n.Helper()
	for _, c := range n.Results.Cells {
		if c.Style == style && c.Scenario == scenario {
			if c.Behind || c.Orders.Settled < c.Orders.Offered {
				n.Errorf("%s fell behind", c.ID)
			}
			return fmt.Sprintf("At %s, %.3g orders a second were due, and the %s was not saturated.", scenario, float64(c.Due), style)
		}
	}
	n.Errorf("no cell of %s at %s", style, scenario)
	return ""
}

// refunded is how many orders were paid for and rejected, and that each was refunded.
func (n evidence) refunded(style string) string {
	n.Helper()
	count := 0
	for _, o := range n.measured(style, "") {
		if o.Outcome == string(food.RestaurantFailed) || o.Outcome == string(food.NoPartner) {
			if count++; !record.Came(o.Inconsistent) {
				n.Errorf("%s was not refunded", o.ID)
			}
		}
	}
	if count == 0 {
		n.Errorf("no order of %s was rejected", style)
	}
	return fmt.Sprintf("%d measured orders of the %s were rejected after the charge, and each was refunded.", count, style)
}

// met is how many orders met a fault, in both styles together.
func (n evidence) faulted(style string) string {
	n.Helper()
	count := 0
	for _, c := range n.Results.Cells {
		if c.Style == style {
			count += c.Faulted
		}
	}
	if count == 0 {
		n.Errorf("no order of %s met a fault", style)
	}
	return fmt.Sprintf("%d orders of the %s met a fault that was planned.", count, style)
}

// What can't be claimed.

// p99 is one of too few orders.
func (n evidence) p99(style, scenario string) string {
	n.Helper()
	all := n.measured(style, scenario)
	if len(all) >= 1000 {
		n.Errorf("%d orders are enough for a p99", len(all))
	}
	return fmt.Sprintf("The p99 of the %s at %s is %s.", style, scenario, inMS(ranked(all, 0.99).Settled))
}

// most takes what was offered for what is possible.
func (n evidence) most(style, scenario string) string {
	n.Helper()
	c := n.pool(style, scenario).Cells[0]
	if c.Saturated {
		n.Errorf("%s was saturated", c.ID)
	}
	return fmt.Sprintf("The %s settles at most %.3g orders a second on this machine.", style, float64(c.Achieved))
}

// never takes none of a few for none at all.
func (n evidence) never(style string) string {
	n.Helper()
	_ = n.noneWrong(style)
	return fmt.Sprintf("Of the orders that the %s will ever handle, 0 %% will be handled wrongly.", style)
}

// price takes the CPU time of a system that is mostly idle for that of its orders.
func (n evidence) price(style, scenario string) string {
	n.Helper()
	for _, c := range n.Run.Cells {
		if c.Style == style && c.Scenario == scenario {
			used := 0.0
			for _, v := range c.CPU {
				used += v
			}
			return fmt.Sprintf("An order costs %.2g ms of CPU time in the %s.", used/float64(len(n.Orders[c.ID])), style)
		}
	}
	n.Errorf("no cell of %s at %s", style, scenario)
	return ""
}

// power is a promise that no run of durability process makes.
func (n evidence) power(style string) string {
	n.Helper()
	if n.Run.Durability != "process" {
		n.Errorf("durability %s", n.Run.Durability)
	}
	return fmt.Sprintf("0 accepted orders of the %s are lost when the power fails.", style)
}

// few is a median of less than twenty orders.
func (n evidence) few(style, scenario string, ending food.Ending) string {
	n.Helper()
	if v := n.pool(style, scenario).Of(measure.Settled, ending).At("p50"); v.OK() {
		n.Errorf("the median of %s at %s can be claimed", style, scenario)
	}
	var of []record.Order
	for _, o := range n.measured(style, scenario) {
		if o.Outcome == string(ending) {
			of = append(of, o)
		}
	}
	return fmt.Sprintf("At %s, half of the orders that end as %s settle within %s in the %s.", scenario, ending, inMS(ranked(of, 0.5).Settled), style)
}

// coordination takes all that an order takes for coordination, where a service takes time
// that no plan has.
func (n evidence) coordination(style, scenario string) string {
	n.Helper()
	v := n.pool(style, scenario).Of(measure.Settled, food.Completed).At("p50")
	if !v.OK() {
		n.Errorf("no median of %s at %s", style, scenario)
	}
	return fmt.Sprintf("Services take no time here, so coordination costs an order of the %s %s in the median.", style, inMS(float64(v)))
}

// waited is a median of what grew for as long as the load lasted.
func (n evidence) waited(style, scenario string) string {
	n.Helper()
	if v := n.pool(style, scenario).Of(measure.Settled, food.Completed).At("p50"); v.OK() {
		n.Errorf("%s kept up at %s", style, scenario)
	}
	return fmt.Sprintf("At dinner's rate an order of the %s takes %s in the median.", style, inMS(ranked(n.measured(style, scenario), 0.5).Settled))
}

// within counts the orders that settled soon after they were due, by a clock that may be wrong.
func (n evidence) within(style, scenario string, limit float64) string {
	all, soon := n.measured(style, scenario), 0
	for _, o := range all {
		if o.Settled <= limit {
			soon++
		}
	}
	return fmt.Sprintf("At %s, %d of %d orders of the %s had settled %g ms after they were due, or sooner.", scenario, soon, len(all), style, limit)
}

// spread is the range of the medians of the repeats.
func (n evidence) spread(style, scenario string) string {
	n.Helper()
	lo, hi, cells := math.Inf(1), 0.0, 0
	for _, c := range n.Results.Cells {
		if v := c.Of(measure.Settled, food.Completed).At("p50"); c.Style == style && c.Scenario == scenario {
			if !v.OK() {
				n.Errorf("no median of %s", c.ID)
			}
			lo, hi, cells = min(lo, float64(v)), max(hi, float64(v)), cells+1
		}
	}
	return fmt.Sprintf("At %s, the medians of completed orders lie between %s and %s in the %s, over all repeats.", scenario, inMS(lo), inMS(hi), style)
}

// share sets against each other what was not offered the same faults.
func (n evidence) share(scenario string) string {
	completed := func(style string) (k int) {
		for _, o := range n.measured(style, scenario) {
			if o.Outcome == string(food.Completed) {
				k++
			}
		}
		return k
	}
	return fmt.Sprintf("At %s the orchestration completes %.2f times as many orders as the choreography.", scenario, float64(completed(orch))/float64(completed(choreo)))
}

func inMS(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.2f s", v/1000)
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g ms", v))
}

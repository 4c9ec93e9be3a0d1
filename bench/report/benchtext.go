package report

import (
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// benchText is the run in the format of Go benchmarks, one line per cell, so that
// benchstat can compare styles and runs: benchstat -col /style bench.txt. What
// can't be claimed is not in it.
func benchText(r measure.Results) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "run: %s\nplan: %s\nseed: %d\ndurability: %s\nverdict: %s\npkg: github.com/sagabench/sagabench\n\n", r.RunID, r.Plan, r.Seed, r.Durability, r.Verdict)
	add := func(v measure.Num, unit string) {
		if v.OK() { // +Inf too: a lost order is not left out
			fmt.Fprintf(&b, " %.6g %s", float64(v), unit)
		}
	}
	for _, c := range r.Cells {
		fmt.Fprintf(&b, "BenchmarkOrder/style=%s/scenario=%s", c.Style, c.Scenario)
		if c.Kind != record.KindSaturation { // there each style is overloaded at a rate of its own
			fmt.Fprintf(&b, "/offered=%g", float64(c.Offered))
		}
		b.WriteString(" 1")
		if !c.Cut {
			add(c.Achieved, "orders/s")
		}
		add(c.Share, "of-ceiling")
		for _, e := range food.Endings {
			ending := string(e) + "-"
			if e == food.Completed { // the plain case
				ending = ""
			}
			for _, quantile := range measure.UsualPercentiles {
				add(c.ByOutcome[e].Settled.At(quantile), ending+quantile+"-ms")
			}
		}
		add(c.Latency.Compensation.At("p50"), "compensation-p50-ms")
		add(c.Cost.ServerCPU, "server-cpu-ms/order")
		fmt.Fprintf(&b, " %d unsettled %d violations\n", c.Orders.Offered-c.Orders.Settled, len(c.Violations))
	}
	return []byte(b.String())
}

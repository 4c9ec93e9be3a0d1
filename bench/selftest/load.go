package selftest

import (
	"context"
	"fmt"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// generator offers orders to the baseline, which has neither server nor disk, by
// the same way as in any run: watched, recorded, judged.
func generator(ctx context.Context, dir string, o Options) ([]threshold.Finding, error) {
	p := plan.Plan{
		Name: "selftest", Styles: []string{record.Baseline}, Repeats: 1, Durability: durability.Memory, Seed: 1, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{
			{Name: "steady", Kind: record.KindCustom, Rate: 2000, During: 10 * time.Second, Warmup: time.Second, Random: true},
			{Name: "flood", Kind: record.KindCustom, Rate: 20_500, During: 5 * time.Second, Warmup: time.Second},
		},
	}
	fmt.Fprintf(o.Progress, "offering orders to the baseline for %v …\n", p.Predicted().Round(time.Second))
	run, err := bench.Run(ctx, p, bench.Options{ID: "selftest", Dir: dir, Data: dir + ".data", Styles: o.Styles})
	if err != nil {
		return nil, err
	}
	judged, err := results.Open(dir)
	if err != nil {
		return nil, err
	}
	r := judged.Results
	if r.Verdict != invariant.Holds || len(r.Cells) != len(p.Scenarios) {
		return nil, fmt.Errorf("the load is %v: %v %v", r.Verdict, r.Reasons, r.Violations)
	}
	steady, flood := r.Cells[0], r.Cells[1]
	placed := p.Scenarios[1].Rate * p.Scenarios[1].During.Seconds()
	return []threshold.Finding{
		threshold.Hold("generator at 2,000 orders/s: lateness p99", steady.Generator.LateP99, "ms", "<", 1),
		threshold.Hold("baseline at durability memory, of 20,500/s offered: settled in time", float64(flood.Achieved), "orders/s", ">=", 20_000),
		threshold.Show("  CPU time of each, services and all", 1000*run.Cells[1].CPU["harness"]/placed, "µs"),
	}, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/bench/scale"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/nearest"
)

// A figure is one line of scale: what was measured, and the bound beside it.
type figure struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Bound *bound  `json:"bound,omitempty"` // nil: it is there to be read beside the others
}

// A bound is what a figure must keep to.
type bound struct {
	Than string  `json:"than"` // under, at most, at least
	Of   float64 `json:"of"`
	Kept bool    `json:"kept"`
}

func (f figure) under(limit float64) figure {
	f.Bound = &bound{"under", limit, f.Value < limit}
	return f
}

func (f figure) atMost(limit float64) figure {
	f.Bound = &bound{"at most", limit, f.Value <= limit}
	return f
}

func (f figure) atLeast(limit float64) figure {
	f.Bound = &bound{"at least", limit, f.Value >= limit}
	return f
}

func (f figure) missed() bool { return f.Bound != nil && !f.Bound.Kept }

func (f figure) String() string {
	if f.Bound == nil {
		return fmt.Sprintf("     %-62s %10.4g %-9s", f.What, f.Value, f.Unit)
	}
	mark := "ok  "
	if f.missed() {
		mark = "MISS"
	}
	return fmt.Sprintf("%s %-62s %10.4g %-9s %s %g", mark, f.What, f.Value, f.Unit, f.Bound.Than, f.Bound.Of)
}

// A scalePart measures some figures in a folder of its own.
type scalePart struct {
	name    string
	measure func(ctx context.Context, dir string, orders int, errs io.Writer) ([]figure, error)
}

var scaleParts = []scalePart{{"load", scaleLoad}, {"checker", scaleChecker}, {"stored", scaleStored}}

func scaleCommand() *cobra.Command {
	var orders int
	var format outputFormat
	var data string
	c := &cobra.Command{
		Use:   "scale [load] [checker] [stored]",
		Short: "Measure how much the instrument itself can take",
		Long: `scale measures whether the instrument gives way before what it measures does,
and prints each figure beside the bound that it must keep to:

  load      does the generator keep its times at 2,000 orders/s, and does the
            harness place 20,000 orders/s where no engine is in the way
  checker   time and memory to judge many orders, and whether an order costs
            more when there are ten times as many
  stored    latency of the choreography with many orders already stored, beside
            a second one with a hundredth of them

Without an argument it measures all three. stored really places all the orders
that it stores, which takes most of the time: about six minutes for a million on
two idle cores.`,
		Args: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				if !slices.Contains(scalePartNames(), arg) {
					return usage(fmt.Errorf("scale: no part %q%s; the parts are %s", arg, nearest.Hint(arg, scalePartNames()), strings.Join(scalePartNames(), ", ")))
				}
			}
			return nil
		},
		RunE: func(c *cobra.Command, parts []string) error {
			if format.wrong != nil {
				return usage(format.wrong)
			}
			if orders < 100_000 || orders > 10_000_000 || orders%1000 != 0 {
				return usage(fmt.Errorf("--orders %d: want a multiple of 1000 from 100000 to 10000000; fewer can't be timed", orders))
			}
			return runScale(c.Context(), parts, orders, format, data, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().IntVar(&orders, "orders", 1_000_000, "how many orders are judged, and how many are stored")
	c.Flags().StringVar(&data, "data", "reports", "the folder in which scale makes a folder for its data, and removes it")
	c.Flags().VarP(&format, "output", "o", "what is printed: text or json")
	return c
}

func scalePartNames() (names []string) {
	for _, p := range scaleParts {
		names = append(names, p.name)
	}
	return names
}

// runScale measures part by part and prints each as it is done. A bound that
// was missed is an error, but only at the end.
func runScale(ctx context.Context, parts []string, orders int, format outputFormat, data string, out, errs io.Writer) (err error) {
	debug.SetGCPercent(devserver.GCPercent)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return usage(fmt.Errorf("--data: %w", err))
	}
	dir, err := os.MkdirTemp(data, "sagabench-scale-")
	if err != nil {
		return usage(fmt.Errorf("--data: %w", err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var all []figure
	for _, p := range scaleParts {
		if len(parts) > 0 && !slices.Contains(parts, p.name) {
			continue
		}
		figures, err := p.measure(ctx, filepath.Join(dir, p.name), orders, errs)
		all = append(all, figures...)
		if !format.json {
			for _, f := range figures {
				fmt.Fprintln(out, f)
			}
		}
		// What was measured stands, also when the tidying after it went wrong.
		switch {
		case err != nil && ctx.Err() != nil:
			return exit{exitInterrupted, fmt.Errorf("scale %s: interrupted", p.name)}
		case err != nil:
			return fmt.Errorf("scale %s: %w", p.name, err)
		}
	}
	if format.json {
		if err := printJSON(out, map[string][]figure{"figures": all}); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(all, figure.missed) {
		return exit{exitMissed, errors.New("a bound was missed; is the machine busy with something else?")}
	}
	return nil
}

// scaleLoad offers orders to the baseline, which has neither server nor disk,
// by the same way as in any run: watched, recorded, judged.
func scaleLoad(ctx context.Context, dir string, _ int, errs io.Writer) ([]figure, error) {
	p := plan.Plan{
		Name: "scale", Styles: []string{record.Baseline}, Repeats: 1, Durability: durability.Memory, Seed: 1, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{
			{Name: "steady", Kind: record.KindCustom, Rate: 2000, During: 10 * time.Second, Warmup: time.Second, Random: true},
			{Name: "flood", Kind: record.KindCustom, Rate: 20_500, During: 5 * time.Second, Warmup: time.Second},
		},
	}
	fmt.Fprintf(errs, "offering orders to the baseline for %v …\n", p.Predicted().Round(time.Second))
	_, err := bench.Run(ctx, p, bench.Options{ID: "scale", Dir: dir, Data: dir + ".data", Styles: styles(endpoints{}, io.Discard)})
	if err != nil {
		return nil, err
	}
	results, err := report.Draw(dir)
	if err != nil {
		return nil, err
	}
	if results.Verdict != invariant.Holds.String() || len(results.Cells) != len(p.Scenarios) {
		return nil, fmt.Errorf("the load is %s: %v %v", results.Verdict, results.Reasons, results.Violations)
	}
	f, err := record.Open(dir)
	if err != nil {
		return nil, err
	}
	steady, flood := results.Cells[0], results.Cells[1]
	placed := p.Scenarios[1].Rate * p.Scenarios[1].During.Seconds()
	return []figure{
		figure{What: "generator at 2,000 orders/s: lateness p99", Value: steady.Generator.LateP99, Unit: "ms"}.under(1),
		figure{What: "baseline at tier memory, of 20,500/s offered: settled in time", Value: float64(flood.Achieved), Unit: "orders/s"}.atLeast(20_000),
		{What: "  processor time of each, services and all", Value: 1000 * f.Run.Cells[1].CPU["harness"] / placed, Unit: "µs"},
	}, nil
}

// scaleChecker judges a made run, and one with a tenth of its orders.
func scaleChecker(ctx context.Context, dir string, orders int, errs io.Writer) ([]figure, error) {
	judge := func(n int) (scale.Judging, error) {
		if err := ctx.Err(); err != nil {
			return scale.Judging{}, err
		}
		fmt.Fprintf(errs, "making and judging a run of %d orders …\n", n)
		of := fmt.Sprintf("%s-%d", dir, n)
		if err := scale.Write(of, n); err != nil {
			return scale.Judging{}, err
		}
		j, err := scale.Judge(of)
		if err == nil && j.Verdict != invariant.Holds {
			err = fmt.Errorf("the made run of %d orders is %v", n, j.Verdict)
		}
		return j, errors.Join(err, os.RemoveAll(of))
	}
	few, err := judge(orders / 10)
	if err != nil {
		return nil, err
	}
	many, err := judge(orders)
	if err != nil {
		return nil, err
	}
	perOrder := func(j scale.Judging) float64 { return float64(j.CPU.Microseconds()) / float64(j.Orders) }
	of := fmt.Sprintf("checker, %d orders: ", orders)
	return []figure{
		{What: of + "reading alone", Value: many.Scan.Seconds(), Unit: "s"},
		figure{What: of + "reading and judging", Value: many.Judge.Seconds(), Unit: "s"}.under(30),
		figure{What: of + "memory", Value: float64(many.Peak) / (1 << 20), Unit: "MiB"}.under(1024),
		{What: of + "processor time of each", Value: perOrder(many), Unit: "µs"},
		figure{What: "  as a multiple of that with a tenth of the orders", Value: perOrder(many) / perOrder(few), Unit: "×"}.atMost(1.2),
	}, nil
}

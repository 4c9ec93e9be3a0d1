package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/selftest"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/nearest"
)

// selftestCommand is for whoever works on the instrument; make selftest calls it.
func selftestCommand() *cobra.Command {
	var (
		orders int
		format outputFormat
		data   string
	)
	c := &cobra.Command{
		Use:    "selftest [load] [checker] [stored]",
		Short:  "Measure how much the instrument itself can take",
		Hidden: true,
		Long: `selftest measures whether the instrument gives way before what it measures does,
and prints each figure beside the bound that it must keep to:

  load      does the generator keep its times at 2,000 orders/s, and does the
            harness place 20,000 orders/s where no engine is in the way
  checker   time and memory to judge many orders, and whether an order costs
            more when there are ten times as many
  stored    latency of the choreography with many orders already stored, beside
            a second one with a hundredth of them

Without an argument it measures all three. stored really places all the orders
that it stores, which takes most of the time: some minutes for a million. It
prints how long is left.`,
		Args: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				if !slices.Contains(selftest.Parts(), arg) {
					return usage(fmt.Errorf("selftest: no part %q%s; the parts are %s", arg, nearest.Hint(arg, selftest.Parts()), strings.Join(selftest.Parts(), ", ")))
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
			o := selftest.Options{Orders: orders, Styles: benchStyles(nil, io.Discard), Stored: record.Choreography, Progress: c.ErrOrStderr()}
			return runSelftest(c.Context(), parts, o, format, data, c.OutOrStdout())
		},
	}
	c.Flags().IntVar(&orders, "orders", 1_000_000, "how many orders are judged, and how many are stored")
	c.Flags().StringVar(&data, "data", "reports", "the folder in which selftest makes a folder for its data, and removes it")
	c.Flags().VarP(&format, "output", "o", "what is printed: text or json")
	return c
}

// runSelftest prints each figure as soon as it is there. A bound that was missed is
// an error, but only at the end.
func runSelftest(ctx context.Context, parts []string, o selftest.Options, format outputFormat, data string, out io.Writer) (err error) {
	debug.SetGCPercent(command.GCPercent)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return usage(fmt.Errorf("--data: %w", err))
	}
	dir, err := os.MkdirTemp(data, "sagabench-selftest-")
	if err != nil {
		return usage(fmt.Errorf("--data: %w", err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var all []threshold.Finding
	err = selftest.Run(ctx, dir, parts, o, func(found []threshold.Finding) {
		all = append(all, found...)
		for _, f := range found {
			if !format.json {
				fmt.Fprintln(out, figureLine(f))
			}
		}
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return exit{exitInterrupted, fmt.Errorf("selftest interrupted: %w", err)}
	case err != nil:
		return fmt.Errorf("selftest %w", err)
	case format.json:
		if err := printJSON(out, map[string][]threshold.Finding{"figures": all}); err != nil {
			return err
		}
	}
	if threshold.Worst(all) != threshold.Met {
		return exit{exitMissed, errors.New("a bound was missed; is the machine busy with something else?")}
	}
	return nil
}

// figureLine is a figure beside its bound.
func figureLine(f threshold.Finding) string {
	mark := map[threshold.Outcome]string{threshold.Met: "ok  ", threshold.Shown: "    "}[f.Outcome]
	if mark == "" {
		mark = "MISS"
	}
	return strings.TrimRight(fmt.Sprintf("%s %-66s %10.4g %-9s %s", mark, f.Where, float64(f.Value), f.Unit, f.Threshold), " ")
}

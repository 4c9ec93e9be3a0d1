package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/bench/results"
)

func compareCommand() *cobra.Command {
	var format outputFormat
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Set two runs side by side",
		Long: `compare reads the raw measurements of two run folders and sets them side by side,
style by style and scenario by scenario, with the ratio of B over A, its interval,
and, from six repeats on, a ~ where none was shown. It warns of everything in
which the runs differ: machine, versions, plan, settings, seed, durability.

  sagabench compare reports/20261120T170021Z-quick reports/latest

Runs of fewer than six repeats have ranges and no intervals.`,
		Args: exactly(2, "two run folders"),
		RunE: func(c *cobra.Command, args []string) error {
			if format.wrong != nil {
				return usage(format.wrong)
			}
			a, errA := results.Open(args[0])
			b, errB := results.Open(args[1])
			if err := errors.Join(errA, errB); err != nil {
				return ofFolder(err)
			}
			runs, err := measure.Across(a.Results, b.Results)
			if err != nil {
				return usage(fmt.Errorf("%s and %s: %w", args[0], args[1], err))
			}
			if format.json {
				return printJSON(c.OutOrStdout(), runs)
			}
			return report.Across(c.OutOrStdout(), runs)
		},
	}
	c.Flags().VarP(&format, "output", "o", "what is printed: text or json")
	return c
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/report"
)

func compareCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "Set two runs side by side",
		Long: `compare reads the raw measurements of two run folders and sets them side by side,
style by style and scenario by scenario, with the ratio of B over A, its interval,
and a ~ where the difference can't be told from noise. It warns of everything in
which the runs differ: machine, versions, plan, settings, seed, durability.

  sagabench compare reports/20261120T170021Z-quick reports/latest

Runs of fewer than six repeats have ranges and no intervals.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage(fmt.Errorf("compare takes two run folders, got %d; see sagabench compare --help", len(args)))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := knownFormat(format); err != nil {
				return usage(err)
			}
			a, errA := report.Read(args[0])
			b, errB := report.Read(args[1])
			if err := errors.Join(errA, errB); isFolder(err) {
				return usage(err)
			} else if err != nil {
				return err
			}
			runs, err := measure.Across(a, b)
			if err != nil {
				return usage(fmt.Errorf("%s and %s: %w", args[0], args[1], err))
			}
			if format == "json" {
				enc := json.NewEncoder(c.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(runs)
			}
			return report.Across(c.OutOrStdout(), runs)
		},
	}
	c.Flags().StringVarP(&format, "output", "o", "text", "what is printed: text or json")
	return c
}

func knownFormat(format string) error {
	if format != "text" && format != "json" {
		return fmt.Errorf("unknown output %q; want text or json", format)
	}
	return nil
}

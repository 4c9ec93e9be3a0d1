package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
)

func reportCommand() *cobra.Command {
	var format outputFormat
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "Check a run folder again and redraw its report",
		Long: `report reads the raw measurements of a run, judges them again and redraws
everything that is derived from them. It starts no server.

  sagabench report reports/latest`,
		Args: exactly(1, "one run folder, such as reports/latest"),
		RunE: func(c *cobra.Command, args []string) error {
			if format.wrong != nil {
				return usage(format.wrong)
			}
			results, err := report.Draw(args[0], drawnBy(args[0]))
			if err != nil {
				return ofFolder(err)
			}
			if err := printResults(c.OutOrStdout(), format, args[0], results); err != nil {
				return err
			}
			return verdictExit(results)
		},
	}
	c.Flags().VarP(&format, "output", "o", "what is printed: text or json")
	return c
}

// printResults ends a run: the verdict, the main table, and where the report is.
func printResults(out io.Writer, format outputFormat, dir string, r measure.Results) error {
	if format.json {
		return printJSON(out, r)
	}
	if err := report.Summary(out, r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nreport: %s/index.html\nredraw: sagabench report %s\n", dir, shellWord(dir))
	return err
}

// verdictExit turns the verdict into an exit code. Anything but "holds" is not
// a success.
func verdictExit(r measure.Results) error {
	switch r.Verdict {
	case invariant.Holds:
		return nil
	case invariant.Broken:
		return exit{exitBroken, fmt.Errorf("an invariant is broken, see the report")}
	default:
		return exit{exitInconclusive, errors.New("the run is inconclusive, see the report")}
	}
}

// ofFolder marks an error as the user's where it is about the folder that was named.
func ofFolder(err error) error {
	for _, is := range []error{record.ErrForeign, record.ErrUnfinished, record.ErrSchema, record.ErrDamaged} {
		if errors.Is(err, is) {
			return usage(err)
		}
	}
	return err
}

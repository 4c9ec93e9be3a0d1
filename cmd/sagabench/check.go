package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/bench/threshold"
)

func checkCommand() *cobra.Command {
	var texts []string
	var format outputFormat
	c := &cobra.Command{
		Use:   "check RUN",
		Short: "Hold a run against thresholds",
		Long: `check reads the raw measurements of a run folder and holds them against thresholds:
those of the plan, and those given here.

  sagabench check reports/latest --threshold 'choreography.settled.p99<50ms'

  STYLE.CLOCK.QUANTILE            in every scenario that is run for its latency
  STYLE.SCENARIO.CLOCK.QUANTILE   in one
  STYLE[.SCENARIO].OUTCOME.CLOCK.QUANTILE, for settled and decision
  STYLE.SCENARIO.achieved>=2000/s
  STYLE.SCENARIO.share>=0.65      of what the style's engine allows
  violations==0   [STYLE[.SCENARIO].]stuck==0 (unsettled orders), dropped==0,
                  unanswered==0

Clocks: accept, decision, settled, compensation, inconsistent. Quantiles: p50, p90,
p99, p999. Outcomes: completed, payment_declined, restaurant_failed, no_partner.
Comparisons: < <= > >= ==

Exit codes: 0 all are met · 10 one is missed · 11 the run broke an invariant ·
12 one can't be judged, because the run can't claim the number. That is no pass.`,
		Args: exactly(1, "one run folder, such as reports/latest"),
		RunE: func(c *cobra.Command, args []string) error {
			return check(args[0], texts, format, c.OutOrStdout())
		},
	}
	c.Flags().StringArrayVar(&texts, "threshold", nil, "a limit, as above; repeatable")
	c.Flags().VarP(&format, "output", "o", "what is printed: text or json")
	return c
}

// check reports all that is wrong with its input at once.
func check(dir string, texts []string, format outputFormat, out io.Writer) error {
	folder, unread := record.Open(dir)
	if unread == nil {
		texts = slices.Concat(folder.Run.Thresholds, texts)
	}
	thresholds, bad := threshold.ParseAll(texts, styleNames())
	if len(texts) == 0 && unread == nil {
		bad = errors.New("no threshold: the plan has none, and none is given with --threshold")
	}
	if err := usage(errors.Join(bad, format.wrong)); err != nil || unread != nil {
		return errors.Join(ofFolder(unread), err)
	}
	judged, err := results.Open(dir)
	if err != nil {
		return ofFolder(err)
	}
	found := threshold.Judge(judged.Results, thresholds)
	if format.json {
		err = printJSON(out, struct {
			Verdict    invariant.Verdict   `json:"verdict"`
			Outcome    threshold.Outcome   `json:"outcome"`
			Thresholds []threshold.Finding `json:"thresholds"`
		}{judged.Results.Verdict, threshold.Worst(found), found})
	} else {
		err = printThresholds(out, found)
	}
	if err != nil {
		return err
	}
	return thresholdExit(judged.Results, found)
}

// printThresholds prints of each threshold what became of it, and where.
func printThresholds(out io.Writer, found []threshold.Finding) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range found {
		value := f.Reason
		if f.Value.OK() {
			value = strings.TrimSpace(fmt.Sprintf("%.4g %s", float64(f.Value), f.Unit))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Outcome, f.Threshold, f.Where, value)
	}
	return table.Flush()
}

// thresholdExit is the verdict's exit code, or else that of the thresholds. A
// violated invariant weighs more than what can't be judged, and that more than a
// missed limit.
func thresholdExit(r measure.Results, found []threshold.Finding) error {
	if err := verdictExit(r); err != nil {
		return err
	}
	switch threshold.Worst(found) {
	case threshold.Met:
		return nil
	case threshold.Missed:
		return exit{exitMissed, errors.New("a threshold is missed")}
	}
	return exit{exitInconclusive, errors.New("a threshold can't be judged, and that is not a pass")}
}

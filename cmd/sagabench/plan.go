package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench"
)

// planCommand is `sagabench plan`. Nothing in it starts anything.
func planCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "List, show and check plans",
		Long: `A plan says what is offered to which style, how often, and what goes wrong
meanwhile. The named plans are YAML files that are part of the program. To write
one of your own, begin with a copy:

  sagabench plan show quick > mine.yaml
  sagabench plan validate mine.yaml
  sagabench bench --plan mine.yaml`,
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "List the named plans", Args: noArgs, RunE: listPlans},
		&cobra.Command{Use: "show NAME|FILE", Short: "Print a plan's YAML", Args: onePlan, RunE: showPlan},
		&cobra.Command{Use: "validate NAME|FILE", Short: "Check a plan without running it", Args: onePlan, RunE: validatePlan},
	)
	return c
}

func onePlan(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(fmt.Errorf("%s takes one plan, a name or a YAML file; see %s --help", c.CommandPath(), c.CommandPath()))
	}
	return nil
}

func listPlans(c *cobra.Command, _ []string) error {
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, p := range bench.Plans() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.Name, about(p), p.Summary)
	}
	return table.Flush()
}

// about is how long a plan takes.
func about(p bench.Plan) string {
	return "about " + p.Predicted().Round(time.Second).String()
}

func showPlan(c *cobra.Command, args []string) error {
	_, text, err := bench.FindPlan(args[0])
	if err != nil {
		return usage(err)
	}
	_, err = c.OutOrStdout().Write(text)
	return err
}

func validatePlan(c *cobra.Command, args []string) error {
	p, _, err := bench.FindPlan(args[0])
	if err != nil {
		return usage(err)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s is a plan; scenarios: %d, repeats: %d, %s\n", args[0], len(p.Scenarios), p.Repeats, about(p))
	return err
}

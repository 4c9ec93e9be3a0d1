package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/plan"
)

// planCommand is `sagabench plan`. Nothing in it starts anything.
func planCommand() *cobra.Command {
	onePlan := exactly(1, "one plan, a name or a YAML file")
	c := &cobra.Command{
		Use:   "plan",
		Short: "List, show and check plans",
		Long: `A plan defines what is offered to which style, how often, and what goes wrong
meanwhile. The named plans are YAML files that are part of the program. For a
custom plan, begin with a copy:

  sagabench plan show quick > mine.yaml
  sagabench plan validate mine.yaml
  sagabench bench --plan mine.yaml

A plan has these keys; only name and scenarios must be there:

  name, summary
  styles       of choreography, orchestration, baseline
  repeats      six give intervals, fewer a range
  durability   memory, process or power
  seed         fixes the orders, their arrivals and which of them the faults hit
  policy       attempts, undo_attempts, first_backoff, max_backoff, call_timeout, redelivery,
               concurrency
  budget       the plan is refused when it would take longer, such as 5m
  thresholds   such as choreography.settled.p99<50ms
  compare      pairs of scenarios, set against each other style by style
  scenarios    a list

A scenario has these; name, rate and during must be there (or in_flight for rate):

  name         small letters, digits and '-'
  kind         what its numbers are for: unloaded, refused, failures, outage,
               loaded, rung, saturation, ladder, ceiling or custom
  rate         orders per second, or a share of what a ladder before it found,
               such as 50%
  during       how long orders are offered; warmup comes before it
  arrivals     constant or poisson
  faults       a list, in the form that bench takes; see sagabench bench --help
  styles       fewer than the plan's
  last_only    true: in the last repeat only
  durability, concurrency
               other than the plan's
  service_time how long calls take: none, realistic, 10ms or
               restaurant.confirm=10ms
  activities   of the orchestration alone: remote, or local for calls that the
               flow's worker makes itself
  world        of the services: keyless, without idempotency keys, or no-barrier, in
               which no call blocks another; for teaching, and never in a named plan
  bound, rungs of a ladder: what settling may take at its p99, and how many rates
               it may try
  server       of the orchestration alone: tuned, or untuned for a server as
               Temporal's own development server is
  in_flight    of a ceiling, and of saturation instead of a rate: how many orders are
               under way, each placed when another has ended. A ceiling is the engine
               with nothing behind its traffic; in every second repeat it trades
               places with the scenario before it`,
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

func listPlans(c *cobra.Command, _ []string) error {
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, p := range plan.All(styleNames()) {
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.Name, about(p), p.Summary)
	}
	return table.Flush()
}

// about is how long a plan takes.
func about(p plan.Plan) string {
	return "about " + p.Predicted().Round(time.Second).String()
}

func showPlan(c *cobra.Command, args []string) error {
	_, text, err := plan.Find(args[0], styleNames())
	if err != nil {
		return usage(err)
	}
	_, err = c.OutOrStdout().Write(text)
	return err
}

func validatePlan(c *cobra.Command, args []string) error {
	p, _, err := plan.Find(args[0], styleNames())
	if err != nil {
		return usage(err)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s is a plan; scenarios: %d, repeats: %d, %s\n", args[0], len(p.Scenarios), p.Repeats, about(p))
	return err
}

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/nearest"
)

// flowFlags are the flags of `sagabench flow`.
type flowFlags struct {
	style string
	form  formFlag
}

// flowCommand is `sagabench flow`. It starts nothing.
func flowCommand() *cobra.Command {
	f := flowFlags{form: formFlag{words: []string{"text", "mermaid", "json"}}}
	c := &cobra.Command{
		Use:   "flow [RUN]",
		Short: "Draw the whole flow of an order, or what a run has seen of it",
		Long: `flow draws what follows from what: when an order is placed, when a call is done or
rejected, when the customer cancels, when an undo is rejected and when a person resolves
that. Calls with ∥ between them begin at the same time; ↩ undoes another call.

  sagabench flow                              both styles in one drawing, and where they differ
  sagabench flow --style choreography         one of them
  sagabench flow --style orchestration -o mermaid
  sagabench flow reports/latest               with what the orders of a run really did

Nobody has written this drawing down. In the choreography it is put together from the
reactions of the participants and the subjects that reach them. In the orchestration
PlaceOrder is run in the SDK's test environment under every answer. It is the flow of this
build. It names events that no service receives, reactions that nothing can trigger, and
calls to which nothing leads.

Of a run, ORDERS is how many were there. What did not follow in all of them, what was
called without a cause, and what was never seen is below the table.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(fmt.Errorf("%s takes one run folder at most, got %d; see %s --help", c.CommandPath(), len(args), c.CommandPath()))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.validate(args); err != nil {
				return usage(err)
			}
			if len(args) == 1 {
				return f.observed(args[0], c.OutOrStdout())
			}
			return f.planned(c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&f.style, "style", "", "draw one style: "+strings.Join(flowStyles(), " or "))
	c.Flags().VarP(&f.form, "output", "o", "what is printed: text, mermaid or json")
	return c
}

// flowStyles are the styles that have a flow of their own.
func flowStyles() (names []string) {
	for _, e := range engines {
		if e.twin.Flow != nil {
			names = append(names, e.style)
		}
	}
	return names
}

func (f *flowFlags) validate(args []string) error {
	bad := []error{f.form.wrong}
	switch {
	case f.style == "" && f.form.is("mermaid") && len(args) == 0:
		bad = append(bad, errors.New("mermaid draws one style: add --style "+strings.Join(flowStyles(), " or --style ")))
	case f.style == "", slices.Contains(flowStyles(), f.style):
	case slices.Contains(styleNames(), f.style):
		bad = append(bad, fmt.Errorf("the %s has no engine, and no flow; want %s", f.style, strings.Join(flowStyles(), " or ")))
	default:
		bad = append(bad, fmt.Errorf("unknown style %q%s", f.style, nearest.HintOrAll(f.style, flowStyles())))
	}
	return errors.Join(bad...)
}

// flows are those of the styles that are asked for; of none, all.
func flows(styles ...string) (all []flow.Flow) {
	for _, e := range engines {
		if e.twin.Flow != nil && (len(styles) == 0 || slices.Contains(styles, e.style)) {
			all = append(all, e.twin.Flow())
		}
	}
	return all
}

// styles are those that are asked for; none is all.
func (f *flowFlags) styles() []string {
	if f.style == "" {
		return nil
	}
	return []string{f.style}
}

// A flowReport is what is printed as JSON.
type flowReport struct {
	Flows       any              `json:"flows"`
	Differences []flowDifference `json:"differences,omitempty"`
}

// A flowDifference is where two styles part.
type flowDifference struct {
	flow.Place
	Only map[string][]food.Action `json:"only"` // by style
}

// planned draws the flow as it is in the code.
func (f *flowFlags) planned(out io.Writer) error {
	all := flows(f.styles()...)
	switch {
	case f.form.is("mermaid"):
		return all[0].Mermaid(out)
	case f.form.is("json"):
		return printJSON(out, flowReport{all, flowDifferences(all)})
	case len(all) == 1:
		return all[0].Text(out)
	}
	if err := flow.Both(out, all[0], all[1]); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, parting(all[0], all[1]))
	return err
}

// parting says where two flows part.
func parting(a, b flow.Flow) string {
	all := flow.Diff(a, b)
	if len(all) == 0 {
		return "Both are the same flow.\n"
	}
	text := "Both are the same flow, but for this:\n"
	for _, d := range all {
		text += "  " + d.Text(a.Style, b.Style) + "\n"
	}
	return text
}

func flowDifferences(all []flow.Flow) []flowDifference {
	if len(all) < 2 {
		return nil
	}
	return lists.Map(flow.Diff(all[0], all[1]), func(d flow.Difference) flowDifference {
		return flowDifference{d.Place, map[string][]food.Action{all[0].Style: d.Only[0], all[1].Style: d.Only[1]}}
	})
}

// observed draws the flow with what the orders of a run did.
func (f *flowFlags) observed(dir string, out io.Writer) error {
	run, err := record.Open(dir)
	if err != nil {
		return nearestFolder(dir, ofFolder(err))
	}
	flows := flows(f.styles()...)
	all, err := results.Observe(run, flows)
	if err != nil {
		return ofFolder(err)
	}
	switch {
	case len(all) == 0:
		return usage(fmt.Errorf("%s has no orders of %s; want a run of them, see sagabench bench --help", dir, enumerated(flows)))
	case f.form.is("mermaid") && len(all) > 1:
		return usage(errors.New("mermaid draws one style, and the run has several: add --style " + strings.Join(flowStyles(), " or --style ")))
	case f.form.is("mermaid"):
		return all[0].Mermaid(out)
	case f.form.is("json"):
		return printJSON(out, flowReport{Flows: all})
	}
	for i, o := range all {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s: %d orders of %s\n\n", o.Style, o.Orders, dir)
		if err := o.Text(out); err != nil {
			return err
		}
	}
	return nil
}

func enumerated(flows []flow.Flow) string {
	return strings.Join(lists.Map(flows, func(f flow.Flow) string { return f.Style }), " or ")
}

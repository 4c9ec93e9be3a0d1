package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/nearest"
	"github.com/sagabench/sagabench/internal/stuck"
)

// stuckCommand is `sagabench stuck`.
func stuckCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "stuck",
		Short: "Find orders that wait, and help them: list, show, redrive, resolve",
		Long: `stuck answers, for both styles: which orders wait, at which call, since when, why,
and who must act. It looks at running servers or, for list and show, into the raw files
of a run.

  sagabench stuck list --nats nats://127.0.0.1:4222 --temporal 127.0.0.1:7233
  sagabench stuck show o-17 --nats nats://127.0.0.1:4222
  sagabench stuck redrive o-17 --temporal 127.0.0.1:7233
  sagabench stuck resolve o-17 --temporal 127.0.0.1:7233
  sagabench stuck list --run reports/latest

Who must act:

  program    it tries again by itself
  person     an undo was rejected, and the order is escalated. When what could not be
             undone has been dealt with: resolve
  operator   nothing tries any more: an event that no participant can read (a dead
             letter), or a workflow that has failed. When the cause is mended: redrive

Looking changes nothing, and no order waits for it. What one look has cost is printed
with it.`,
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(stuckList(), stuckShow(), stuckRedrive(), stuckResolve())
	return c
}

func stuckList() *cobra.Command {
	var f stuckFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "List every order that waits",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.validate(nil); err != nil {
				return err
			}
			found, err := f.list(c.Context())
			if err != nil {
				return err
			}
			return found.print(c.OutOrStdout(), f.format.json)
		},
	}
	f.register(c.Flags(), true)
	return c
}

func stuckShow() *cobra.Command {
	var f stuckFlags
	c := &cobra.Command{
		Use:   "show ORDER",
		Short: "Print what has happened to an order, and what remains",
		Args:  exactly(1, "one order"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.validate(args); err != nil {
				return err
			}
			found, err := f.show(c.Context(), args[0])
			if err != nil {
				return err
			}
			return found.printWhole(c.OutOrStdout(), f.format.json)
		},
	}
	f.register(c.Flags(), true)
	return c
}

func stuckRedrive() *cobra.Command {
	var f stuckFlags
	var timeout time.Duration
	var letter uint64
	c := &cobra.Command{
		Use:   "redrive ORDER",
		Short: "Let an order go on whose cause was mended",
		Long: `redrive lets an order go on when the cause is mended.

In the choreography the order's dead letters are published again on their own
subjects, and removed. What still can't be read becomes a dead letter again. One from
which no order can be read goes by its number: sagabench stuck redrive --letter 7

In the orchestration a workflow that has failed begins again at its last workflow task:
its decision is made anew, and the answers before it stay. In one that is open, calls
that wait for their next attempt are made at once, with their attempts counted anew.

Then it waits, for as long as --timeout, and prints what has become of the order.`,
		Args: func(c *cobra.Command, args []string) error {
			if letter > 0 {
				return noArgs(c, args)
			}
			return exactly(1, "one order, or --letter")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := errors.Join(f.validate(args), positive(timeout)); err != nil {
				return err
			}
			if letter > 0 {
				return f.redriveLetter(c.Context(), letter, c.OutOrStdout())
			}
			return f.redrive(c.Context(), args[0], timeout, c.OutOrStdout())
		},
	}
	f.register(c.Flags(), false)
	c.Flags().Uint64Var(&letter, "letter", 0, "number of a dead letter of the choreography, in place of an order")
	c.Flags().DurationVar(&timeout, "timeout", 10*time.Second, "how long to wait for what becomes of it")
	return c
}

func stuckResolve() *cobra.Command {
	var f stuckFlags
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "resolve ORDER",
		Short: "Store a person's answer for an escalated order",
		Long: `resolve stores that a person has dealt with what could not be undone, and waits for the
row that this makes. An order that is not escalated is refused.`,
		Args: exactly(1, "one order"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := errors.Join(f.validate(args), positive(timeout)); err != nil {
				return err
			}
			return f.resolve(c.Context(), args[0], timeout, c.OutOrStdout())
		},
	}
	f.register(c.Flags(), false)
	c.Flags().DurationVar(&timeout, "timeout", 10*time.Second, "how long to wait for the row")
	return c
}

func positive(timeout time.Duration) error {
	if timeout <= 0 {
		return usage(fmt.Errorf("--timeout %v: want more than 0", timeout))
	}
	return nil
}

// list looks for what waits, wherever it is.
func (f *stuckFlags) list(ctx context.Context) (found stuckReport, err error) {
	if f.run != "" {
		return listFolder(f.run, f.name)
	}
	err = f.each(ctx, func(d operator) error {
		began := time.Now()
		look, err := d.List(ctx)
		found.add(d, look, time.Since(began))
		return err
	})
	return found, err
}

// show finds one order.
func (f *stuckFlags) show(ctx context.Context, order string) (found stuckReport, err error) {
	if f.run != "" {
		return showFolder(f.run, f.name, order)
	}
	err = f.with(ctx, order, func(d operator, o stuck.Order, took time.Duration) error {
		found.add(d, stuck.Look{Orders: []stuck.Order{o}}, took)
		return nil
	})
	return found, err
}

// redrive lets an order go on, and waits until it has, or waits for someone again.
func (f *stuckFlags) redrive(ctx context.Context, order string, timeout time.Duration, out io.Writer) error {
	return f.with(ctx, order, func(d operator, o stuck.Order, _ time.Duration) error {
		if len(o.Waits) == 0 {
			return fmt.Errorf("order %s waits for nothing: there is nothing to redrive", order)
		}
		began := time.Now()
		did, err := d.Redrive(ctx, order)
		for _, line := range did {
			fmt.Fprintln(out, oneLine(line))
		}
		if err != nil {
			return err
		}
		if len(did) == 0 {
			return fmt.Errorf("order %s has nothing to redrive: %s", order, whoMustAct(o))
		}
		o, err = d.until(ctx, order, timeout, func(o stuck.Order) bool {
			again := func(w stuck.Wait) bool { return w.Who != stuck.Program && w.Since.After(began) }
			return nothing(o) || slices.ContainsFunc(o.Waits, again)
		})
		if err == nil {
			printAfter(out, o)
		}
		return err
	})
}

// nothing says that an order is not known to wait for anything.
func nothing(o stuck.Order) bool { return len(o.Waits) == 0 && len(o.Remaining()) <= len(o.Unclear) }

// printAfter prints what has become of an order that was redriven.
func printAfter(out io.Writer, o stuck.Order) {
	switch {
	case !nothing(o):
		for _, w := range o.Waits {
			fmt.Fprintf(out, "order %s waits at %s: %s (%s)\n", o.ID, places([]stuck.Wait{w}), oneLine(w.Why), w.Who)
		}
	case len(o.Unclear) > 0:
		fmt.Fprintf(out, "order %s is %s; not known, whether they were made: %s\n", o.ID, ending(o.Ending()), calls(o.Unclear))
	default:
		fmt.Fprintf(out, "order %s waits for nothing any more, and has ended as %s\n", o.ID, o.Ending())
	}
}

// whoMustAct says what an order that can't be redriven waits for.
func whoMustAct(o stuck.Order) string {
	switch o.Worst() {
	case stuck.Person:
		return "it waits for a person; when that is dealt with: sagabench stuck resolve " + o.ID
	case stuck.Operator:
		return "it waits for what is not there any more; see sagabench stuck show " + o.ID
	}
	return "what it waits for is tried again by itself; see sagabench stuck show " + o.ID
}

// redriveLetter publishes a dead letter again, whosever it is.
func (f *stuckFlags) redriveLetter(ctx context.Context, seq uint64, out io.Writer) error {
	return f.one(ctx, func(d operator) error {
		letters, ok := d.Operator.(interface {
			RedriveLetter(context.Context, uint64) ([]string, error)
		})
		if !ok {
			return usage(fmt.Errorf("--letter is for --nats alone: the %s has no dead letters", d.style))
		}
		did, err := letters.RedriveLetter(ctx, seq)
		for _, line := range did {
			fmt.Fprintln(out, oneLine(line))
		}
		return err
	})
}

// resolve stores a person's answer, and waits for its row.
func (f *stuckFlags) resolve(ctx context.Context, order string, timeout time.Duration, out io.Writer) error {
	has := func(calls []food.Action) bool { return slices.Contains(calls, food.Resolve) }
	return f.with(ctx, order, func(d operator, o stuck.Order, _ time.Duration) error {
		if !slices.ContainsFunc(o.Waits, func(w stuck.Wait) bool { return w.Who == stuck.Person }) {
			if o.Ending() == food.Escalated {
				return fmt.Errorf("order %s is resolved already", order)
			}
			return fmt.Errorf("order %s: %w, so there is nothing to resolve", order, food.ErrNotEscalated)
		}
		fmt.Fprintf(out, "order %s, %s: the row \"%s %s\" of service %s will come\n", order, d.style, food.Resolve, food.Done, food.OrderService)
		if err := d.Resolve(ctx, order); err != nil {
			return err
		}
		fmt.Fprintln(out, "the answer is stored")
		o, err := d.until(ctx, order, timeout, func(o stuck.Order) bool { return !has(o.Remaining()) || has(o.Unclear) })
		if err != nil {
			return err
		}
		switch {
		case has(o.Unclear):
			fmt.Fprintln(out, "whether its row is there the stream does not show: other messages before it are not acked")
		case has(o.Remaining()):
			fmt.Fprintf(out, "after %v its row is not there yet: it comes when a worker runs\n", timeout)
		default:
			fmt.Fprintln(out, "its row is there")
		}
		return nil
	})
}

// with calls do with the one order of that id and what finding it took. An id that is
// nowhere gets the nearest one that is.
func (f *stuckFlags) with(ctx context.Context, order string, do func(operator, stuck.Order, time.Duration) error) error {
	var ids []string
	found := false
	err := f.one(ctx, func(d operator) error {
		began := time.Now()
		o, err := d.Show(ctx, order)
		if errors.Is(err, food.ErrUnknownOrder) {
			there, err := d.Orders(ctx)
			ids = append(ids, there...)
			return err
		}
		if err != nil {
			return err
		}
		found = true
		return do(d, o, time.Since(began))
	})
	if err == nil && !found {
		return usage(unknownOrder(order, ids))
	}
	return err
}

func unknownOrder(order string, ids []string) error {
	hint := cmp.Or(nearest.Hint(order, ids), fmt.Sprintf("; there are %d others", len(ids)))
	return fmt.Errorf("order %q: %w%s", order, food.ErrUnknownOrder, hint)
}

// at is where an order waits.
func at(w stuck.Wait) string {
	return strings.Trim(string(w.Service)+"."+string(w.Call), ".")
}

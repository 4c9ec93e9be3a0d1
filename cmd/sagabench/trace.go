package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lanes"
	"github.com/sagabench/sagabench/internal/nearest"
)

// traceFlags say which order, where, and how it is printed.
type traceFlags struct {
	stuckFlags
	form  formFlag
	width int
}

func traceCommand() *cobra.Command {
	f := traceFlags{form: formFlag{words: []string{"text", "mermaid", "svg", "json"}}}
	c := &cobra.Command{
		Use:   "trace ORDER [RUN]",
		Short: "Follow one order, in every style that has it",
		Long: `trace puts side by side what became of one order in every style: calls with their
attempts and waits, the messages or history events, what compensates what, the faults
that hit it, and what should have come and did not. It looks into the raw files of a run
or, without the ledger's rows, at running servers.

  sagabench trace endings-12-1-102 reports/latest
  sagabench trace endings-12-1-102 reports/latest -o svg > order.svg
  sagabench trace o-17 --nats nats://127.0.0.1:4222 --temporal 127.0.0.1:7233

What a step followed from is printed where the engine recorded it, and nowhere else. A
run keeps the engines' own record of some of its orders; of the others trace prints what
ledger, calls and faults show.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return usage(fmt.Errorf("%s takes one order, and a run folder or none, got %d; see %s --help", c.CommandPath(), len(args), c.CommandPath()))
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 2 {
				f.run = args[1]
			}
			if err := f.validate(args); err != nil {
				return err
			}
			t, err := f.trace(c.Context(), args[0])
			if err != nil {
				return err
			}
			return f.print(c.OutOrStdout(), t)
		},
	}
	flags := c.Flags()
	f.register(flags, false)
	flags.Lookup("name").Usage = "name of the streams or workflows on the server (default: the only one), or a cell of the run (default: all)"
	flags.VarP(&f.form, "output", "o", "what is printed: text, mermaid, svg or json")
	flags.IntVar(&f.width, "width", lanes.Wide, fmt.Sprintf("of -o svg, in px; %d is a phone's", lanes.Narrow))
	return c
}

// validate returns all that is wrong with what was typed.
func (f *traceFlags) validate(args []string) error {
	bad := []error{f.validateForm()}
	switch {
	case len(args) == 2:
		for _, p := range products {
			if f.set.Changed(p.name) {
				bad = append(bad, fmt.Errorf("--%s and run folder %s: an order is looked for on servers or in a run folder", p.name, args[1]))
			}
		}
	case len(f.servers.endpoints()) == 0:
		bad = append(bad, fmt.Errorf("no run folder and no server is named: want a folder such as reports/latest, or --nats %s, --temporal %s or both",
			natsServer.example, temporalServer.example))
	default:
		bad = append(bad, f.servers.validate(styleNames()))
	}
	return usage(errors.Join(append(bad, f.validateNames(args[:1])...)...))
}

func (f *traceFlags) validateForm() error {
	switch {
	case f.form.wrong != nil:
		return f.form.wrong
	case f.set.Changed("width") && !f.form.is("svg"):
		return fmt.Errorf("--width %d is for -o svg alone", f.width)
	case f.width < lanes.Narrow || f.width > 10_000:
		return fmt.Errorf("--width %d: want %d to 10000", f.width, lanes.Narrow)
	}
	return nil
}

func (f *traceFlags) print(out io.Writer, t lanes.Trace) error {
	switch f.form.String() {
	case "mermaid":
		return t.Mermaid(out)
	case "svg":
		_, err := out.Write(t.SVG(f.width, true))
		return err
	case "json":
		return printJSON(out, t)
	}
	return t.Text(out)
}

// trace finds the order.
func (f *traceFlags) trace(ctx context.Context, order string) (lanes.Trace, error) {
	if f.run == "" {
		return f.traceLive(ctx, order)
	}
	all, err := evidenceOf(f.run, f.name, order)
	if err != nil {
		return lanes.Trace{}, nearestFolder(f.run, err)
	}
	return lanes.New(order, all), nil
}

// traceLive asks the servers. An order that is nowhere gets the nearest that is.
func (f *traceFlags) traceLive(ctx context.Context, order string) (lanes.Trace, error) {
	var all []lanes.Evidence
	var ids []string
	err := f.one(ctx, func(d operator) error {
		o, err := d.Show(ctx, order)
		if errors.Is(err, food.ErrUnknownOrder) {
			there, err := d.Orders(ctx)
			ids = append(ids, there...)
			return err
		}
		if err != nil {
			return err
		}
		told, err := d.Story(ctx, order)
		if err != nil {
			return err
		}
		all = append(all, lanes.Evidence{Style: d.style, Place: d.name, Stuck: o, Story: &told})
		return nil
	})
	if err == nil && len(all) == 0 {
		err = usage(unknownOrder(order, ids))
	}
	return lanes.New(order, all), err
}

// nearestFolder adds to an error about a folder the run beside it that was probably
// meant.
func nearestFolder(dir string, err error) error {
	if _, there := os.Stat(dir); there == nil {
		return err
	}
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Clean(dir)), "*", "run.json"))
	var runs []string
	for _, file := range beside {
		runs = append(runs, filepath.Dir(file))
	}
	return fmt.Errorf("%w%s", err, nearest.Hint(filepath.Clean(dir), runs))
}

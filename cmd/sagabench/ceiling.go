package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/ceiling"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/durability"
)

// ceilingFlags are the words of `sagabench ceiling`.
type ceilingFlags struct {
	styles     []string
	durability durabilityFlag
	repeats    int
	duration   time.Duration
	seed       uint64
	untuned    bool
	format     outputFormat
}

func ceilingCommand() *cobra.Command {
	f := ceilingFlags{durability: durabilityFlag{Level: durability.Process}}
	c := &cobra.Command{
		Use:   "ceiling",
		Short: "Measure what the engines allow, and which share of it each style reaches",
		Long: `ceiling saturates each engine twice in turns, on one server: with its style, and with
the same traffic and nothing behind it.

  choreography   the same publishes, deliveries and acks as a completed order, through
                 the same consumers; no service, no ledger, no event is read
  orchestration  a workflow with the same number of calls in the same shape on the same
                 queues; each call does nothing

Orders are placed by the same process in the same way, as many are under way at a
time, and a worker process hears and calls. The share is the ratio of two measurements
that followed each other.

  sagabench ceiling
  sagabench ceiling --style choreography --repeats 6
  sagabench ceiling --style orchestration --untuned

--untuned adds what tuning the Temporal server bought: the unloaded latency on our
settings and on those of the official development server.

Bounds hold at durability process; exit code 10 says that one was missed.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.validate(); err != nil {
				return usage(err)
			}
			return f.measure(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringSliceVar(&f.styles, "style", record.Styles[:2], "measure only this style; repeatable")
	flags.Var(&f.durability, "durability", "what an accepted order survives: memory (nothing), process (kill -9) or power (power loss)")
	flags.IntVar(&f.repeats, "repeats", 3, "how often each side is measured; six or more give an interval")
	flags.DurationVar(&f.duration, "duration", 5*time.Second, "how long each measurement takes, without its rise and its end")
	flags.Uint64Var(&f.seed, "seed", 1, "fixes what is ordered")
	flags.BoolVar(&f.untuned, "untuned", false, "also measure orchestration on Temporal's development settings")
	flags.VarP(&f.format, "output", "o", "text or json")
	return c
}

func (f *ceilingFlags) validate() error {
	var bad []error
	for i, s := range f.styles {
		switch {
		case s == record.Baseline:
			bad = append(bad, errors.New("--style baseline has no engine, so it has no ceiling"))
		case !slices.Contains(record.Styles, s):
			bad = append(bad, unknownStyle(s))
		case slices.Contains(f.styles[:i], s):
			bad = append(bad, fmt.Errorf("--style %s is there twice", s))
		}
	}
	if f.repeats < 1 || f.repeats > 100 {
		bad = append(bad, fmt.Errorf("--repeats %d: want 1 to 100", f.repeats))
	}
	if f.duration < 100*time.Millisecond || f.duration > 10*time.Minute {
		bad = append(bad, fmt.Errorf("--duration %v: want 100ms to 10m", f.duration))
	}
	if f.untuned && !slices.Contains(f.styles, record.Orchestration) {
		bad = append(bad, errors.New("--untuned is about --style orchestration: NATS runs on its defaults anyway"))
	}
	return errors.Join(append(bad, f.durability.wrong, f.format.wrong)...)
}

// measure runs everything in a folder that goes afterwards. It is beside the
// reports and not in a temporary folder, which may be in memory.
func (f *ceilingFlags) measure(ctx context.Context, out, errs io.Writer) (err error) {
	if err := os.MkdirAll("reports", 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("reports", "ceiling-*.data")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	fmt.Fprintf(errs, "seed %d, durability %s; this takes about %v\n", f.seed, f.durability.Level, f.predicted())
	result := ceiling.Result{Durability: f.durability.String(), Repeats: f.repeats}
	for _, style := range f.styles {
		share, err := f.share(ctx, style, dir, errs)
		if err != nil {
			return ceilingFailed(ctx, fmt.Errorf("%s: %w", style, err))
		}
		result.Styles = append(result.Styles, share)
	}
	if f.untuned {
		if result.Untuned, err = f.compareUntuned(ctx, dir, errs); err != nil {
			return ceilingFailed(ctx, fmt.Errorf("%s: %w", record.Orchestration, err))
		}
	}
	if err := f.print(out, result); err != nil {
		return err
	}
	if result.Missed() {
		return exit{exitMissed, errors.New("a bound was missed; on a machine that is not idle, shares are too low")}
	}
	return nil
}

func (f *ceilingFlags) print(out io.Writer, result ceiling.Result) error {
	if f.format.json {
		return printJSON(out, result)
	}
	return result.Print(out)
}

func ceilingFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return exit{exitInterrupted, errors.New("interrupted: a ceiling needs all of its measurements")}
	}
	return err
}

// predicted is how long the run takes, to ten seconds.
func (f *ceilingFlags) predicted() time.Duration {
	const start, end = 3 * time.Second, 2 * time.Second
	var sum time.Duration
	for _, s := range f.styles {
		turn := grip[s].ramp + f.duration + end
		sum += start + 2*(2*grip[s].ramp+end) + time.Duration(2*f.repeats)*turn
	}
	if f.untuned {
		sum += time.Duration(f.repeats) * 20 * time.Second
	}
	return sum.Round(10 * time.Second)
}

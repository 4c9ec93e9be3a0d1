package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sagabench/sagabench/internal/nearest"
)

// Exit codes. Thresholds lead to 10, and to 12 where they can't be judged; a
// verdict to 11 and 12.
const (
	exitOK           = 0
	exitError        = 1
	exitUsage        = 2
	exitMissed       = 10
	exitBroken       = 11
	exitInconclusive = 12
	exitInterrupted  = 130
)

// An exit is an error that knows its exit code. Anything else is 1.
type exit struct {
	code int
	err  error // nil: everything has been said
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// usage marks an error as the user's to mend: nothing has been started.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return exit{exitUsage, err}
}

// run is the whole program: it takes all it needs, so that a test can be the
// terminal. Data goes to out, everything else to errs.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(errs, "sagabench: %s\n", strings.TrimSpace(line))
	}
	var e exit
	if errors.As(err, &e) {
		return e.code
	}
	return exitError
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sagabench",
		Short: "One food order, coordinated twice: choreography or orchestration?",
		Long: `sagabench places the same food orders, with the same failures, through a NATS
JetStream choreography and a Temporal orchestrated saga. It measures both, checks
that every cent and every compensation is right, and draws the difference.

Start here:
  sagabench order --style choreography       one order and its story
  sagabench order --style orchestration      the same order, conducted
  sagabench bench --plan quick               the experiment and its report

Every flag can also be set in the environment: --plan is SAGABENCH_PLAN. What is
typed wins over SAGABENCH_…, and that over NATS_URL, TEMPORAL_ADDRESS and
TEMPORAL_NAMESPACE, which are the defaults of --nats, --temporal and --namespace.

Exit codes: 0 ok · 1 error · 2 usage · 10 a threshold or bound is missed ·
11 an invariant is broken · 12 inconclusive · 130 interrupted.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              unknownVerb,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return usage(fromEnvironment(c.Flags())) },
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(flagError(c, err)) })
	root.AddCommand(
		benchCommand(), planCommand(), orderCommand(), reportCommand(),
		compareCommand(), checkCommand(),
		devserverCommand(), doctorCommand(), versionCommand(),
		selftestCommand(), workerCommand(), natsServerCommand(),
	)
	return root
}

// unknownVerb refuses what is not a verb, with the nearest one that is.
func unknownVerb(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return usage(fmt.Errorf("unknown command %q%s; see sagabench --help", args[0], nearest.Hint(args[0], names)))
}

// noArgs refuses arguments of a verb that has none.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no argument, got %q; see %s --help", c.CommandPath(), args[0], c.CommandPath()))
	}
	return nil
}

// flagError adds the nearest flag to an unknown one.
func flagError(c *cobra.Command, err error) error {
	const unknown = "unknown flag: --"
	name, ok := strings.CutPrefix(err.Error(), unknown)
	if !ok {
		return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := nearest.Hint(name, names)
	return fmt.Errorf("%w%s; see %s --help", err, strings.Replace(hint, `"`, `"--`, 1), c.CommandPath())
}

// fromEnvironment sets each flag that was not given from SAGABENCH_<FLAG>, or
// else from the variable that other programs know it by; the latter changes its
// default only. All bad values are reported at once.
func fromEnvironment(flags *pflag.FlagSet) error {
	var bad []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			return
		}
		name := "SAGABENCH_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value, set := os.LookupEnv(name); set {
			if err := flags.Set(f.Name, value); err != nil {
				bad = append(bad, fmt.Errorf("%s=%s: %w", name, value, err))
			}
			return
		}
		for _, name := range f.Annotations[nativeVariable] {
			if value := os.Getenv(name); value != "" {
				bad = append(bad, f.Value.Set(value))
			}
		}
	})
	return errors.Join(bad...)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// execute is the whole program: it takes all it needs, so that a test can be the
// terminal. Data goes to out, everything else to errs.
func execute(ctx context.Context, args []string, out, errs io.Writer) int {
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
  sagabench order --style choreography       one order and its timeline
  sagabench order --style orchestration      the same order, orchestrated
  sagabench bench --plan quick               the experiment and its report
  sagabench learn init ~/learn-sagas         exercises that check themselves

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
		compareCommand(), checkCommand(), flowCommand(),
		devserverCommand(), doctorCommand(), versionCommand(),
		stuckCommand(), traceCommand(), learnCommand(), selftestCommand(), variantsCommand(), workerCommand(), natsServerCommand(),
	)
	return root
}

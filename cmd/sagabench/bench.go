package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/bench/variants"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/durability"
)

// benchFlags are the flags of `sagabench bench`.
type benchFlags struct {
	plan       string
	styles     []string
	rate       string
	duration   time.Duration
	faults     []string
	world      string
	durability durabilityFlag
	seed       uint64
	out        string
	format     outputFormat
	keep       bool
	servers    serverFlags
}

func benchCommand() *cobra.Command {
	f := benchFlags{durability: durabilityFlag{Level: durability.Process}}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Run the experiment and write its report",
		Long: `bench places the same orders, with the same faults, through each style, and writes
a run folder with the raw measurements and a report.

Name a plan or a plan file (see sagabench plan --help), or describe one load
yourself with --rate, --duration and --fault:

  sagabench bench --plan quick
  sagabench bench --plan mine.yaml
  sagabench bench --rate 20/s --duration 10s --fault restaurant.confirm:refuse@20%
  sagabench bench --style choreography --rate 500/s --duration 5s \
      --fault 'restaurant:outage@1s+3s' --fault loyalty.award:lose-reply@10%

Faults: SERVICE.CALL:refuse@P%  fail(n)@P%  panic(n)@P%  slow(d)@P%  slow(d,n)@P%
        lose-reply@P%  lose-reply(n)@P%  and SERVICE:outage@START+LENGTH
        worker:kill@TIME  worker:pause@START+LENGTH  and the same for server
        order:resubmit@P%  order:cancel@P%+DELAY

With --nats or --temporal it uses external servers instead of starting them. Their
durability is then as declared, not verified, and their CPU time is not measured;
the report marks both. The streams of the run are deleted at its end, unless --keep
is given.

With --otlp-endpoint each order of a style with an engine has a trace in
OpenTelemetry. That costs CPU time, on both sides: docs/speed.md says how much.

Ctrl-C stops the load, drains and writes a report marked interrupted; a second
Ctrl-C aborts.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := f.toPlan(c)
			if err != nil {
				return usage(err)
			}
			return runBench(c.Context(), p, f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.plan, "plan", "", "a named plan ("+strings.Join(plan.Names, ", ")+") or FILE.yaml (default quick, unless a load is described)")
	flags.StringSliceVar(&f.styles, "style", nil, "run only this style; repeatable (default choreography and orchestration)")
	flags.StringVar(&f.rate, "rate", "20/s", "orders offered per second")
	flags.DurationVar(&f.duration, "duration", 10*time.Second, "how long orders are offered")
	flags.StringArrayVar(&f.faults, "fault", nil, "a fault, as above; repeatable")
	flags.StringVar(&f.world, "world", "", "a ledger that is weak on purpose, to see the judge find it: "+strings.Join(record.Worlds, " or "))
	flags.Var(&f.durability, "durability", "what an accepted order survives: memory (nothing), process (kill -9) or power (power loss); a plan may set another")
	flags.Uint64Var(&f.seed, "seed", 1, "fixes the orders, their arrivals and which of them the faults hit; a plan may set another")
	flags.StringVar(&f.out, "out", "", "the run folder; must not hold anything (default reports/<time>-<plan>)")
	flags.VarP(&f.format, "output", "o", "what is printed at the end: text or json")
	flags.BoolVar(&f.keep, "keep", false, "keep the servers' data and the ledgers, and the streams on an external server")
	f.servers.register(flags)
	f.servers.registerCollector(flags)
	return c
}

// toPlan makes a plan of the flags. It reports all that is wrong at once, and
// nothing has been started yet.
func (f *benchFlags) toPlan(c *cobra.Command) (plan.Plan, error) {
	var bad []error
	load := slices.ContainsFunc([]string{"rate", "duration", "fault", "world"}, c.Flags().Changed)
	var p plan.Plan
	switch {
	case f.plan != "" && load:
		bad = append(bad, errors.New("--plan defines what is offered; leave out --rate, --duration, --fault and --world, or leave out --plan"))
	case load:
		rate, err := parseRate(f.rate)
		if err != nil {
			bad = append(bad, err)
		}
		if _, err := fault.ParseAll(f.faults); err != nil {
			bad = append(bad, err)
		}
		p = custom(rate, f.duration, f.faults, f.world)
	default:
		if f.plan == "" {
			f.plan = "quick"
		}
		var err error
		if p, _, err = plan.Find(f.plan, styleNames()); err != nil {
			bad = append(bad, err)
		}
	}
	for _, s := range f.styles {
		if !slices.Contains(styleNames(), s) {
			bad = append(bad, unknownStyle(s))
		}
	}
	if f.styles != nil {
		p.Styles = f.styles
	}
	if load || c.Flags().Changed("durability") {
		p.Durability = f.durability.Level
	}
	if load || c.Flags().Changed("seed") {
		p.Seed = f.seed
	}
	bad = append(bad, f.durability.wrong, f.format.wrong, f.servers.validate(p.Styles))
	if err := errors.Join(bad...); err != nil {
		return p, err
	}
	return p, errors.Join(p.Validate(), f.servers.killable(p))
}

// parseRate reads "20/s", or "20" for short.
func parseRate(s string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "/s"), 64)
	if err != nil || !(n > 0) {
		return 0, fmt.Errorf("--rate %s: want a number of orders per second above 0, such as 20/s", s)
	}
	return n, nil
}

// custom is a plan of one scenario.
func custom(rate float64, during time.Duration, faults []string, world string) plan.Plan {
	return plan.Plan{
		Name: "custom", Styles: []string{record.Choreography, record.Orchestration}, Repeats: 1,
		Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{{
			Name: "custom", Kind: record.KindCustom, Rate: rate, During: during, Warmup: time.Second, Random: true, Faults: faults, World: world,
		}},
	}
}

// runBench runs the plan, draws the report and turns the verdict into an exit
// code.
func runBench(ctx context.Context, p plan.Plan, f benchFlags, out, errs io.Writer) error {
	debug.SetGCPercent(command.GCPercent) // as servers and workers have it
	started := time.Now().UTC()
	dir := f.out
	if dir == "" {
		dir = freePath(filepath.Join("reports", started.Format("20060102T150405Z")+"-"+p.Name))
	}
	quiet := context.AfterFunc(ctx, func() {
		fmt.Fprintln(errs, "\ninterrupted: the load stops, orders in flight settle, then the report is written. Ctrl-C again aborts.")
	})
	defer quiet()

	external := f.servers.endpoints()
	versions, err := external.versions(ctx)
	if err != nil {
		return err
	}
	if err := f.servers.checkCollector(ctx); err != nil {
		return err
	}
	if err := external.prepare(ctx, p.Styles, errs); err != nil {
		return err
	}
	id := runID()
	show := newProgress(errs, p, dir)
	reported := map[string]map[string]string{} // by style, of the servers with the run's own settings
	styles := traced(benchStyles(external, io.Discard), f.servers.collector)
	reports(styles, func(style string, b bench.Block, settings map[string]string) {
		if b.Durability == p.Durability && !b.Untuned {
			reported[style] = settings
		}
	})
	run, err := bench.Run(ctx, p, bench.Options{
		ID: id, Dir: dir, Data: dir + ".data",
		Styles: styles, External: external.shown(),
		Command: f.command(p), Versions: versions, Judge: variants.Record(), Progress: show.update,
		Parity: func() []record.Parity {
			return append(parity(p, external.shown(), reported), tracingRows(p, f.servers.collector)...)
		},
	})
	show.close()
	died, isDead := errors.AsType[*bench.DiedError](err)
	if err != nil && !isDead {
		external.cleanup(ctx, id, f.keep, errs)
		return runFailed(err, dir)
	}
	results, err := report.Draw(dir, drawnBy(dir))
	if err != nil {
		return err
	}
	keep := f.keep || len(results.Violations) > 0 || isDead
	external.cleanup(ctx, id, keep, errs)
	if keep {
		fmt.Fprintf(errs, "the servers' data and the ledgers are kept in %s.data\n", dir)
	} else if err := os.RemoveAll(dir + ".data"); err != nil {
		return err
	}
	if f.out == "" {
		if err := linkLatest(dir); err != nil {
			fmt.Fprintf(errs, "reports/latest was not updated: %v\n", err)
		}
	}
	if err := printResults(out, f.format, dir, results); err != nil {
		return err
	}
	if isDead {
		return exit{exitInconclusive, died}
	}
	found, err := benchThresholds(run, results, f.format, out, errs)
	if err != nil {
		return err
	}
	if run.Interrupted {
		return exit{code: exitInterrupted, err: errors.New("interrupted; the report is marked so")}
	}
	return thresholdExit(results, found)
}

// benchThresholds holds the run against the thresholds of its plan. Beside JSON
// on standard output they go to standard error.
func benchThresholds(run record.Run, r measure.Results, format outputFormat, out, errs io.Writer) ([]threshold.Finding, error) {
	all, err := threshold.ParseAll(run.Thresholds, styleNames())
	if err != nil || len(all) == 0 {
		return nil, err
	}
	found := threshold.Judge(r, all)
	if format.json {
		out = errs
	}
	return found, printThresholds(out, found)
}

// runID is different from every other run's, also where several users share a
// server. It holds no "-", so that no run's id is the beginning of another's.
func runID() string { return "r" + strings.ToLower(rand.Text()[:8]) }

// freePath is the first of path, path-2, path-3 … that nothing is at: two runs may
// begin in the same second.
func freePath(path string) string {
	free := path
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d", path, n)
	}
}

// runFailed reports what is left of a run that could not go on.
func runFailed(err error, dir string) error {
	if errors.Is(err, record.ErrTaken) {
		return usage(err) // what is there is not ours
	}
	err = errors.Join(err, os.RemoveAll(dir+".data"))
	if errors.Is(err, context.Canceled) {
		return exit{exitInterrupted, errors.New("interrupted before anything was measured")}
	}
	if _, statErr := os.Stat(filepath.Join(dir, record.RunFile)); statErr == nil {
		err = fmt.Errorf("%w\nwhat was measured before is in %s; see it with: sagabench report %s", err, dir, dir)
	}
	return err
}

// command is the line that repeats the run.
func (f *benchFlags) command(p plan.Plan) string {
	words := []string{"sagabench", "bench"}
	if f.plan == "" {
		s := p.Scenarios[0]
		words = append(words, fmt.Sprintf("--rate %g/s --duration %v", s.Rate, s.During))
		for _, fault := range s.Faults {
			words = append(words, "--fault '"+fault+"'")
		}
		if s.World != "" {
			words = append(words, "--world "+s.World)
		}
	} else {
		words = append(words, "--plan "+shellWord(f.plan))
	}
	for _, s := range f.styles {
		words = append(words, "--style "+s)
	}
	words = append(words, f.servers.words()...)
	return strings.Join(append(words, "--durability "+p.Durability.String(), "--seed "+strconv.FormatUint(p.Seed, 10)), " ")
}

// linkLatest points reports/latest at the run folder.
func linkLatest(dir string) error {
	link := filepath.Join(filepath.Dir(dir), "latest")
	fresh := link + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(filepath.Base(dir), fresh); err != nil {
		return err
	}
	return os.Rename(fresh, link)
}

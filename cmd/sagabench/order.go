package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/tracing"
	"github.com/sagabench/sagabench/internal/twins"
)

// orderFlags are the flags of `sagabench order`.
type orderFlags struct {
	style, id string
	format    outputFormat
	servers   serverFlags
	faults    []string
	rules     []fault.Rule // the same, once they are valid
	seed      uint64
	timeout   time.Duration
}

func orderCommand() *cobra.Command {
	var f orderFlags
	c := &cobra.Command{
		Use:   "order",
		Short: "Place one order and print its timeline as it happens",
		Long: `order places one food order in one style and prints each call as it happens, until
the order has settled. It starts the server that the style needs, or uses an
external one; there the order's streams, or its workflow, stay to be looked at.

  sagabench order --style choreography
  sagabench order --style orchestration --fault restaurant.confirm:refuse@100%
  sagabench order --style orchestration --fault order:cancel@100%+5ms
  sagabench order --style choreography --nats nats://127.0.0.1:4222
  sagabench order --style choreography --otlp-endpoint http://127.0.0.1:4318`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.validate(); err != nil {
				return usage(err)
			}
			return f.place(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.style, "style", "", strings.Join(styleNames(), ", ")+" (required)")
	flags.StringVar(&f.id, "id", "", "the order's id (default: a new one)")
	flags.StringArrayVar(&f.faults, "fault", nil, "a fault, as in sagabench bench --help; repeatable")
	flags.Uint64Var(&f.seed, "seed", 1, "fixes what is ordered and which orders the faults hit")
	f.servers.register(flags)
	f.servers.registerCollector(flags)
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long to wait for the order to settle")
	flags.VarP(&f.format, "output", "o", "text, or json: the ledger's rows, one a line")
	return c
}

func (f *orderFlags) validate() error {
	var bad []error
	switch {
	case f.style == "":
		bad = append(bad, fmt.Errorf("--style is missing; the styles are %s", strings.Join(styleNames(), ", ")))
	case !slices.Contains(styleNames(), f.style):
		bad = append(bad, unknownStyle(f.style))
	}
	if f.id != "" && !food.ValidID(f.id) {
		bad = append(bad, fmt.Errorf("--id %q: want 1 to 64 letters, digits, '_' or '-'", f.id))
	}
	bad = append(bad, f.servers.validate([]string{f.style}))
	if f.timeout <= 0 {
		bad = append(bad, fmt.Errorf("--timeout %v: want more than 0", f.timeout))
	}
	bad = append(bad, f.format.wrong)
	rules, err := fault.ParseAll(f.faults)
	if err == nil {
		err = fault.Validate(rules, food.DefaultPolicy)
	}
	for _, death := range fault.Deaths(rules) {
		bad = append(bad, fmt.Errorf("--fault %v: order kills and pauses no process; sagabench bench does", death))
	}
	f.rules = rules
	return errors.Join(append(bad, err)...)
}

// place places the order as a bench would: over a server, a worker and a ledger of
// its own, on disk.
func (f *orderFlags) place(ctx context.Context, out, errs io.Writer) (err error) {
	external := f.servers.endpoints()
	if _, err := external.versions(ctx); err != nil {
		return err
	}
	if err := f.servers.checkCollector(ctx); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sagabench-order-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if f.style != record.Baseline && len(external) == 0 {
		fmt.Fprintf(errs, "starting a server for the %s …\n", f.style)
	}
	opening, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	server, err := traced(benchStyles(external, io.Discard), f.servers.collector)[f.style].Start(opening, bench.Block{Dir: dir, Setup: plan.Setup{Durability: durability.Process}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	order := load.Mix{Scenario: "order", Rate: 1, Seed: f.seed}.Order(0)
	if order.ID = f.id; order.ID == "" {
		order.ID = "o-" + strings.ToLower(rand.Text()[:8])
	}
	shown := newTimeline(out, f.format.json, order)
	_, shown.cancels = fault.NewPlan(f.seed, f.rules).Cancelled(order.ID)
	ledger := filepath.Join(dir, "ledger")
	if err := os.MkdirAll(ledger, 0o700); err != nil {
		return err
	}
	cell := "order-" + runID() // each order has streams and queues of its own
	if f.servers.collector != "" {
		fmt.Fprintf(errs, "its trace is %v at %s\n", tracing.TraceID(twins.TrafficName(cell), order.ID), f.servers.collector)
	}
	system, err := server.Open(opening, bench.Env{Rows: shown.receive, Failed: shown.failed, Config: world.Config{
		Cell: cell, Dir: ledger, Durability: durability.Process, Policy: food.DefaultPolicy, Seed: f.seed, Faults: f.faults,
	}})
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err = errors.Join(err, system.Close(closing))
	}()
	return f.follow(ctx, system, shown, f.survives(len(external) > 0))
}

// survives is what an accepted order survives: its durability.
func (f *orderFlags) survives(external bool) string {
	switch {
	case f.style == record.Baseline:
		return "in memory: it dies with this process"
	case external:
		return "by the external server; its durability is not known here"
	}
	return "on disk: no kill -9 of any process loses it"
}

// follow submits the order and prints what happens to it until it has settled.
func (f *orderFlags) follow(ctx context.Context, system bench.System, shown *timeline, survives string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("order %s had not settled after %v", shown.order.ID, f.timeout))
	defer cancel()
	if err := system.Begin(time.Now()); err != nil {
		return err
	}
	shown.placed(f.style, f.seed)
	if err := system.Submit(ctx, shown.order); err != nil {
		return err
	}
	shown.accepted(survives)
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return f.wish(ctx, system, shown) })
	both.Go(func() error {
		select {
		case <-shown.settled:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	if err := both.Wait(); err != nil {
		return err
	}
	shown.end()
	return nil
}

// wish does what the faults draw for the order's customer, who may submit it again, or
// cancel it.
func (f *orderFlags) wish(ctx context.Context, system bench.System, shown *timeline) error {
	drawn := fault.NewPlan(f.seed, f.rules)
	if len(drawn.Resubmitted(shown.order.ID)) > 0 {
		shown.wishes("submitted again")
		if err := system.Submit(ctx, shown.order); err != nil {
			return err
		}
	}
	if by, cancels := drawn.Cancelled(shown.order.ID); cancels {
		select {
		case <-time.After(by.Delay):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		shown.wishes("cancelled")
		return system.Cancel(ctx, shown.order)
	}
	return nil
}

// A timeline prints what happens to one order, while it happens.
type timeline struct {
	out   io.Writer
	json  bool
	order food.Order
	start time.Time

	mu      sync.Mutex
	rows    []food.Row
	tally   food.Tally
	cancels bool          // the customer will, and there is an answer to wait for
	settled chan struct{} // closed when nothing more is to be expected
	over    bool          // that it is closed
}

func newTimeline(out io.Writer, asJSON bool, o food.Order) *timeline {
	return &timeline{out: out, json: asJSON, order: o, start: time.Now(), settled: make(chan struct{})}
}

func (s *timeline) placed(style string, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start = time.Now()
	var items []string
	for _, it := range s.order.Items {
		items = append(items, fmt.Sprintf("%d × %s", it.Quantity, it.Dish))
	}
	s.print("%s orders %s at %s for %v", s.order.Customer, strings.Join(items, ", "), s.order.Restaurant, s.order.Total())
	s.print("order %s, %s, seed %d", s.order.ID, style, seed)
	s.line(s.start, "", "placed", "", "")
}

func (s *timeline) accepted(survives string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(time.Now(), "", "accepted", "", survives)
}

// wishes prints what the customer does besides.
func (s *timeline) wishes(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(time.Now(), "", what, "", "by the customer")
}

// receive prints the ledger's rows as they are committed.
func (s *timeline) receive(c ledger.Commit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range c.Rows {
		s.rows = append(s.rows, r)
		if s.json {
			json.NewEncoder(s.out).Encode(r)
		}
		s.line(c.At, string(r.Service), string(r.Action), string(r.Outcome), remark(r))
		s.tally.Add(r)
		if s.tally.Ended() && (!s.cancels || s.tally.Has(food.Cancel)) && !s.over {
			s.over = true
			close(s.settled)
		}
	}
}

// remark adds to a row what its outcome does not show.
func remark(r food.Row) string {
	switch {
	case r.Action == food.Cancel && r.Outcome == food.Blocked:
		return "too late: a partner has been assigned"
	case r.Reason == food.Undone:
		return "overtaken: it will not happen any more"
	case r.Reason == food.GaveUp:
		return "no answer after the last attempt: given up"
	case r.Reason == food.NothingToUndo:
		return "there was nothing to undo"
	case r.Action == food.Charge && r.Outcome == food.Done, r.Action == food.Refund:
		return r.Amount.String()
	case r.Action == food.Award && r.Outcome == food.Done, r.Action == food.Revoke:
		return fmt.Sprintf("%d points", r.Amount)
	}
	return r.Reason
}

// failed prints an attempt that got no answer. What it recorded, if anything, is in
// the rows.
func (s *timeline) failed(c food.Call, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(time.Now(), string(c.Service), string(c.Action), "error", fmt.Sprintf("attempt %d: %v", c.Attempt, err))
}

func (s *timeline) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	ending, _ := s.tally.Ending()
	s.line(time.Now(), "", "settled", string(ending), s.balance())
}

// balance is where the money is.
func (s *timeline) balance() string {
	var charged, refunded food.Cents
	for _, r := range s.rows {
		switch {
		case r.Action == food.Charge && r.Outcome == food.Done:
			charged = r.Amount
		case r.Action == food.Refund:
			refunded = r.Amount
		}
	}
	switch {
	case charged == 0:
		return "nothing was charged"
	case refunded == 0:
		return fmt.Sprintf("%v charged", charged)
	}
	return fmt.Sprintf("%v charged, %v refunded, %d rows in the ledger", charged, refunded, len(s.rows))
}

func (s *timeline) print(format string, args ...any) {
	if !s.json {
		fmt.Fprintf(s.out, format+"\n", args...)
	}
}

func (s *timeline) line(at time.Time, service, what, outcome, remark string) {
	text := fmt.Sprintf("%9.1f ms  %-13s %-22s %-18s %s", float64(at.Sub(s.start))/1e6, service, what, outcome, remark)
	s.print("%s", strings.TrimRight(text, " "))
}

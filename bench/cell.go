package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/internal/durability"
)

const (
	// drainLimit is how long orders may take to settle after the load. What is
	// not settled then never will be: it is longer than fault.MaxHold.
	drainLimit = 60 * time.Second

	// submitLimit bounds one submission. After it nobody knows whether the order
	// was accepted.
	submitLimit = 30 * time.Second

	// idlePeriod is how long the processes are watched doing nothing.
	idlePeriod = 500 * time.Millisecond

	// setupLimit bounds everything that is not load: starting, counting, closing.
	setupLimit = 60 * time.Second
)

// A cell is one scenario in one style in one repeat, while it runs.
type cell struct {
	plan       plan.Plan
	scenario   plan.Scenario
	durability durability.Level
	dir        string // of its ledger
	shared     string // the server's data folder
	watch      *watch
	rec        record.Cell
	start      time.Time
	sampler    *sampler
	used       map[string]float64 // processor time by role, until the window began
}

func newCell(p plan.Plan, b plan.Block, s plan.Scenario, dir, shared string) *cell {
	c := &cell{plan: p, scenario: s, durability: b.Durability, dir: dir, shared: shared, watch: newWatch()}
	c.rec = record.Cell{
		ID: b.CellID(s), Style: b.Style, Scenario: s.Name, Repeat: b.Repeat, Kind: s.Kind,
		Faults: append([]string{}, s.Faults...), Offered: s.Rate, Window: s.During.Seconds(),
		InFlight: s.InFlight, Warnings: []string{}, Outages: []record.Outage{},
	}
	c.rec.Share = s.Share
	if b.Durability != p.Durability {
		c.rec.Durability = string(b.Durability)
	}
	if b.Untuned {
		c.rec.Server = record.UntunedServer
	}
	if s.Concurrency != p.Policy.Concurrency {
		c.rec.Concurrency = s.Concurrency
	}
	if s.ServiceTime != "none" {
		c.rec.ServiceTime = s.ServiceTime
	}
	if s.Activities != record.RemoteActivities {
		c.rec.Activities = s.Activities
	}
	return c
}

// run is the procedure: open, warm up, offer, drain, count, close. When ctx ends
// the load stops early; what was accepted still drains.
func (c *cell) run(ctx context.Context, server Server, prefix string) (record.Data, error) {
	hard := context.WithoutCancel(ctx)
	fail := func(err error) (record.Data, error) {
		return record.Data{}, fmt.Errorf("cell %s: %w", c.rec.ID, err)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fail(err)
	}
	before, err := folderBytes(c.dir, c.shared)
	if err != nil {
		return fail(err)
	}
	env := Env{Rows: c.watch.hear, LocalActivities: c.scenario.Activities == record.LocalActivities, Config: world.Config{
		Cell: prefix + c.rec.ID, Dir: c.dir, Durability: c.durability, Policy: c.plan.PolicyOf(c.scenario), Seed: c.plan.Seed,
		Faults: c.scenario.Faults, ServiceTime: c.scenario.ServiceTime, Fired: filepath.Join(c.dir, record.FaultsFile),
	}}
	opening, cancel := context.WithTimeout(ctx, setupLimit)
	system, err := server.Open(opening, env)
	cancel()
	if err != nil {
		return fail(err)
	}
	c.start = time.Now()
	c.rec.Started = c.start
	processes := append(server.Processes(), system.Processes()...)
	c.sampler = newSampler(c.rec.ID, c.start, c.watch.backlog, func() []Process { return processes })
	sampling, stopSampling := context.WithCancel(hard)
	sampled := make(chan struct{})
	go func() { defer close(sampled); c.sampler.run(sampling) }()

	err = c.measure(ctx, system, processes)

	var counted error
	closing, cancel := context.WithTimeout(hard, setupLimit)
	defer cancel()
	if err == nil {
		c.rec.Counters, counted = system.Counters(closing)
	}
	stopSampling()
	<-sampled
	// The worker's last rows arrive while it closes, so nothing is read before.
	if err := errors.Join(err, counted, system.Close(closing)); err != nil {
		return fail(err)
	}
	after, err := folderBytes(c.dir, c.shared)
	if err != nil {
		return fail(err)
	}
	c.rec.Disk, c.rec.RSS = max(after-before, 0), c.sampler.peak
	if c.durability == durability.Memory {
		c.rec.Disk = 0
	}
	c.rec.Gaps = c.watch.gaps
	data := record.Data{Cell: c.rec, Samples: c.sampler.samples}
	data.Orders, data.Effects = c.watch.results(c.rec, c.start)
	if data.Faults, err = fault.ReadJournal(env.Fired); err != nil {
		return fail(err)
	}
	return data, nil
}

// measure is the part of the procedure that the clocks watch. It ends early, with
// an error, when one of the processes dies: what they would have done is not
// known then, and nothing is to be waited for.
func (c *cell) measure(ctx context.Context, system System, processes []Process) (err error) {
	ctx, hard, release := guard(ctx, c.rec.Style, processes)
	defer release()
	defer func() {
		if err != nil {
			err = blame(hard, err)
		}
	}()
	if c.scenario.Warmup > 0 && c.scenario.InFlight == 0 {
		warm := load.Constant(min(c.scenario.Rate, plan.WarmupRate), c.scenario.Warmup)
		c.offer(ctx, hard, system, time.Now(), warm, true)
		if !c.drain(hard) {
			return fmt.Errorf("%d warm-up orders had not settled after %v", c.watch.backlog(), drainLimit)
		}
	}
	if c.scenario.Kind == record.KindSaturation {
		c.idle(ctx)
	}
	place := c.atARate
	if c.scenario.InFlight > 0 {
		place = c.underWay
	}
	stats, err := place(ctx, hard, system)
	if err != nil {
		return err
	}
	c.rec.LoadEnd = c.since(time.Now())
	c.rec.Cut = stats.Cut
	all := c.drain(hard)
	if err := context.Cause(hard); err != nil {
		return err
	}
	c.rec.DrainEnd = c.since(time.Now())
	if c.rec.CPU == nil {
		c.rec.CPU = less(c.sampler.take(), c.used)
	}
	c.rec.Generator = record.Generator{LateP99: ms(stats.LateP99), LateMax: ms(stats.LateMax), Dropped: len(stats.Dropped)}

	settled, unknown := c.watch.accepted()
	c.rec.Drained = all || settled
	if unknown > 0 {
		c.warn("%d submissions had no answer: nobody knows whether those orders were accepted", unknown)
	}
	if len(stats.Dropped) > 0 {
		c.warn("%d orders were dropped because %d submissions were waiting for an answer", len(stats.Dropped), plan.MaxInFlight)
	}
	return nil
}

// begin starts the window.
func (c *cell) begin(system System, at time.Time) error {
	if err := system.Begin(at); err != nil {
		return err
	}
	c.rec.Begin = c.since(at)
	c.used = c.sampler.take()
	return c.planOutages()
}

// atARate offers as many orders as the scenario says, whatever becomes of them.
func (c *cell) atARate(ctx, hard context.Context, system System) (stats load.Stats, err error) {
	begin := time.Now()
	if err := c.begin(system, begin); err != nil {
		return stats, err
	}
	schedule := load.Constant(c.scenario.Rate, c.scenario.During)
	if c.scenario.Random {
		schedule = load.Poisson(c.scenario.Rate, c.scenario.During, c.plan.Seed+uint64(c.rec.Repeat))
	}
	return c.offer(ctx, hard, system, begin, schedule, false), nil
}

// underWay keeps as many orders under way as the scenario says. Those placed before
// the window are its warm-up, and processor time counts until the window's end.
func (c *cell) underWay(ctx, hard context.Context, system System) (stats load.Stats, err error) {
	mix := load.Mix{Scenario: c.scenario.Name, Rate: 1, Repeat: c.rec.Repeat, Seed: c.plan.Seed}
	var measured atomic.Bool
	var begun error
	rate, err := load.Saturate(ctx, load.Saturation{
		InFlight: c.scenario.InFlight, Ramp: c.scenario.Warmup, During: c.scenario.During, Used: c.sampler.take,
		Begin: func() {
			begun = c.begin(system, time.Now())
			measured.Store(true)
		},
		Submit: func(_ context.Context, n int) error {
			warmup, o, now := !measured.Load(), mix.Order(n), time.Now()
			if warmup {
				o = mix.Warmup(n)
			}
			c.watch.sending(o, warmup, now, now)
			submit, cancel := context.WithTimeout(hard, submitLimit)
			defer cancel()
			err := system.Submit(submit, o)
			c.watch.answered(o.ID, time.Now(), err)
			return err
		},
	}, c.watch.settled)
	if stats.Cut = ctx.Err() != nil; stats.Cut && hard.Err() == nil {
		return stats, begun // what is under way settles
	}
	c.rec.CPU = rate.CPU
	for role := range rate.CPU {
		c.rec.CPU[role] *= float64(rate.Orders)
	}
	return stats, errors.Join(begun, err)
}

// blame returns what ended hard instead of an error that followed from it. A
// process breaks its pipes a moment before its end is noticed.
func blame(hard context.Context, err error) error {
	select {
	case <-hard.Done():
		return context.Cause(hard)
	case <-time.After(time.Second):
		return err
	}
}

// guard returns two contexts that end when one of the processes dies, with that
// as their cause. The first ends with ctx as well: it is for what an interruption
// stops.
func guard(ctx context.Context, style string, processes []Process) (soft, hard context.Context, release func()) {
	hard, died := context.WithCancelCause(context.WithoutCancel(ctx))
	soft, stop := context.WithCancel(ctx)
	context.AfterFunc(hard, stop)
	for _, p := range processes {
		go func() {
			select {
			case <-p.Done():
				died(fmt.Errorf("the %s of the %s died", p.Role(), style))
			case <-hard.Done():
			}
		}()
	}
	return soft, hard, func() { died(nil) }
}

// offer places orders when they are due, counted from start, and returns when
// all have been sent and answered. An order that has been sent is seen through,
// also when ctx ends; only hard ends that.
func (c *cell) offer(ctx, hard context.Context, system System, start time.Time, schedule load.Schedule, warmup bool) load.Stats {
	mix := load.Mix{Scenario: c.scenario.Name, Rate: c.scenario.Rate, Repeat: c.rec.Repeat, Seed: c.plan.Seed}
	order := mix.Order
	if warmup {
		order = mix.Warmup
	}
	// Beyond the bound an order is dropped and counted, so that a dead server can't
	// eat the memory.
	stats := load.Offer(ctx, start, schedule, plan.MaxInFlight, func(_ context.Context, t load.Turn) {
		o := order(t.N)
		c.watch.sending(o, warmup, t.Due, t.Sent)
		submit, cancel := context.WithTimeout(hard, submitLimit)
		defer cancel()
		err := system.Submit(submit, o)
		c.watch.answered(o.ID, time.Now(), err)
	})
	for _, n := range stats.Dropped {
		due, _ := schedule(n)
		c.watch.dropped(order(n), warmup, start.Add(due))
	}
	return stats
}

func (c *cell) drain(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	return c.watch.drained(ctx)
}

// idle measures what the processes use when nothing is asked of them.
func (c *cell) idle(ctx context.Context) {
	from, used := time.Now(), c.sampler.take()
	select {
	case <-time.After(idlePeriod):
	case <-ctx.Done():
		return
	}
	c.rec.IdleCPU = less(c.sampler.take(), used)
	for role := range c.rec.IdleCPU {
		c.rec.IdleCPU[role] /= time.Since(from).Seconds()
	}
}

// planOutages notes when each planned outage is, for the plots to shade.
func (c *cell) planOutages() error {
	rules, err := fault.ParseAll(c.scenario.Faults)
	if err != nil {
		return err
	}
	for _, o := range fault.Outages(rules) {
		c.rec.Outages = append(c.rec.Outages, record.Outage{
			Service: string(o.Service),
			From:    c.rec.Begin + ms(o.After),
			To:      c.rec.Begin + ms(o.After+o.For),
		})
	}
	return nil
}

func (c *cell) warn(format string, args ...any) {
	c.rec.Warnings = append(c.rec.Warnings, fmt.Sprintf(format, args...))
}

func (c *cell) since(t time.Time) float64 { return ms(t.Sub(c.start)) }

// ms is a duration in milliseconds, to the microsecond.
func ms(d time.Duration) float64 { return math.Round(float64(d)/1e3) / 1e3 }

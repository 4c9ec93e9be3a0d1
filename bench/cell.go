package bench

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

const (
	// drainLimit is how long orders may take to end after the load, also when some
	// still do. What has not ended then never will: it is longer than fault.MaxHold.
	drainLimit = 4 * time.Minute

	// slack is how much longer than by plan nothing may happen on a busy machine.
	slack = 3 * time.Second

	// askAgain is the wait before an engine is asked once more what is left over.
	askAgain = 20 * time.Millisecond

	// submitLimit bounds one submission. After it, it is unknown whether the order
	// was accepted.
	submitLimit = 30 * time.Second

	// idlePeriod is how long the processes are watched doing nothing.
	idlePeriod = 500 * time.Millisecond

	// setupLimit bounds everything that is not load: starting, counting, closing.
	setupLimit = 60 * time.Second

	// brokenLimit bounds the closing of what has lost a process.
	brokenLimit = time.Second
)

// A cell is one scenario in one style in one repeat, while it runs.
type cell struct {
	plan       plan.Plan
	scenario   plan.Scenario
	mix        load.Mix
	durability durability.Level
	dir        string // of its ledger
	shared     string // the server's data folder
	watch      *watch
	rules      []fault.Rule
	rec        record.Cell
	start      time.Time
	processes  []Process
	deaths     *deaths
	customers  customers
	sampler    *sampler
	used       map[string]float64 // CPU time by role, until the window began
	machine    processorTime      // of the machine, until then
}

func newCell(p plan.Plan, b plan.Block, s plan.Scenario, dir, shared string) *cell {
	return &cell{
		plan: p, scenario: s, mix: mixOf(p, b, s), durability: b.Durability, dir: dir, shared: shared, watch: newWatch(),
		rec: record.Cell{
			ID: b.CellID(s), Style: b.Style, Scenario: s.Name, Repeat: b.Repeat, Kind: s.Kind,
			Faults: append([]string{}, s.Faults...), Offered: s.Rate, Window: s.During.Seconds(),
			InFlight: s.InFlight, Warnings: []string{}, Outages: []record.Outage{},
			Settings: record.Settings{
				Durability:  differing(string(b.Durability), string(p.Durability)),
				Concurrency: differing(s.Concurrency, p.Policy.Concurrency),
				ServiceTime: differing(s.ServiceTime, "none"),
				Activities:  differing(s.Activities, record.RemoteActivities),
				Server:      differing(s.Server, record.TunedServer),
				World:       s.World,
				Share:       s.Share,
			},
		},
	}
}

// envName is what an env calls a cell.
func envName(o Options, cell string) string { return o.ID + "-" + cell }

// differing is v, or nothing where that is what the run has anyway.
func differing[T comparable](v, usual T) (nothing T) {
	if v == usual {
		return nothing
	}
	return v
}

// mixOf makes the orders of a scenario. Where that has no rate, 1 stands for it in
// their ids.
func mixOf(p plan.Plan, b plan.Block, s plan.Scenario) load.Mix {
	return load.Mix{Scenario: s.Name, Rate: cmp.Or(s.Rate, 1), Repeat: b.Repeat, Seed: p.Seed}
}

// run is the procedure: open, warm up, offer, drain, count, close. When ctx ends
// the load stops early; what was accepted still drains.
func (c *cell) run(ctx context.Context, server Server, o Options) (data record.Data, err error) {
	hard := context.WithoutCancel(ctx)
	if c.rules, err = fault.ParseAll(c.scenario.Faults); err != nil {
		return data, err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return data, err
	}
	before, err := folderBytes(c.dir, c.shared)
	if err != nil {
		return data, err
	}
	env := Env{Worker: o.Worker, Rows: c.watch.receive, LocalActivities: c.scenario.Activities == record.LocalActivities, Config: world.Config{
		Cell: envName(o, c.rec.ID), Dir: c.dir, Durability: c.durability, Policy: c.plan.PolicyOf(c.scenario), Seed: c.plan.Seed,
		Faults: c.scenario.Faults, ServiceTime: c.scenario.ServiceTime, World: c.scenario.World,
		// Beside the ledger's folder, because what is noted here is no disk space that an order takes.
		Called: c.dir + ".calls", Fired: c.dir + ".faults",
	}}
	c.customers.plan, c.customers.unanswered = fault.NewPlan(c.plan.Seed, c.rules), c.watch.unanswered
	opening, cancel := context.WithTimeout(ctx, setupLimit)
	system, err := server.Open(opening, env)
	cancel()
	if err != nil {
		return data, err
	}
	c.start = time.Now()
	c.rec.Started = c.start
	c.processes = append(server.Processes(), system.Processes()...)
	c.sampler = newSampler(c.rec.ID, c.start, c.watch.backlog, func() []Process { return c.processes })
	sampling, stopSampling := context.WithCancel(hard)
	var sampled sync.WaitGroup
	sampled.Go(func() { c.sampler.run(sampling) })

	died := guarded(ctx, c.rec.Style, c.processes, func(soft, hard context.Context, g *guard) error {
		c.deaths = &deaths{guard: g, before: func() { c.sampler.take() }}
		return c.measure(soft, hard, system)
	})
	if died == nil {
		died = c.count(hard, system)
	}
	stopSampling()
	sampled.Wait()
	limit := setupLimit
	if died != nil {
		limit = brokenLimit
	}
	closing, cancel := context.WithTimeout(hard, limit)
	defer cancel()
	// The worker's last rows arrive while it closes, so nothing is read before.
	if died = cmp.Or(died, system.Close(closing)); died != nil {
		c.died(died)
	}
	after, err := folderBytes(c.dir, c.shared)
	if err != nil {
		return data, err
	}
	c.rec.Disk, c.rec.RSS = max(after-before, 0), c.sampler.peak
	c.rec.Timer = c.sampler.timer(c.rec.Begin, c.rec.LoadEnd)
	if c.durability == durability.Memory {
		c.rec.Disk = 0
	}
	c.rec.Gaps = c.watch.gaps
	data.Cell, data.Samples = c.rec, c.sampler.samples
	data.Orders, data.Effects = c.watch.results(c.rec, c.start)
	if data.Calls, err = world.ReadCalls(env.Called, c.start); err != nil {
		return data, err
	}
	data.Faults, err = fault.ReadJournal(env.Fired)
	data.Faults = append(data.Faults, c.customers.faults...)
	return data, err
}

// count asks the engine for its counters.
func (c *cell) count(ctx context.Context, system System) (err error) {
	ctx, cancel := context.WithTimeout(ctx, setupLimit)
	defer cancel()
	c.rec.Counters, err = system.Counters(ctx)
	return err
}

// died notes what ended the cell. What was seen until then is kept: it is evidence,
// and no measurement.
func (c *cell) died(cause error) {
	c.rec.Died = strings.ReplaceAll(cause.Error(), "\n", "; ")
	c.ends()
}

// ends notes the end of whatever has not ended yet.
func (c *cell) ends() {
	now := c.since(time.Now())
	c.rec.Begin = cmp.Or(c.rec.Begin, now)
	c.rec.LoadEnd = cmp.Or(c.rec.LoadEnd, now)
	c.rec.DrainEnd = cmp.Or(c.rec.DrainEnd, now)
	if c.rec.CPU == nil {
		c.rec.CPU = less(c.sampler.take(), c.used)
	}
}

// measure is the part of the procedure that the clocks watch. It ends early, with
// an error, when one of the processes dies: what they would have done is not
// known then, and nothing is to be waited for.
func (c *cell) measure(ctx, hard context.Context, system System) error {
	if c.scenario.Warmup > 0 && c.scenario.InFlight == 0 {
		warm := load.Constant(min(c.scenario.Rate, plan.WarmupRate), c.scenario.Warmup)
		c.offer(ctx, hard, system, time.Now(), warm, true)
		if !c.drain(hard) {
			c.warn("%d warm-up orders did not settle, so no other orders were offered", c.watch.backlog())
			return c.drained(hard, system)
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
	c.rec.LoadEnd = c.since(time.Now())
	c.rec.Busy = machineTime(hard).busySince(c.machine)
	for _, d := range c.deaths.all() {
		c.rec.Deaths = append(c.rec.Deaths, record.Death{
			Rule: d.rule.Written, Role: d.rule.Process, From: c.since(d.from), To: c.since(d.to),
		})
	}
	if err != nil {
		return err
	}
	c.rec.Cut = stats.Cut
	c.rec.Generator = record.Generator{LateP99: ms(stats.LateP99), LateMax: ms(stats.LateMax), Dropped: len(stats.Dropped)}
	if len(stats.Dropped) > 0 {
		c.warn("%d orders were dropped because %d submissions were waiting for an answer", len(stats.Dropped), plan.MaxInFlight)
	}
	c.drain(hard)
	return c.drained(hard, system)
}

// drained notes how the drain has ended, and what is left over.
func (c *cell) drained(hard context.Context, system System) error {
	if err := context.Cause(hard); err != nil {
		return err
	}
	c.ends()
	accepted, settled, unknown := c.watch.accepted()
	c.rec.Drained = settled
	if unknown > 0 {
		c.warn("%d submissions had no answer: it is unknown whether those orders were accepted", unknown)
	}
	if err := c.customers.submitLast(hard, system); err != nil {
		return fmt.Errorf("an order that was submitted again, when all had settled, had no answer: %w", err)
	}
	var err error
	if c.rec.LeftOver, err = c.leftOver(hard, system, accepted); err != nil {
		c.warn("the engine did not report what is left over: %v", err)
	}
	if unknown > 0 {
		delete(c.rec.LeftOver, "repeated_workflows") // they may be those without an answer
	}
	return context.Cause(hard)
}

// leftOver asks the engine what it still has to do, until that is nothing or what was
// lost on the way has been given out again. After a drain that has waited in vain the
// first answer will do.
func (c *cell) leftOver(ctx context.Context, system System, accepted int) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, setupLimit)
	defer cancel()
	until := time.Now()
	if c.rec.Drained {
		until = until.Add(c.plan.Policy.Redelivery + slack)
	}
	for {
		left, err := system.LeftOver(ctx, accepted)
		if err != nil {
			return nil, err
		}
		nothing := !slices.ContainsFunc(slices.Collect(maps.Values(left)), func(n float64) bool { return n != 0 })
		if nothing || !time.Now().Before(until) || !sleep(ctx, askAgain) {
			return left, nil
		}
	}
}

// begin starts the window.
func (c *cell) begin(ctx, hard context.Context, system System, at time.Time) error {
	if err := system.Begin(at); err != nil {
		return err
	}
	c.rec.Begin = c.since(at)
	c.used = c.sampler.take()
	c.machine = machineTime(hard)
	c.planOutages()
	return c.deaths.start(ctx, hard, c.rules, c.processes, at)
}

// atARate is open-loop: it offers orders at the scenario's rate, whatever becomes of
// them.
func (c *cell) atARate(ctx, hard context.Context, system System) (stats load.Stats, err error) {
	begin := time.Now()
	if err := c.begin(ctx, hard, system, begin); err != nil {
		return stats, err
	}
	schedule := load.Constant(c.scenario.Rate, c.scenario.During)
	if c.scenario.Random {
		schedule = load.Poisson(c.scenario.Rate, c.scenario.During, c.plan.Seed+uint64(c.rec.Repeat))
	}
	return c.offer(ctx, hard, system, begin, schedule, false), nil
}

// underWay keeps as many orders under way as the scenario asks for. Those placed before
// the window are its warm-up, and CPU time counts until the window's end.
func (c *cell) underWay(ctx, hard context.Context, system System) (stats load.Stats, err error) {
	var clock turnstile
	var begun error
	rate, err := load.Saturate(ctx, load.Saturation{
		InFlight: c.scenario.InFlight, Ramp: c.scenario.Warmup, During: c.scenario.During, Used: c.sampler.take,
		Begin: func() { begun = c.begin(ctx, hard, system, clock.start()) },
		Submit: func(_ context.Context, n int) error {
			now, warmup := clock.pass()
			return c.submit(hard, system, c.order(n, warmup), warmup, now, now)
		},
	}, c.watch.settled)
	if stats.Cut = ctx.Err() != nil; stats.Cut && hard.Err() == nil {
		return stats, begun // what is under way settles
	}
	if begun == nil && hard.Err() == nil && err != nil {
		c.warn("%v", err) // orders are stuck, or were not taken: they show which
		return stats, nil
	}
	c.rec.CPU = rate.CPU
	for role := range rate.CPU {
		c.rec.CPU[role] *= float64(rate.Orders)
	}
	return stats, cmp.Or(begun, err)
}

// A turnstile gives each order its moment, clearly before the window or in it. The
// moments have no monotonic clock, because those of the ledger's rows have none, and
// in one time.Now the two may be read some time apart.
type turnstile struct {
	mu           sync.Mutex
	last, window time.Time
}

// apart is more than the checker allows for rounding.
const apart = 10 * time.Microsecond

func (t *turnstile) pass() (now time.Time, early bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now = time.Now().Round(0); now.Before(t.window) {
		now = t.window
	}
	t.last = now
	return now, t.window.IsZero()
}

// start starts the window.
func (t *turnstile) start() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.window = time.Now().Round(0); t.window.Before(t.last.Add(apart)) {
		t.window = t.last.Add(apart)
	}
	return t.window
}

// offer places orders when they are due, counted from start, and returns when
// all have been sent and answered. An order that has been sent is seen through,
// also when ctx ends; only hard ends that.
func (c *cell) offer(ctx, hard context.Context, system System, start time.Time, schedule load.Schedule, warmup bool) load.Stats {
	// Beyond the bound an order is dropped and counted, so that a dead server can't
	// eat the memory.
	stats := load.Offer(ctx, start, schedule, plan.MaxInFlight, func(_ context.Context, t load.Turn) {
		c.submit(hard, system, c.order(t.N, warmup), warmup, t.Due, t.Sent)
	})
	for _, n := range stats.Dropped {
		due, _ := schedule(n)
		c.watch.sending(c.order(n, warmup), warmup, false, start.Add(due), time.Time{})
	}
	return stats
}

// order is order n of the window, or of the warm-up.
func (c *cell) order(n int, warmup bool) food.Order {
	if warmup {
		return c.mix.Warmup(n)
	}
	return c.mix.Order(n)
}

// submit sends one order and notes the answer.
func (c *cell) submit(ctx context.Context, system System, o food.Order, warmup bool, due, sent time.Time) error {
	c.watch.sending(o, warmup, c.customers.cancels(o), due, sent)
	first, cancel := context.WithTimeout(ctx, submitLimit)
	defer cancel()
	err := system.Submit(first, o)
	c.watch.answered(o.ID, time.Now(), err)
	if err == nil {
		c.customers.accepted(ctx, system, o)
	}
	return err
}

// drain waits until all orders have settled, or nothing happens any more that the
// faults and the policy could explain. First the last customers cancel.
func (c *cell) drain(ctx context.Context) (settled bool) {
	c.customers.waiting.Wait()
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	return c.watch.drained(ctx, fault.Quiet(c.rules, c.plan.Policy)+slack)
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
func (c *cell) planOutages() {
	for _, o := range fault.Outages(c.rules) {
		c.rec.Outages = append(c.rec.Outages, record.Outage{
			Service: string(o.Service), From: c.rec.Begin + ms(o.After), To: c.rec.Begin + ms(o.After+o.For),
		})
	}
}

func (c *cell) warn(format string, args ...any) {
	c.rec.Warnings = append(c.rec.Warnings, fmt.Sprintf(format, args...))
}

func (c *cell) since(t time.Time) float64 { return ms(t.Sub(c.start)) }

// ms is a duration in milliseconds, to the microsecond.
func ms(d time.Duration) float64 { return math.Round(float64(d)/1e3) / 1e3 }

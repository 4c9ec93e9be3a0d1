package bench

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
)

// ceiling measures one ceiling. When ctx ends before it is whole, it leaves
// nothing.
func (r *runner) ceiling(ctx context.Context, server Server, b plan.Block, s plan.Scenario) error {
	name := b.CellID(s)
	r.progress(name, s.Step())
	rate, err := r.saturate(ctx, server, name, b, s)
	switch {
	case ctx.Err() != nil && err == nil:
		return nil
	case err != nil:
		return fmt.Errorf("ceiling %s: %w", name, err)
	}
	r.ceilings = append(r.ceilings, record.Ceiling{
		Style: b.Style, Scenario: s.Name, Repeat: b.Repeat, Durability: string(b.Durability),
		InFlight: s.InFlight, Window: s.During.Seconds(), PerSecond: rate.PerSecond, CPU: rate.CPU,
	})
	r.done++
	return nil
}

// saturate opens the traffic, saturates it and closes it. Its rate counts for
// nothing when ctx has ended.
func (r *runner) saturate(ctx context.Context, server Server, name string, b plan.Block, s plan.Scenario) (rate load.Rate, err error) {
	engine, ok := server.(BareServer)
	if !ok {
		return rate, fmt.Errorf("the %s has no engine", b.Style)
	}
	ended := load.NewEnded()
	env := Env{Config: world.Config{Cell: r.opts.ID + "-" + name, Durability: b.Durability, Policy: r.plan.Policy}}
	opening, cancel := context.WithTimeout(ctx, setupLimit)
	bare, err := engine.OpenBare(opening, env, ended.Add)
	cancel()
	if err != nil {
		if ctx.Err() != nil {
			err = nil
		}
		return rate, err
	}
	processes := append(server.Processes(), bare.Processes()...)
	err = guarded(ctx, b.Style, processes, func(soft, hard context.Context, _ *guard) (err error) {
		rate, err = flood(soft, hard, bare, processes, ended, mixOf(r.plan, b, s), s)
		return err
	})
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), setupLimit)
	defer cancel()
	return rate, cmp.Or(err, bare.Close(closing)) // a process that died breaks more on the way
}

// flood keeps the engine saturated for the scenario's time. When soft ends, no
// more orders are placed, and those that are under way end: on an external server
// nothing is left half done.
func flood(soft, hard context.Context, bare Bare, processes []Process, ended *load.Ended, mix load.Mix, s plan.Scenario) (load.Rate, error) {
	var placed atomic.Int64
	meter := newSampler("", time.Now(), func() int { return 0 }, func() []Process { return processes })
	rate, err := load.Saturate(soft, load.Saturation{
		InFlight: s.InFlight, Ramp: s.Warmup, During: s.During, Used: meter.take,
		Submit: func(_ context.Context, n int) error {
			placed.Add(1)
			submit, cancel := context.WithTimeout(hard, submitLimit)
			defer cancel()
			return bare.Submit(submit, mix.Order(n))
		},
	}, ended)
	if soft.Err() == nil || hard.Err() != nil {
		return rate, err
	}
	draining, cancel := context.WithTimeout(hard, setupLimit)
	defer cancel()
	return load.Rate{}, ended.Wait(draining, int(placed.Load()))
}

package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/ceiling"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
)

// takeTurns lets each ceiling trade places with the scenario before it, so that
// in every second repeat the other one meets the server that has less behind it.
func takeTurns(scenarios []Scenario) {
	for i := 1; i < len(scenarios); i++ {
		if scenarios[i].Kind == record.KindCeiling {
			scenarios[i-1], scenarios[i] = scenarios[i], scenarios[i-1]
			i++ // what has traded once stays
		}
	}
}

// ceiling measures one ceiling. When ctx ends before it is whole, it leaves
// nothing.
func (r *runner) ceiling(ctx context.Context, server Server, b block, s Scenario) error {
	name := fmt.Sprintf("%s-%s-%d", s.Name, b.style, b.repeat)
	r.progress(name, s.step())
	rate, err := r.saturate(ctx, server, name, b, s)
	switch {
	case ctx.Err() != nil && err == nil:
		return nil
	case err != nil:
		return fmt.Errorf("ceiling %s: %w", name, err)
	}
	r.ceilings = append(r.ceilings, record.Ceiling{
		Style: b.style, Scenario: s.Name, Repeat: b.repeat, Durability: string(b.durability),
		InFlight: s.InFlight, Window: s.During.Seconds(), PerSecond: rate.PerSecond, CPU: rate.CPU,
	})
	r.done++
	return nil
}

// saturate opens the traffic, saturates it and closes it. Its rate counts for
// nothing when ctx has ended.
func (r *runner) saturate(ctx context.Context, server Server, name string, b block, s Scenario) (rate ceiling.Rate, err error) {
	engine, ok := server.(BareServer)
	if !ok {
		return rate, fmt.Errorf("the %s has no engine", b.style)
	}
	ended := ceiling.NewEnded()
	env := Env{Cell: r.opts.ID + "-" + name, Durability: b.durability, Policy: r.plan.Policy}
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
	soft, hard, release := guard(ctx, b.style, processes)
	rate, err = flood(soft, hard, bare, processes, ended, load.Mix{Scenario: s.Name, Rate: 1, Repeat: b.repeat, Seed: r.plan.Seed}, s)
	if err != nil {
		err = blame(hard, err)
	}
	release()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), setupLimit)
	defer cancel()
	if closed := bare.Close(closing); err == nil {
		err = closed // a process that died breaks more on the way
	}
	return rate, err
}

// flood keeps the engine saturated for the scenario's time. When soft ends, no
// more orders are placed, and those that are under way end: on a server of the
// user's own nothing is left half done.
func flood(soft, hard context.Context, bare Bare, processes []Process, ended *ceiling.Ended, mix load.Mix, s Scenario) (ceiling.Rate, error) {
	var placed atomic.Int64
	meter := newSampler("", time.Now(), func() int { return 0 }, func() []Process { return processes })
	rate, err := ceiling.Saturate(soft, ceiling.Load{
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
	draining, cancel := context.WithTimeout(hard, drainLimit)
	defer cancel()
	return ceiling.Rate{}, ended.Wait(draining, int(placed.Load()))
}

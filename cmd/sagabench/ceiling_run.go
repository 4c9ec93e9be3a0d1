package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/ceiling"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
)

// grip is how a style and its ceiling are saturated, alike: with enough orders
// under way that the engine always has something to do.
var grip = map[string]struct {
	inFlight int
	ramp     time.Duration
	atLeast  float64 // share, at durability process
}{
	record.Choreography:  {1000, time.Second, 0.65},
	record.Orchestration: {64, 2 * time.Second, 0.9},
}

// A side is the style or its ceiling, opened for one measurement.
type side struct {
	orders food.Coordinator
	worker int // PID
	close  func(context.Context) error
}

// share measures the ceiling and the style in turns on one server, the first of
// a pair being the second of the next.
func (f *ceilingFlags) share(ctx context.Context, style, dir string, errs io.Writer) (s ceiling.Share, err error) {
	server, err := f.start(ctx, style, dir, false)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	var rates [2][]ceiling.Rate // of the ceiling, of the style
	names := [2]string{"ceiling", "style"}
	for repeat := range f.repeats + 1 {
		order, during := []int{0, 1}, f.duration
		if repeat%2 == 0 {
			slices.Reverse(order)
		}
		if repeat == 0 { // a server that has just started is slower
			during = grip[style].ramp
		}
		for _, which := range order {
			cell := fmt.Sprintf("%s-%d", names[which], repeat)
			rate, err := f.saturate(ctx, server, cell, dir, during, which == 0)
			if err != nil {
				return s, fmt.Errorf("%s: %w", cell, err)
			}
			if repeat == 0 {
				continue
			}
			fmt.Fprintf(errs, "%s, %s %d of %d: %.4g orders/s\n", style, names[which], repeat, f.repeats, rate.PerSecond)
			rates[which] = append(rates[which], rate)
		}
	}
	bound := grip[style].atLeast
	if f.durability.Level != durability.Process {
		bound = 0
	}
	return ceiling.NewShare(style, bound, rates[1], rates[0]), nil
}

// start starts the server of a style in a folder of its own.
func (f *ceilingFlags) start(ctx context.Context, style, dir string, untuned bool) (*twinServer, error) {
	data, err := os.MkdirTemp(dir, style+"-*")
	if err != nil {
		return nil, err
	}
	s, err := startServer(ctx, style, devserver.Config{Dir: data, Durability: f.durability.Level, Untuned: untuned})
	if err != nil {
		return nil, err
	}
	return &twinServer{twin: twin{name: style, log: io.Discard}, own: s, endpoint: endpointOf(style, s)}, nil
}

// saturate measures one side once.
func (f *ceilingFlags) saturate(ctx context.Context, server *twinServer, cell, dir string, during time.Duration, bare bool) (rate ceiling.Rate, err error) {
	ended := ceiling.NewEnded()
	open := f.openStyle
	if bare {
		open = f.openBare
	}
	s, err := open(ctx, server, cell, dir, ended)
	if err != nil {
		return rate, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err = errors.Join(err, s.close(closing))
	}()
	mix := load.Mix{Scenario: cell, Rate: 1, Seed: f.seed}
	return ceiling.Saturate(ctx, ceiling.Load{
		InFlight: grip[server.name].inFlight, Ramp: grip[server.name].ramp, During: during,
		Submit: func(ctx context.Context, n int) error { return s.orders.Submit(ctx, mix.Order(n)) },
		Used: func() map[string]float64 {
			return map[string]float64{"server": cpuOf(server.own.PID()), "worker": cpuOf(s.worker), "harness": cpuOf(os.Getpid())}
		},
	}, ended)
}

// openStyle opens the style as the bench does. An order ends when it settles.
func (f *ceilingFlags) openStyle(ctx context.Context, server *twinServer, cell, dir string, ended *ceiling.Ended) (side, error) {
	env, err := f.env(cell, dir, server.name)
	if err != nil {
		return side{}, err
	}
	tallies := map[string]food.Tally{}
	env.Rows = func(c bench.Commit) {
		for _, r := range c.Rows {
			t := tallies[r.Order]
			if t.Add(r); !t.Settled() {
				tallies[r.Order] = t
				continue
			}
			delete(tallies, r.Order)
			ended.Add(1)
		}
	}
	system, err := server.Open(ctx, env)
	if err != nil {
		return side{}, err
	}
	return side{system, system.Processes()[0].PID(), system.Close}, nil
}

// openBare opens the style's ceiling.
func (f *ceilingFlags) openBare(ctx context.Context, server *twinServer, cell, _ string, ended *ceiling.Ended) (side, error) {
	env := bench.Env{Cell: cell, Durability: f.durability.Level, Policy: food.DefaultPolicy}
	b, err := server.OpenBare(ctx, env, ended.Add)
	if err != nil {
		return side{}, err
	}
	return side{b, b.Processes()[0].PID(), b.Close}, nil
}

func (f *ceilingFlags) env(cell, dir, style string) (bench.Env, error) {
	own := filepath.Join(dir, style+"-"+cell)
	return bench.Env{
		Cell: cell, Dir: own, Durability: f.durability.Level, Policy: food.DefaultPolicy, Seed: f.seed,
		Fired: filepath.Join(own, "faults.jsonl"),
	}, os.Mkdir(own, 0o700)
}

// unloadedOrders is how many orders a median of latency is taken from, one
// after the other, and warmOrders how many go before.
const unloadedOrders, warmOrders = 21, 3

// compareUntuned measures the unloaded latency on tuned and untuned servers in
// turns, one server at a time.
func (f *ceilingFlags) compareUntuned(ctx context.Context, dir string, errs io.Writer) (*ceiling.Untuned, error) {
	const atMost = 1.0 / 6
	var p50 [2][]float64 // tuned, untuned
	for repeat := range f.repeats {
		for i, name := range []string{"tuned", "untuned"} {
			cell := fmt.Sprintf("%s-%d", name, repeat)
			ms, err := f.unloaded(ctx, cell, dir, name == "untuned")
			if err != nil {
				return nil, fmt.Errorf("%s: %w", cell, err)
			}
			fmt.Fprintf(errs, "%s, %s %d of %d: settled p50 %.4g ms\n", record.Orchestration, name, repeat+1, f.repeats, ms)
			p50[i] = append(p50[i], ms)
		}
	}
	return ceiling.NewUntuned(record.Orchestration, atMost, unloadedOrders, p50[0], p50[1]), nil
}

// unloaded places one order after the other on a server of its own, and returns
// the median of the time until they settle, in ms.
func (f *ceilingFlags) unloaded(ctx context.Context, cell, dir string, untuned bool) (p50 float64, err error) {
	server, err := f.start(ctx, record.Orchestration, dir, untuned)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	ended := ceiling.NewEnded()
	s, err := f.openStyle(ctx, server, cell, dir, ended)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close(context.WithoutCancel(ctx))) }()
	mix := load.Mix{Scenario: cell, Rate: 1, Seed: f.seed}
	var took []float64
	for n := range warmOrders + unloadedOrders {
		began := time.Now()
		if err := s.orders.Submit(ctx, mix.Order(n)); err != nil {
			return 0, err
		}
		if err := ended.Wait(ctx, n+1); err != nil {
			return 0, err
		}
		if n >= warmOrders {
			took = append(took, time.Since(began).Seconds()*1000)
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// cpuOf is the processor time in ms that a process has used. One that is gone
// has used nothing: the measurement fails for other reasons.
func cpuOf(pid int) float64 {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return 0
	}
	t, err := p.Times()
	if err != nil {
		return 0
	}
	return (t.User + t.System) * 1000
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/story"
	"github.com/sagabench/sagabench/internal/tracing"
	"github.com/sagabench/sagabench/internal/twins"
	"github.com/sagabench/sagabench/internal/worker"
)

// benchStyles returns every style by name, on the external servers given or on ones
// that it starts.
func benchStyles(external endpoints, log io.Writer) map[string]bench.Style {
	all := map[string]bench.Style{}
	for _, e := range engines {
		if e.server == nil {
			all[e.style] = e.inProcess
		} else {
			all[e.style] = served{engine: e, external: external[e.server.name], log: log}
		}
	}
	return all
}

// reports makes the styles pass on what each server reports of itself when it has started.
func reports(styles map[string]bench.Style, to func(style string, b bench.Block, settings map[string]string)) {
	for name, style := range styles {
		if s, ok := style.(served); ok {
			s.started = to
			styles[name] = s
		}
	}
}

// traced makes the styles that have a server send traces to a collector; "" is off.
func traced(styles map[string]bench.Style, collector string) map[string]bench.Style {
	for name, style := range styles {
		if s, ok := style.(served); ok {
			s.collector = collector
			styles[name] = s
		}
	}
	return styles
}

// served is a style with a server.
type served struct {
	engine
	external  twins.Endpoint // zero: start one
	collector string         // of traces; "": none are made
	log       io.Writer
	started   func(style string, b bench.Block, settings map[string]string) // may be nil
}

func (s served) Start(ctx context.Context, b bench.Block) (bench.Server, error) {
	if s.external.Address != "" {
		return &serving{engine: s.engine, at: s.external, collector: s.collector}, nil
	}
	own, err := s.server.start(ctx, devserver.Config{Dir: b.Dir, Durability: b.Durability, Untuned: b.Untuned, Log: s.log})
	if err != nil {
		return nil, err
	}
	if s.started != nil {
		s.started(s.style, b, own.Settings())
	}
	return &serving{engine: s.engine, own: own, at: twins.Endpoint{Address: s.server.address(own)}, collector: s.collector}, nil
}

type serving struct {
	engine
	own       *devserver.Server // nil: an external one
	at        twins.Endpoint
	collector string
}

func (s *serving) Processes() []bench.Process {
	if s.own == nil {
		return nil
	}
	return []bench.Process{ownServer{s.own}}
}

func (s *serving) Close() error {
	if s.own == nil {
		return nil
	}
	return s.own.Close()
}

type ownServer struct{ *devserver.Server }

func (ownServer) Role() string { return "server" }

func (s *serving) Open(ctx context.Context, e bench.Env) (bench.System, error) {
	c := worker.Config{Commit: e.Rows, Failed: e.Failed, Lasting: e.Durability != durability.Memory}
	return s.open(ctx, twins.Job{Style: s.style, Server: s.at, Env: e, Failed: e.Failed != nil, Traces: s.collector}, c)
}

func (s *serving) OpenBare(ctx context.Context, e bench.Env, ended func(n int)) (bench.Bare, error) {
	return s.open(ctx, twins.Job{Style: s.style, Server: s.at, Env: e, Bare: true}, worker.Config{Ended: ended})
}

// Stories asks as an operator does, over a connection of its own: the cell is closed.
func (s *serving) Stories(ctx context.Context, cell string, orders []string) (all []story.Story, err error) {
	o, err := s.twin.Operate(ctx, s.at, twins.TrafficName(cell))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close(ctx)) }()
	for _, id := range orders {
		one, err := o.Story(ctx, id)
		if errors.Is(err, food.ErrUnknownOrder) {
			one.Notes, err = append(one.Notes, "the server does not know the order"), nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}

// open opens both sides. Streams and queues exist before the worker does, and the
// worker subscribes before the first order is placed.
func (s *serving) open(ctx context.Context, j twins.Job, c worker.Config) (*system, error) {
	if j.Env.Worker == nil {
		exe, err := os.Executable()
		if err != nil {
			return nil, err
		}
		j.Env.Worker = []string{exe, "worker"}
	}
	orders, err := s.place(ctx, j)
	if err != nil {
		return nil, err
	}
	c.Command, c.Settings, c.Stderr = j.Env.Worker, j, os.Stderr
	w, err := worker.Start(ctx, c)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s worker: %w", s.style, err), orders.Close(ctx))
	}
	return &system{orders, w}, nil
}

// place opens the side that places orders, where their traces begin.
func (s *serving) place(ctx context.Context, j twins.Job) (twins.Coordinator, error) {
	t := j.Traffic()
	var err error
	if t.Traces, err = tracing.Open(ctx, j.Traces, t.Name, os.Stderr); err != nil {
		return nil, err
	}
	orders, err := s.twin.Place(ctx, t)
	if err == nil && t.Traces != nil {
		orders = twins.Traced(orders, t.Traces)
	}
	return orders, err
}

// A system places orders from here and has them worked on in a child.
type system struct {
	twins.Coordinator
	*worker.Process
}

func (s *system) Processes() []bench.Process { return []bench.Process{s.Process} }

// Close stops the worker first: the last of its rows arrive on the way.
func (s *system) Close(ctx context.Context) error {
	return errors.Join(s.Process.Close(ctx), s.Coordinator.Close(ctx))
}

package twins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/tracing"
	"github.com/sagabench/sagabench/internal/worker"
)

// A Job is what a worker is started with: the part of a cell's env that crosses the pipe,
// and where the style's server is.
type Job struct {
	Style  string
	Server Endpoint
	Env    bench.Env
	Failed bool // report attempts that had no answer
	Bare   bool
	Traces string // URL of the collector; "" is off
}

// Traffic is what both sides are opened with.
func (j Job) Traffic() Traffic {
	return Traffic{Endpoint: j.Server, Name: TrafficName(j.Env.Cell), Env: j.Env}
}

// Serve is the life of a worker process, over standard input and output.
func Serve(ctx context.Context) error {
	debug.SetGCPercent(command.GCPercent) // as the servers have it
	return worker.Serve(ctx, os.Stdin, os.Stdout, openSide)
}

// openSide opens the side of a style that calls the services, over the world that
// is the cell's.
func openSide(ctx context.Context, settings []byte, past worker.Past, feed *worker.Feed) (side worker.Side, err error) {
	var j Job
	if err := json.Unmarshal(settings, &j); err != nil {
		return nil, fmt.Errorf("worker: settings: %w", err)
	}
	both := []Twin{Choreography, Orchestration}
	i := slices.IndexFunc(both, func(t Twin) bool { return t.Style == j.Style })
	if i < 0 {
		return nil, fmt.Errorf("worker: style %q has none", j.Style)
	}
	t := j.Traffic()
	t.Failed = feed.Fail
	if j.Bare {
		s, err := both[i].Bare(ctx, t, feed.Ended)
		return bareSide{s}, err
	}
	if j.Failed {
		j.Env.Failed = feed.Failed
	}
	if t.Traces, err = tracing.Open(ctx, j.Traces, t.Name, os.Stderr); err != nil {
		return nil, err
	}
	around := slices.Concat(t.Traces.Calls(), j.Env.Around(), []food.Interceptor{failing(feed)})
	w, err := world.Open(j.Env.Config, feed.Commit, around...)
	if err != nil {
		return nil, err
	}
	if err := w.Replay(ctx, past.From, feed.Commit); err != nil {
		return nil, err
	}
	w.Begin(past.Begin)
	s, err := both[i].Work(ctx, t, w.Services)
	return workSide{w, s, t.Traces}, err
}

// failing ends the worker when its ledger could not write. Such a ledger answers no
// call any more, and without a word the style would try for ever.
func failing(feed *worker.Feed) food.Interceptor {
	return func(ctx context.Context, _ food.Call, next func(context.Context) error) error {
		err := next(ctx)
		if errors.Is(err, ledger.ErrFailed) {
			feed.Fail(err)
		}
		return err
	}
}

// A workSide closes before its world does, and its traces end when both have.
type workSide struct {
	*world.World
	style  Closer
	traces *tracing.Traces
}

func (s workSide) Close(ctx context.Context) error {
	defer s.traces.Close()
	return errors.Join(s.style.Close(ctx), s.World.Close())
}

// A bareSide has no world.
type bareSide struct{ Closer }

func (bareSide) Begin(time.Time) {}

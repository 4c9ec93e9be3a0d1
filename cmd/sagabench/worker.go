package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/worker"
)

// A job is what a worker is started with: the part of a cell's env that crosses the pipe,
// and where the style's server is.
type job struct {
	Style  string
	Server endpoint
	Env    bench.Env
	Failed bool // report attempts that had no answer
	Bare   bool
}

func (j job) traffic() traffic { return traffic{j.Server, trafficName(j.Env.Cell), j.Env} }

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "worker",
		Short:  "Run one cell's services; started by bench and order",
		Hidden: true,
		Args:   noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			debug.SetGCPercent(devserver.GCPercent) // as the servers have it
			if worker.Serve(c.Context(), os.Stdin, os.Stdout, openSide) != nil {
				return exit{exitError, nil} // the parent knows why, or is gone
			}
			return nil
		},
	}
}

// openSide opens the side of a style that calls the services, over the world that
// is the cell's.
func openSide(ctx context.Context, settings []byte, past worker.Past, feed *worker.Feed) (worker.Side, error) {
	var j job
	if err := json.Unmarshal(settings, &j); err != nil {
		return nil, fmt.Errorf("worker: settings: %w", err)
	}
	i := slices.IndexFunc(engines, func(e engine) bool { return e.style == j.Style && e.work != nil })
	if i < 0 {
		return nil, fmt.Errorf("worker: style %q has none", j.Style)
	}
	if j.Bare {
		s, err := engines[i].bare(ctx, j.traffic(), feed.Ended)
		return bareSide{s}, err
	}
	if j.Failed {
		j.Env.Failed = feed.Failed
	}
	w, err := world.Open(j.Env.Config, feed.Commit, append(j.Env.Around(), failing(feed))...)
	if err != nil {
		return nil, err
	}
	if err := w.Replay(ctx, past.From, feed.Commit); err != nil {
		return nil, err
	}
	w.Begin(past.Begin)
	s, err := engines[i].work(ctx, j.traffic(), w.Services)
	return workSide{w, s}, err
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

// A workSide closes before its world does.
type workSide struct {
	*world.World
	style closer
}

func (s workSide) Close(ctx context.Context) error {
	return errors.Join(s.style.Close(ctx), s.World.Close())
}

// A bareSide has no world.
type bareSide struct{ closer }

func (bareSide) Begin(time.Time) {}

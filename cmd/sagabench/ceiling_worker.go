package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"sync"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver"
)

// A ceiling's worker stands where the style's worker does, in a child process,
// and has no services and no ledger. It gets the same line of settings, and
// tells how many orders have ended since it told last, one number a line.

// OpenBare opens the same traffic with nothing behind it. An order ends when
// each of its calls would have been made or, where there is one, with its workflow.
func (s *twinServer) OpenBare(ctx context.Context, e bench.Env, ended func(n int)) (bench.Bare, error) {
	env := workerEnv{Cell: e.Cell, Durability: e.Durability, Policy: e.Policy, Namespace: s.namespace}
	orders, err := place(ctx, s.name, s.endpoint, env)
	if err != nil {
		return nil, err
	}
	w, err := startCeilingWorker(ctx, workerSettings{Style: s.name, Endpoint: s.endpoint, Env: env})
	if err != nil {
		return nil, errors.Join(err, orders.Close(ctx))
	}
	b := &bareTwin{Coordinator: orders, worker: w, heard: make(chan error, 1)}
	go func() { b.heard <- countLines(w.Output(), ended) }()
	return b, nil
}

// A bareTwin places orders from here and has nothing done for them in a child.
type bareTwin struct {
	food.Coordinator
	worker ceilingProcess
	heard  chan error // the end of the worker's news
}

func (b *bareTwin) Processes() []bench.Process { return []bench.Process{b.worker} }

func (b *bareTwin) Close(ctx context.Context) error {
	err := b.worker.Stop(ctx)
	return errors.Join(err, <-b.heard, b.Coordinator.Close(ctx))
}

// A ceilingProcess is the parent's end of a ceiling's worker.
type ceilingProcess struct{ *child.Process }

func startCeilingWorker(ctx context.Context, s workerSettings) (w ceilingProcess, err error) {
	line, err := json.Marshal(s)
	if err != nil {
		return w, err
	}
	exe, err := os.Executable()
	if err != nil {
		return w, err
	}
	w.Process, _, err = child.Start(ctx, os.Stderr, append(line, '\n'), exe, "ceiling-worker")
	return w, err
}

func (ceilingProcess) Role() string { return "worker" }

func (ceilingProcess) Restart(context.Context) error {
	return errors.New("a ceiling's worker has nothing to come back to")
}

func countLines(out io.Reader, ended func(n int)) error {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			return fmt.Errorf("ceiling worker: %w", err)
		}
		ended(n)
	}
	return lines.Err()
}

func ceilingWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "ceiling-worker",
		Short:  "Hear and call, and do nothing; started by ceiling and bench",
		Hidden: true,
		Args:   noArgs,
		RunE:   func(c *cobra.Command, _ []string) error { return serveCeiling(c.Context(), os.Stdin, os.Stdout) },
	}
}

// serveCeiling runs until it is told to stop.
func serveCeiling(ctx context.Context, in io.Reader, out io.Writer) error {
	debug.SetGCPercent(devserver.GCPercent) // as the style's worker has it
	w := &ceilingWorker{calls: map[string]int{}, ended: make(chan struct{}, 1<<16)}
	err := child.Lines(in, func(line []byte) error {
		var s workerSettings
		if err := json.Unmarshal(line, &s); err != nil {
			return fmt.Errorf("ceiling worker: settings: %w", err)
		}
		var err error
		w.stop, err = workNothing(ctx, s, w.called, func(string) { w.ended <- struct{}{} })
		if err == nil {
			fmt.Fprintf(out, "%s%d\n", child.ReadyPrefix, os.Getpid())
			w.sent.Go(func() { w.sendErr = w.send(out) })
		}
		return err
	})
	if err != nil || w.stop == nil {
		return err
	}
	stopping, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err = w.stop(stopping)
	close(w.ended)
	w.sent.Wait()
	return errors.Join(err, w.sendErr)
}

type ceilingWorker struct {
	stop  func(context.Context) error
	ended chan struct{} // an order each
	sent  sync.WaitGroup

	mu    sync.Mutex
	calls map[string]int // of each order under way

	sendErr error
}

// called is told of each call that would have been made.
func (w *ceilingWorker) called(order string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls[order]++; w.calls[order] == len(food.Required[food.Completed]) {
		delete(w.calls, order)
		w.ended <- struct{}{}
	}
}

// send tells of orders that have ended, all at once that have.
func (w *ceilingWorker) send(out io.Writer) (failed error) {
	for range w.ended {
		n := 1
		for ; len(w.ended) > 0; n++ {
			<-w.ended
		}
		if failed == nil {
			_, failed = fmt.Fprintln(out, n)
		}
	}
	return failed
}

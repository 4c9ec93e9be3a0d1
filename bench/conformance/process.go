package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/worker"
)

// verb makes a test binary the worker process of a scenario.
const verb = "conformance-worker"

// A job is what a worker process is started with.
type job struct {
	Scenario string
	Cell     Cell
	Dir      string // of the ledger
	MayDie   bool
}

// Main is to be called first in TestMain. In a process that was started to be a
// worker it runs the worker until the parent asks it to stop or dies, and exits.
// In all others it returns at once.
func Main(work Work) {
	if len(os.Args) != 2 || os.Args[1] != verb {
		return
	}
	err := worker.Serve(context.Background(), os.Stdin, os.Stdout,
		func(ctx context.Context, settings []byte, past worker.Past, feed *worker.Feed) (worker.Side, error) {
			return join(ctx, work, settings, past.From, feed)
		})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// join sets up the stage of a worker process and starts the worker on it.
func join(ctx context.Context, work Work, settings []byte, from int64, feed *worker.Feed) (worker.Side, error) {
	var j job
	if err := json.Unmarshal(settings, &j); err != nil {
		return nil, err
	}
	s, err := find(j.Scenario)
	if err != nil {
		return nil, err
	}
	st := newStage(Harness{Work: work}, s, j.Cell)
	st.mayDie = j.MayDie
	committed := func(c ledger.Commit) {
		st.history.commit(c)
		feed.Commit(c)
	}
	c := world.Config{Cell: j.Cell.Name, Dir: j.Dir, Durability: durability.Process, Policy: j.Cell.Policy}
	if st.world, err = world.Open(c, committed, st.around()...); err != nil {
		return nil, err
	}
	if err := st.world.Replay(ctx, from, committed); err != nil {
		return nil, err
	}
	return side{st}, st.work(ctx)
}

// A side is the stage as its own process has it.
type side struct{ *stage }

func (side) Begin(time.Time) {} // no fault of a scenario is timed

func (s side) Close(context.Context) error { return s.close() }

// A process is the worker as a child of this process, with its ledger in a
// folder that outlives it.
type process struct {
	*worker.Process
	folder string
	stderr *bytes.Buffer
	ending *atomic.Bool // it ends because we want it to
}

// fork starts the worker as a process of its own, or starts it again. One that
// ends of its own accord ends the scenario.
func (st *stage) fork(ctx context.Context, mayDie bool) (err error) {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	p := &process{stderr: new(bytes.Buffer), ending: new(atomic.Bool)}
	if st.process != nil {
		p.folder = st.process.folder
	} else if p.folder, err = os.MkdirTemp("", "conformance-"); err != nil {
		return err
	}
	st.process = p
	p.Process, err = worker.Start(ctx, worker.Config{
		Command: []string{exe, verb}, Stderr: p.stderr, From: 1, Commit: st.history.commit,
		Settings: job{Scenario: st.name, Cell: st.cell, Dir: p.folder, MayDie: mayDie},
	})
	if err != nil {
		return fmt.Errorf("start the worker process: %w\n%s", err, p.stderr)
	}
	st.forked = time.Now()
	go func(done <-chan struct{}) {
		if <-done; !p.ending.Load() {
			st.abort(errors.New("the worker process has ended"))
		}
	}(p.Done())
	return nil
}

// kill ends the process with SIGKILL.
func (p *process) kill() error {
	p.ending.Store(true)
	return p.Kill()
}

// stop asks the process to end, and removes its ledger.
func (p *process) stop(ctx context.Context) error {
	defer os.RemoveAll(p.folder)
	if p.Process == nil {
		return nil
	}
	p.ending.Store(true)
	if err := p.Close(ctx); err != nil {
		return fmt.Errorf("stop the worker process: %w\n%s", err, p.stderr)
	}
	return nil
}

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/ledger"
)

// verb makes a test binary the worker process of a scenario.
const verb = "conformance-worker"

// A job is what a worker process is told: its only argument, as JSON.
type job struct {
	Scenario string
	Cell     Cell
	Ledger   string // path
	MayDie   bool
}

// Main is to be called first in TestMain. In a process that was started to be a
// worker it runs the worker until the parent closes the pipe or dies, and exits.
// In all others it returns at once.
func Main(work Work) {
	if len(os.Args) != 3 || os.Args[1] != verb {
		return
	}
	if err := serve(context.Background(), work, os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve is the life of a worker process. It prints rows, a batch to a line:
// first all that are in the ledger, and then each as it is committed.
func serve(ctx context.Context, work Work, argument string) error {
	var j job
	if err := json.Unmarshal([]byte(argument), &j); err != nil {
		return err
	}
	s, err := find(j.Scenario)
	if err != nil {
		return err
	}
	st := newStage(Harness{Work: work}, s, j.Cell)
	st.mayDie = j.MayDie
	out := json.NewEncoder(os.Stdout)
	tell := func(rows []food.Row) error {
		st.history.commit(rows, time.Time{})
		return out.Encode(rows)
	}
	world, err := ledger.OpenSQLite(j.Ledger, ledger.Normal, ledger.Options{
		Committed: func(rows []food.Row, _ time.Time) { tell(rows) }, // nobody listens: the parent is gone, and so are we
	})
	if err != nil {
		return err
	}
	st.world, st.services = world, food.NewServices(world, j.Cell.Policy, st.around()...)
	ctx, cancel := child.WithParent(ctx)
	defer cancel()

	child.Ready("") // to be listened to; that the worker works is seen in its rows
	err = world.Replay(ctx, 1, tell)
	if err == nil {
		err = st.work(ctx)
	}
	if err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, st.close())
}

// A process is the worker as a child of this process, with its ledger in a
// folder that outlives it.
type process struct {
	folder string
	child  *child.Process
	stderr *bytes.Buffer
	ending atomic.Bool   // it ends because we want it to
	heard  chan struct{} // closed when its feed has ended
}

// fork starts the worker as a process of its own, or starts it again. One that
// ends of its own accord ends the scenario.
func (st *stage) fork(ctx context.Context, mayDie bool) error {
	if st.process == nil {
		folder, err := os.MkdirTemp("", "conformance-")
		if err != nil {
			return err
		}
		st.process = &process{folder: folder}
	}
	p := st.process
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	argument, err := json.Marshal(job{
		Scenario: st.name, Cell: st.cell, MayDie: mayDie,
		Ledger: filepath.Join(p.folder, "ledger.db"),
	})
	if err != nil {
		return err
	}
	p.stderr = new(bytes.Buffer)
	c, _, err := child.Start(ctx, p.stderr, nil, exe, verb, string(argument))
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.stderr)
	}
	p.child, p.heard = c, make(chan struct{})
	p.ending.Store(false)
	go func(heard chan<- struct{}) {
		defer close(heard)
		err := st.listen(c.Output())
		if !p.ending.Load() {
			st.abort(fmt.Errorf("the worker process has ended: %w", err))
		}
	}(p.heard)
	return nil
}

// listen takes a feed into the history until it ends.
func (st *stage) listen(in io.Reader) error {
	for feed := json.NewDecoder(in); ; {
		var rows []food.Row
		if err := feed.Decode(&rows); err != nil {
			return err
		}
		st.history.commit(rows, time.Time{})
	}
}

// kill ends the process with SIGKILL.
func (p *process) kill() error {
	p.ending.Store(true)
	err := p.child.Kill()
	<-p.heard
	return err
}

// stop asks the process to end, and removes its ledger.
func (p *process) stop(ctx context.Context) error {
	defer os.RemoveAll(p.folder)
	if p.child == nil {
		return nil
	}
	p.ending.Store(true)
	err := p.child.Stop(ctx)
	<-p.heard
	if err != nil {
		return fmt.Errorf("stop the worker process: %w\n%s", err, p.stderr)
	}
	return nil
}

package main

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A worker is a child process that holds the services of one cell and the
// coordinator's side that calls them. It is the only writer of its ledger. The
// parent sends it one line of settings and then orders, one a line; it answers
// with the ledger's commits as they happen.
//
//	parent ── settings, begin, counters ──► worker ──► ledger
//	       ◄───── commits, counters ───────

// workerSettings is the first line.
type workerSettings struct {
	Style    string
	Endpoint string // of the server
	Env      workerEnv
	From     int64 // replay the ledger's rows from this seq on
}

// workerEnv is the part of bench.Env that crosses the pipe.
type workerEnv struct {
	Cell       string
	Dir        string
	Durability durability.Level
	Policy     food.Policy
	Seed       uint64
	Faults     []string
	Fired      string

	ServiceTime string

	LocalActivities bool

	Namespace string // on a Temporal server; "" is its default
}

// workerOrder is each line after it. Exactly one field is set.
type workerOrder struct {
	Begin    time.Time `json:",omitzero"` // the measured window starts
	Counters bool      `json:",omitempty"`
}

// workerNews is what the worker sends back, as gob.
type workerNews struct {
	Commit   bench.Commit
	Counters map[string]float64 // answer to Counters
}

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "worker",
		Short:  "Run one cell's services; started by bench",
		Hidden: true,
		Args:   noArgs,
		RunE:   func(c *cobra.Command, _ []string) error { return serveWorker(c.Context(), os.Stdin, os.Stdout) },
	}
}

// serveWorker runs until it is told to stop; then it finishes what it has begun.
// After an error, such as the parent's death, it ends at once.
func serveWorker(ctx context.Context, in io.Reader, out io.Writer) error {
	debug.SetGCPercent(devserver.GCPercent) // as the servers have it
	w := &worker{news: make(chan workerNews, 1024)}
	err := child.Lines(in, func(line []byte) error {
		if w.stop == nil {
			var s workerSettings
			if err := json.Unmarshal(line, &s); err != nil {
				return fmt.Errorf("worker: settings: %w", err)
			}
			return w.start(ctx, s, out)
		}
		var o workerOrder
		if err := json.Unmarshal(line, &o); err != nil {
			return fmt.Errorf("worker: %q: %w", line, err)
		}
		w.obey(o)
		return nil
	})
	if err != nil || w.stop == nil {
		return err
	}
	return w.close()
}

type worker struct {
	begin    atomic.Pointer[time.Time]
	services *food.Services
	stop     func(context.Context) error // of the style's side
	store    ledger.Store
	journal  *fault.Journal
	news     chan workerNews
	sent     sync.WaitGroup // the goroutine that sends the news
	sendErr  error
}

// start opens the ledger, replays what the parent has missed, and only then
// takes work, so that the feed stays in order.
func (w *worker) start(ctx context.Context, s workerSettings, out io.Writer) (err error) {
	w.store, err = openLedger(s.Env.Dir, s.Env.Durability, func(rows []food.Row, at time.Time) {
		w.news <- workerNews{Commit: bench.Commit{Rows: rows, At: at}}
	})
	if err != nil {
		return err
	}
	rules, err := fault.ParseAll(s.Env.Faults)
	if err != nil {
		return err
	}
	if w.journal, err = fault.OpenJournal(s.Env.Fired, s.Env.Cell); err != nil {
		return err
	}
	faults := fault.NewPlan(s.Env.Seed, rules).Interceptor(w.began, w.journal)
	working, err := fault.ParseServiceTime(s.Env.ServiceTime)
	if err != nil {
		return err
	}
	w.services = food.NewServices(w.store, s.Env.Policy, faults, working.Interceptor(s.Env.Seed))

	fmt.Fprintf(out, "%s%d\n", child.ReadyPrefix, os.Getpid())
	w.sent.Go(func() { w.sendErr = w.send(out) })
	if s.From > 0 {
		err = w.store.Replay(ctx, s.From, func(rows []food.Row) error {
			w.news <- workerNews{Commit: bench.Commit{Rows: rows, At: rows[len(rows)-1].At}}
			return nil
		})
		if err != nil {
			return err
		}
	}
	w.stop, err = work(ctx, s, w.services)
	return err
}

// began says when the measured window started; zero as long as it has not.
func (w *worker) began() time.Time {
	if t := w.begin.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

func (w *worker) obey(o workerOrder) {
	switch {
	case !o.Begin.IsZero():
		w.begin.Store(&o.Begin)
	case o.Counters:
		w.news <- workerNews{Counters: map[string]float64{"absorbed": float64(w.services.Absorbed())}}
	}
}

// send writes the news until there will be no more. When the parent is gone
// there is nobody to tell, and the news are dropped so that closing can go on.
func (w *worker) send(out io.Writer) error {
	enc := gob.NewEncoder(out)
	var failed error
	for n := range w.news {
		if failed == nil {
			failed = enc.Encode(n)
		}
	}
	return failed
}

// close stops taking work, waits for late calls, and sends the last rows.
func (w *worker) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := w.stop(ctx)
	w.services.Close()
	err = errors.Join(err, w.store.Close())
	close(w.news)
	w.sent.Wait()
	return errors.Join(err, w.sendErr, w.journal.Close())
}

// openLedger opens the ledger that keeps a durability's promise.
func openLedger(dir string, level durability.Level, committed func([]food.Row, time.Time)) (ledger.Store, error) {
	o := ledger.Options{Committed: committed}
	switch level {
	case durability.Memory:
		return ledger.NewMemory(o), nil
	case durability.Power:
		return ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), ledger.Full, o)
	default:
		return ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), ledger.Normal, o)
	}
}

// Package world is what lies behind a coordinator: the six services over a
// ledger, with the faults that are planned for them and the time that their
// calls take. It is put together here for every style, so that none can have a
// different one.
//
//	coordinator ──► services ──► timeout ──► around ──► faults ──► service time ──► ledger
//	                                                      │                           │
//	                                                   journal                   commit feed
package world

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

// Config describes the world. It can cross a pipe as JSON.
type Config struct {
	Cell       string // for the journal
	Dir        string // of the ledger, which a world in memory has not
	Durability durability.Level
	Policy     food.Policy
	Seed       uint64
	Faults     []string // in their written form, see package fault

	// ServiceTime is how long calls take, in the written form of
	// fault.ServiceTime.
	ServiceTime string

	// Fired is the file to which each fault that fires is appended, as one line
	// of JSON; see fault.Journal. "" keeps none.
	Fired string
}

// A World is the services, and what has to be closed behind them.
type World struct {
	*food.Services
	store   ledger.Store
	journal *fault.Journal
	begin   atomic.Pointer[time.Time]
}

// Open makes a world. Its ledger's commits go to committed, in order of seq, from
// one goroutine. The interceptors stand outside the faults, first outermost.
func Open(c Config, committed func(ledger.Commit), around ...food.Interceptor) (*World, error) {
	store, err := openLedger(c.Dir, c.Durability, ledger.Options{Committed: committed})
	if err != nil {
		return nil, err
	}
	w, err := Over(store, c, around...)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return w, nil
}

// Over makes a world over a ledger that is there already, and is the world's to
// close from now on.
func Over(store ledger.Store, c Config, around ...food.Interceptor) (*World, error) {
	w := &World{store: store}
	rules, err := fault.ParseAll(c.Faults)
	if err != nil {
		return nil, err
	}
	working, err := fault.ParseServiceTime(c.ServiceTime)
	if err != nil {
		return nil, err
	}
	if c.Fired != "" {
		if w.journal, err = fault.OpenJournal(c.Fired, c.Cell); err != nil {
			return nil, err
		}
	}
	faults := fault.NewPlan(c.Seed, rules).Interceptor(w.began, w.journal)
	w.Services = food.NewServices(store, c.Policy, append(around, faults, working.Interceptor(c.Seed))...)
	return w, nil
}

// openLedger opens the ledger of the durability asked for.
func openLedger(dir string, d durability.Level, o ledger.Options) (ledger.Store, error) {
	switch d {
	case durability.Memory:
		return ledger.NewMemory(o), nil
	case durability.Power:
		return ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), ledger.Full, o)
	default:
		return ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), ledger.Normal, o)
	}
}

// Begin sets when the measured window starts, or started. Outages count from it.
func (w *World) Begin(t time.Time) { w.begin.Store(&t) }

// began is the start of the window; zero as long as that is open.
func (w *World) began() time.Time {
	if t := w.begin.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// Replay sends the rows from seq on that the ledger has already; from 0 it sends
// none. Each comes as a commit of its own, at the time at which it was applied. No
// call may be made meanwhile, or the feed would be out of order.
func (w *World) Replay(ctx context.Context, from int64, committed func(ledger.Commit)) error {
	if from == 0 {
		return nil
	}
	return w.store.Replay(ctx, from, func(rows []food.Row) error {
		for i, row := range rows {
			committed(ledger.Commit{Rows: rows[i : i+1], At: row.At})
		}
		return nil
	})
}

// Counters are what the services counted: "absorbed", the calls that found their
// row written.
func (w *World) Counters() map[string]float64 {
	return map[string]float64{"absorbed": float64(w.Absorbed())}
}

// Close waits for calls that outlived their timeout and closes ledger and
// journal. It comes after whoever makes calls has stopped.
func (w *World) Close() error {
	w.Services.Close()
	return errors.Join(w.store.Close(), w.journal.Close())
}

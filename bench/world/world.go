// Package world is what lies behind a coordinator: the six services over a
// ledger, with the faults that are planned for them and the time that their
// calls take. It is put together here for every style, so that none can have a
// different one.
//
//	coordinator ──► services ──► timeout ──► noting ──► around ──► faults ──► service time ──► ledger
//	                                           │                     │                           │
//	                                         calls                journal                   commit feed
package world

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/journal"
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

	// World is what the ledger is: "" for a sound one, or one of record.Worlds.
	World string

	// Called is the file to which each attempt at a call is appended when it
	// begins; see ReadCalls. "" keeps none.
	Called string

	// Fired is the file to which each fault that fires is appended, as one line
	// of JSON; see fault.Journal. "" keeps none.
	Fired string
}

// A World is the services, and what has to be closed behind them.
type World struct {
	*food.Services
	store  ledger.Store
	called *journal.Journal // nil: calls are not noted
	fired  *fault.Journal
	begin  atomic.Pointer[time.Time]
}

// Open makes a world. Its ledger's commits go to committed, in order of seq, from
// one goroutine. The interceptors stand outside the faults, first outermost.
func Open(c Config, committed func(ledger.Commit), around ...food.Interceptor) (*World, error) {
	if c.World != "" && !slices.Contains(record.Worlds, c.World) {
		return nil, fmt.Errorf("there is no world %q", c.World)
	}
	store, err := openLedger(c.Dir, c.Durability, ledger.Options{
		Committed: committed, Keyless: c.World == record.KeylessWorld, NoBarrier: c.World == record.NoBarrierWorld,
	})
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
	rules, err := fault.ParseAll(c.Faults)
	if err != nil {
		return nil, err
	}
	working, err := fault.ParseServiceTime(c.ServiceTime)
	if err != nil {
		return nil, err
	}
	w := &World{store: store}
	if err := w.openFiles(c); err != nil {
		return nil, errors.Join(err, w.closeFiles())
	}
	faults := fault.NewPlan(c.Seed, rules).Interceptor(w.began, w.fired)
	all := append(slices.Clone(around), faults, working.Interceptor(c.Seed))
	if w.called != nil {
		all = slices.Insert(all, 0, noting(w.called))
	}
	w.Services = food.NewServices(store, c.Policy, all...)
	return w, nil
}

// openFiles opens what is written beside the ledger.
func (w *World) openFiles(c Config) (err error) {
	if c.Called != "" {
		if w.called, err = journal.Open(c.Called); err != nil {
			return err
		}
	}
	if c.Fired != "" {
		w.fired, err = fault.OpenJournal(c.Fired, c.Cell)
	}
	return err
}

func (w *World) closeFiles() error {
	err := w.fired.Close()
	if w.called == nil {
		return err
	}
	if bad := w.called.Close(); bad != nil {
		err = errors.Join(err, fmt.Errorf("calls: %w", bad))
	}
	return err
}

// SyncOf is how the ledger's file is synced at a durability; "" where there is no file.
func SyncOf(d durability.Level) ledger.Sync {
	return map[durability.Level]ledger.Sync{durability.Process: ledger.Off, durability.Power: ledger.Full}[d]
}

// openLedger opens the ledger of the durability asked for.
func openLedger(dir string, d durability.Level, o ledger.Options) (ledger.Store, error) {
	if d == durability.Memory {
		return ledger.NewMemory(o), nil
	}
	return ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), SyncOf(d), o)
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

// Close waits for calls that outlived their timeout and closes the ledger and what
// is beside it. It comes after whoever makes calls has stopped. Its error may be
// that calls or faults could not be noted.
func (w *World) Close() error {
	w.Services.Close()
	return errors.Join(w.store.Close(), w.closeFiles())
}

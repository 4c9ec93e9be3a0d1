package world_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

func config(dir string, d durability.Level, faults ...string) world.Config {
	return world.Config{
		Cell: "c", Dir: dir, Durability: d, Policy: food.DefaultPolicy, Seed: 1, Faults: faults,
		Fired: filepath.Join(dir, "faults.jsonl"),
	}
}

// What is planned happens inside what stands around, and is in the journal.
func TestFaultsAreInsideAndWrittenDown(t *testing.T) {
	dir := t.TempDir()
	var seen []error
	w, err := world.Open(config(dir, durability.Memory, "payment.charge:fail(1)@100%"), func(ledger.Commit) {},
		func(ctx context.Context, _ food.Call, next func(context.Context) error) error {
			err := next(ctx)
			seen = append(seen, err)
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	o := load.Mix{Scenario: "w", Rate: 1}.Order(0)
	for attempt := 1; attempt <= 2; attempt++ {
		w.Charge(t.Context(), o, attempt)
	}
	w.Charge(t.Context(), o, 2)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 3 || !errors.Is(seen[0], food.ErrFailure) || seen[1] != nil {
		t.Errorf("the interceptor saw %v: want a failure and no other", seen)
	}
	fired, err := fault.ReadJournal(filepath.Join(dir, "faults.jsonl"))
	if err != nil || len(fired) != 1 {
		t.Errorf("%d faults in the journal (%v), want 1", len(fired), err)
	}
}

// An outage counts from the beginning of the window, and before there is none.
func TestOutagesCountFromTheWindow(t *testing.T) {
	w, err := world.Open(config(t.TempDir(), durability.Memory, "payment:outage@0s+1h"), func(ledger.Commit) {})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	mix := load.Mix{Scenario: "w", Rate: 1}
	if _, err := w.Charge(t.Context(), mix.Order(0), 1); err != nil {
		t.Errorf("before the window: %v", err)
	}
	w.Begin(time.Now())
	if _, err := w.Charge(t.Context(), mix.Order(1), 1); !errors.Is(err, food.ErrFailure) {
		t.Errorf("in the outage: %v", err)
	}
}

// A ledger on disk is replayed from any row on; one in memory is gone.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	w, err := world.Open(config(dir, durability.Process), func(ledger.Commit) {})
	if err != nil {
		t.Fatal(err)
	}
	mix := load.Mix{Scenario: "w", Rate: 1}
	for n := range 3 {
		if _, err := w.Charge(t.Context(), mix.Order(n), 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = world.Open(config(dir, durability.Process), func(ledger.Commit) {}); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for from, want := range map[int64]int{0: 0, 1: 3, 3: 1, 4: 0} {
		rows := 0
		if err := w.Replay(t.Context(), from, func(c ledger.Commit) {
			rows += len(c.Rows)
			if len(c.Rows) != 1 || !c.At.Equal(c.Rows[0].At) {
				t.Errorf("from %d: %+v: want one row, at its own time", from, c)
			}
		}); err != nil || rows != want {
			t.Errorf("from %d: %d rows (%v), want %d", from, rows, err, want)
		}
	}
}

func TestAWorldThatCantBeMadeLeavesNothingOpen(t *testing.T) {
	for what, c := range map[string]world.Config{
		"a fault":        {Durability: durability.Memory, Faults: []string{"nonsense"}},
		"a service time": {Durability: durability.Memory, ServiceTime: "soon"},
		"a journal":      {Durability: durability.Memory, Fired: filepath.Join(t.TempDir(), "no", "such", "folder")},
		"calls":          {Durability: durability.Memory, Called: filepath.Join(t.TempDir(), "no", "such", "folder")},
		"a world":        {Durability: durability.Memory, World: "keylss"},
		"a ledger":       {Durability: durability.Process, Dir: filepath.Join(t.TempDir(), "none")},
	} {
		if _, err := world.Open(c, func(ledger.Commit) {}); err == nil {
			t.Errorf("a world with %s that can't be was made", what)
		}
	}
}

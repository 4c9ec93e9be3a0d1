package world_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/journal"
	"github.com/sagabench/sagabench/internal/ledger"
)

// Each attempt is noted before anything else happens to it, whatever becomes of it
// then, and a world that is opened again goes on in the same file.
func TestEachCallIsNotedFirst(t *testing.T) {
	c := config(t.TempDir(), durability.Memory, "payment.charge:fail(1)@100%", "restaurant.confirm:refuse@100%")
	c.Called = filepath.Join(t.TempDir(), "calls")
	start := time.Now()
	read := func() []record.Call {
		calls, err := world.ReadCalls(c.Called, start)
		if err != nil {
			t.Fatal(err)
		}
		return calls
	}
	o := load.Mix{Scenario: "w", Rate: 1}.Order(0)
	want := []record.Call{
		{Order: o.ID, Service: "payment", Action: "charge", Attempt: 1},
		{Order: o.ID, Service: "payment", Action: "charge", Attempt: 2},
		{Order: o.ID, Service: "payment", Action: "charge", Attempt: 2}, // as a redelivery makes it
		{Order: o.ID, Service: "restaurant", Action: "confirm", Attempt: 1},
	}
	for life := range 2 {
		n := life * len(want)
		w, err := world.Open(c, func(ledger.Commit) {}, func(ctx context.Context, _ food.Call, next func(context.Context) error) error {
			if n++; len(read()) != n {
				t.Errorf("%d calls are noted when the one after %d goes on", len(read()), n-1)
			}
			return next(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
		w.Charge(t.Context(), o, 1)
		w.Charge(t.Context(), o, 2)
		w.Charge(t.Context(), o, 2)
		w.Confirm(t.Context(), o, 1)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	calls := read()
	if len(calls) != 2*len(want) {
		t.Fatalf("%d calls: %+v", len(calls), calls)
	}
	before, end := 0.0, float64(time.Since(start))/1e6
	for i, got := range calls {
		if got.At < before || got.At > end {
			t.Errorf("call %d is at %v ms, after %v and before %v", i, got.At, before, end)
		}
		before, got.At = got.At, 0
		if got != want[i%len(want)] {
			t.Errorf("call %d is %+v, want %+v", i, got, want[i%len(want)])
		}
	}
}

// What can't be noted does not happen, and the file's Close returns why.
func TestCallThatCannotBeNotedDoesNotHappen(t *testing.T) {
	calls, err := journal.Open(filepath.Join(t.TempDir(), "calls"))
	if err != nil {
		t.Fatal(err)
	}
	if err := calls.Write(make([]byte, 1<<20)); err == nil {
		t.Fatal("a line of a megabyte was written")
	}
	err = world.Noting(calls)(t.Context(), food.Call{Order: "o"}, func(context.Context) error {
		t.Error("the call was made")
		return nil
	})
	if !errors.Is(err, food.ErrFailure) {
		t.Errorf("got %v, want a failure without effect", err)
	}
	if calls.Close() == nil {
		t.Error("Close hides that a call was not noted")
	}
}

// A call is read as it was made, also one of an order that can't be.
func TestAnyCallIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls")
	calls, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	orders := []string{"", "o-1", strings.Repeat("x", 300), "a b", "two\nlines", "\x00", `"quoted"`, "無し"}
	for _, id := range orders {
		err := world.Noting(calls)(t.Context(), food.Call{Order: id, Service: food.Loyalty, Action: food.Award, Attempt: 12}, func(context.Context) error { return nil })
		if err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := calls.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := world.ReadCalls(path, time.Now())
	if err != nil || len(got) != len(orders) {
		t.Fatalf("%d calls (%v), want %d", len(got), err, len(orders))
	}
	for i, id := range orders {
		want := record.Call{Order: id, Service: "loyalty", Action: "award", Attempt: 12, At: got[i].At}
		if got[i] != want {
			t.Errorf("got %+v, want %+v", got[i], want)
		}
	}
}

func TestDamagedCallsAreFound(t *testing.T) {
	const good = "5 1 loyalty award \"o\"\n"
	for _, bad := range []string{"5 1 loyalty award\n", "x 1 loyalty award \"o\"\n", "5 x loyalty award \"o\"\n", "5 1 loyalty award o\n"} {
		path := filepath.Join(t.TempDir(), "calls")
		if err := os.WriteFile(path, []byte(good+bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := world.ReadCalls(path, time.Now()); err == nil || !strings.Contains(err.Error(), path+":2: ") {
			t.Errorf("%q is read: %v", bad, err)
		}
	}
}

// A weak world is one that does not protect itself, and a sound one is not.
func TestWeakWorlds(t *testing.T) {
	for _, c := range []struct{ world, twice, late string }{
		{"", "absorbed", "blocked"},
		{record.KeylessWorld, "charged again", "blocked"},
		{record.NoBarrierWorld, "absorbed", "done"},
	} {
		rows := 0
		config := config(t.TempDir(), durability.Process)
		config.World = c.world
		w, err := world.Open(config, func(c ledger.Commit) { rows += len(c.Rows) })
		if err != nil {
			t.Fatal(err)
		}
		o := load.Mix{Scenario: "w", Rate: 1}.Order(0)
		for range 2 {
			if _, err := w.Charge(t.Context(), o, 1); err != nil {
				t.Fatal(err)
			}
		}
		if got := map[int]string{1: "absorbed", 2: "charged again"}[rows]; got != c.twice {
			t.Errorf("world %q: a repeated charge was %s, want %s", c.world, got, c.twice)
		}
		_, err = w.MailCancelled(t.Context(), o, 1)
		late, err2 := w.MailConfirmed(t.Context(), o, 1)
		if err := errors.Join(err, err2); err != nil || string(late.Outcome) != c.late {
			t.Errorf("world %q: the mail that was overtaken is %s (%v), want %s", c.world, late.Outcome, err, c.late)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

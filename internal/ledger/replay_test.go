package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// fill writes n rows from a few goroutines.
func fill(t *testing.T, s ledger.Store, n int) {
	t.Helper()
	const callers = 16
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for i := caller; i < n; i += callers {
				if _, _, err := s.Do(t.Context(), call(fmt.Sprintf("fill-%d", i), food.Charge), done(1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestReplayFromSeq(t *testing.T) {
	const n = 2500 // more than two batches
	everyKind(t, func(t *testing.T, open opener) {
		s := open(ledger.Options{})
		fill(t, s, n)
		for _, from := range []int64{-7, 0, 1, 2, 1024, 1025, n - 1, n, n + 1, n + 100} {
			var rows []food.Row
			err := s.Replay(t.Context(), from, func(batch []food.Row) error {
				rows = append(rows, batch...)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			first := max(from, 1)
			if want := max(n+1-first, 0); int64(len(rows)) != want {
				t.Errorf("%d rows from %d on, want %d", len(rows), from, want)
			}
			if err := gapFree(rows, first); err != nil {
				t.Errorf("from %d on: %v", from, err)
			}
		}
	})
}

func TestReplayEndsAtAnErrorOfYield(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		s := open(ledger.Options{})
		fill(t, s, 2500)
		enough := errors.New("enough")
		batches := 0
		err := s.Replay(t.Context(), 1, func([]food.Row) error {
			batches++
			return enough
		})
		if !errors.Is(err, enough) || batches != 1 {
			t.Errorf("%d batches and error %v, want one and %v", batches, err, enough)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = s.Replay(ctx, 1, func([]food.Row) error {
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
	})
}

// Reading does not wait for writing, and sees a beginning of what is written.
func TestReplayWhileWriting(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		s := open(ledger.Options{})
		var writing sync.WaitGroup
		writing.Go(func() { fill(t, s, 2500) })
		for seen := 0; seen < 2500; {
			rows, err := rowsOf(s)
			if err != nil {
				t.Fatal(err)
			}
			if err := gapFree(rows, 1); err != nil {
				t.Fatal(err)
			}
			if len(rows) < seen {
				t.Fatalf("%d rows after there were %d", len(rows), seen)
			}
			seen = len(rows)
		}
		writing.Wait()
	})
}

// A row has a value for each of its fields, and all of them come back.
func TestRowsComeBackWhole(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		s := open(ledger.Options{})
		c := food.Call{Order: "whole", Service: food.Delivery, Action: food.Assign, Attempt: 7}
		p := food.Proposal{Outcome: food.Refused, Reason: "Kein Bote – 無し\n'\"", For: "Röd ; \"Grön\"\n", Amount: -5}
		answered, _, err := s.Do(t.Context(), c, p)
		if err != nil {
			t.Fatal(err)
		}
		want := food.Row{
			Seq: 1, Order: c.Order, Service: c.Service, Action: c.Action, Attempt: 7,
			Outcome: p.Outcome, Reason: p.Reason, For: p.For, Amount: p.Amount, At: answered.At,
		}
		again, absorbed, err := s.Do(t.Context(), c, done(1))
		if err != nil || !absorbed {
			t.Fatalf("absorbed %v, error %v", absorbed, err)
		}
		stored, err := rowsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]food.Row{want, want, want}, append(stored, answered, again)); diff != "" || answered.At.IsZero() {
			t.Errorf("want, and stored, answered, answered again:\n%s", diff)
		}
	})
}

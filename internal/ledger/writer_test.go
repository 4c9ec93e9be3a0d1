package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
)

// flaky storage fails once, after it has settled, and would work again.
type flaky struct {
	shelf
	fail error
}

func (f *flaky) transact(calls []*request, settle func(book) []food.Row) error {
	if err := f.fail; err != nil {
		f.fail = nil
		settle(f.book)
		return err
	}
	return f.shelf.transact(calls, settle)
}

// After a failed commit it is unknown what is stored, so no one gets an answer:
// not the callers, not the feed, and not those who come later.
func TestFailedCommitFailsTheLedger(t *testing.T) {
	broken := errors.New("disk on fire")
	w := newWriter(&flaky{shelf{book: book{}}, broken}, 0, Options{
		Committed: func(c Commit) { t.Errorf("the feed received %v", c.Rows) },
	})
	defer w.Close()
	var callers sync.WaitGroup
	for i := range 10 {
		callers.Go(func() {
			for range 3 {
				c := food.Call{Order: fmt.Sprint("o-", i), Service: food.Payment, Action: food.Charge, Attempt: 1}
				if _, _, err := w.Do(t.Context(), c, food.Proposal{Outcome: food.Done}); !errors.Is(err, ErrFailed) || !errors.Is(err, broken) {
					t.Errorf("got error %v, want one that is %v and %v", err, ErrFailed, broken)
				}
			}
		})
	}
	callers.Wait()
}

// hanging storage holds every transaction until it is released.
type hanging struct {
	shelf
	release chan struct{}
}

func (s *hanging) transact(calls []*request, settle func(book) []food.Row) error {
	<-s.release
	return s.shelf.transact(calls, settle)
}

// No caller waits for a disk that hangs longer than its context lasts: that is what
// the call timeout relies on. The row comes late, and stands.
func TestHangingCommitIsNotWaitedFor(t *testing.T) {
	storage := &hanging{shelf{book: book{}}, make(chan struct{})}
	w := newWriter(storage, 0, Options{})
	defer w.Close()
	policy := food.DefaultPolicy
	policy.CallTimeout = 10 * time.Millisecond
	services := food.NewServices(w, policy)
	lunch := food.Order{ID: "o-1", Customer: "c", Restaurant: "r", Items: []food.Item{{Dish: "d", Quantity: 1, Price: 100}}}

	answered := make(chan error, 1)
	go func() {
		_, err := services.Charge(t.Context(), lunch, 1)
		answered <- err
	}()
	select {
	case err := <-answered:
		if !errors.Is(err, food.ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("charge: %v, want no answer because of the deadline", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("still waiting for a commit that hangs")
	}
	close(storage.release)
	again := food.Call{Order: lunch.ID, Service: food.Payment, Action: food.Charge, Attempt: 2}
	if row, absorbed, err := w.Do(t.Context(), again, food.Proposal{Outcome: food.Done}); err != nil || !absorbed || row.Attempt != 1 {
		t.Errorf("after the hang: %+v, absorbed %v, %v, want the row of attempt 1", row, absorbed, err)
	}
}

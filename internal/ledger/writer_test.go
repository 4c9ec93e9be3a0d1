package ledger

import (
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

// After a failed commit nobody knows what is stored, so nobody is told
// anything: not the callers, not the feed, and not those who come later.
func TestFailedCommitFailsTheLedger(t *testing.T) {
	broken := errors.New("disk on fire")
	w := newWriter(&flaky{shelf{book: book{}}, broken}, 0, Options{
		Committed: func(rows []food.Row, _ time.Time) { t.Errorf("the feed heard of %v", rows) },
	})
	defer w.close()
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

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// The feed receives every row once, in order, before the row's caller is answered.
func TestFeed(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		var fed []food.Row // no lock: the race detector proves the order of the feed's calls
		var last atomic.Int64
		var then time.Time
		s := open(ledger.Options{Committed: func(c ledger.Commit) {
			rows, at := c.Rows, c.At
			if at.Before(then) {
				t.Errorf("commit at %v after one at %v", at, then)
			}
			fed, then = append(fed, rows...), at
			last.Store(rows[len(rows)-1].Seq)
		}})
		var callers sync.WaitGroup
		for caller := range 32 {
			callers.Go(func() {
				for i := range 40 {
					order := fmt.Sprintf("o-%d", (caller+i)%50)
					row, _, err := s.Do(t.Context(), call(order, actions[i%len(actions)]), done(1))
					if err != nil {
						t.Error(err)
					}
					if received := last.Load(); row.Seq > received {
						t.Errorf("answered with row %d when the feed had received %d", row.Seq, received)
					}
				}
			})
		}
		callers.Wait()
		stored, err := rowsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := gapFree(fed, 1); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(stored, fed); diff != "" {
			t.Errorf("stored rows and fed rows differ (-stored +fed):\n%s", diff)
		}
	})
}

// All calls that are queued share a commit, and each sees those before it.
func TestQueuedCallsShareACommit(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		h := hold(t, open)
		var callers sync.WaitGroup
		for i, step := range []struct{ what, want string }{
			{"refund 500", "done(nothing_to_undo)"},
			{"charge 500", "blocked(undone) again"},
			{"confirm refuse", "refused(no)"},
			{"confirm", "refused(no) again"},
			{"status-cancelled", "done"},
			{"status-completed", "blocked(undone)"},
			{"assign give-up", "blocked(gave_up)"},
			{"assign", "blocked(gave_up) again"},
		} {
			callers.Go(func() {
				if got, err := play(h.store, "shared", step.what); err != nil || got != step.want {
					t.Errorf("%s: got %q and error %v, want %q", step.what, got, err, step.want)
				}
			})
			h.waitForQueue(i + 1)
		}
		h.release()
		callers.Wait()
		want := "charge blocked(undone), refund done(nothing_to_undo), confirm refused(no), " +
			"status-cancelled done, status-completed blocked(undone), assign blocked(gave_up)"
		if got := byOrder(h.commits[1])["shared"]; got != want {
			t.Errorf("the commit has\n%s\nwant\n%s", got, want)
		}
	})
}

// Whoever stops waiting gets an error after which the effect is unknown. Whoever has
// stopped before asking writes nothing.
func TestEndedContext(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		h := hold(t, open)
		ctx, cancel := context.WithCancel(t.Context())
		answered := make(chan error)
		go func() {
			_, _, err := h.store.Do(ctx, call("impatient", food.Charge), done(1))
			answered <- err
		}()
		h.waitForQueue(1)
		cancel()
		if err := <-answered; !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want one that is %v", err, context.Canceled)
		}
		if _, err := h.store.GiveUp(ctx, call("absent", food.Charge)); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want one that is %v", err, context.Canceled)
		}
		h.release()
		if _, err := h.store.GiveUp(t.Context(), call("after", food.Charge)); err != nil {
			t.Fatal(err)
		}
		rows, err := rowsOf(h.store)
		if err != nil {
			t.Fatal(err)
		}
		if of := byOrder(rows); of["impatient"] == "" || of["absent"] != "" {
			t.Errorf("got %q, want the impatient call and not the absent one", of)
		}
	})
}

func TestCloseWaitsForTheQueue(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		h := hold(t, open)
		var callers sync.WaitGroup
		for i := range 20 {
			callers.Go(func() {
				if _, _, err := h.store.Do(t.Context(), call(fmt.Sprint("o-", i), food.Charge), done(1)); err != nil {
					t.Error(err)
				}
			})
		}
		h.waitForQueue(20)
		closed := make(chan error)
		go func() { closed <- h.store.Close() }()
		for _, err := rowsOf(h.store); !errors.Is(err, ledger.ErrClosed); _, err = rowsOf(h.store) {
			time.Sleep(time.Millisecond)
		}
		select {
		case err := <-closed:
			t.Errorf("closed with calls in the queue, error %v", err)
		default:
		}
		h.release()
		callers.Wait()
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if _, _, err := h.store.Do(t.Context(), call("late", food.Charge), done(1)); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("Do after Close: got error %v, want %v", err, ledger.ErrClosed)
		}
		if _, err := h.store.GiveUp(t.Context(), call("late", food.Charge)); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("GiveUp after Close: got error %v, want %v", err, ledger.ErrClosed)
		}
		if err := h.store.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
	})
}

func TestAnOrderIDThatIsNoneHarmsNoOther(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		s := open(ledger.Options{})
		for _, id := range []string{"", "a:b", "a b", "\x00", "\xff", `"`} {
			if _, _, err := s.Do(t.Context(), call(id, food.Charge), done(1)); err == nil {
				t.Errorf("order id %q is recorded", id)
			}
		}
		if _, _, err := s.Do(t.Context(), call("good", food.Charge), done(1)); err != nil {
			t.Error(err)
		}
	})
}

// actions lists all of them.
var actions = func() (all []food.Action) {
	for _, service := range food.AllServices {
		all = append(all, food.Actions[service]...)
	}
	return all
}()

// A held ledger has committed one row and waits in its feed. Calls queue up.
type held struct {
	t       *testing.T
	store   ledger.Store
	commits [][]food.Row // read when the calls in question are answered
	release func()
}

func hold(t *testing.T, open opener) *held {
	h := &held{t: t}
	reached, released := make(chan struct{}), make(chan struct{})
	h.release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(h.release)
	h.store = open(ledger.Options{Committed: func(c ledger.Commit) {
		if h.commits = append(h.commits, c.Rows); len(h.commits) == 1 {
			close(reached)
			<-released
		}
	}})
	go h.store.Do(context.Background(), call("holder", food.Charge), done(1))
	<-reached
	return h
}

func (h *held) waitForQueue(n int) {
	for h.store.(interface{ Queued() int }).Queued() != n {
		time.Sleep(100 * time.Microsecond)
	}
}

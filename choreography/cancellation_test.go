package choreography_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// A customer cancels when the order was completed, was declined or got no partner:
// each is answered. (What happens in between is a part of the conformance suite.)
func TestCancelledTooLate(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	for _, c := range []struct {
		refused food.Action
		cancel  food.Outcome
		rows    int // beside those of the ending
	}{
		{"none", food.Blocked, 1},
		{food.Charge, food.Done, 8}, // cancel and a mail; confirm, assign and award are blocked, and three undos find nothing
		{food.Assign, food.Done, 1},
	} {
		t.Run("no "+string(c.refused), func(t *testing.T) {
			t.Parallel()
			w, conf := newWorld(t), config(server.URL())
			conf.Name += "-" + string(c.refused) // each has streams of its own
			co := open(t, conf)
			worker, _ := work(t, conf, w, refuse(c.refused, "o"))
			place(t, co, "o-1")
			ending := w.settled(t, "o-1")
			before := len(w.of("o-1"))
			for range 2 { // asking twice is asking once
				if err := co.Cancel(t.Context(), meal("o-1")); err != nil {
					t.Fatal(err)
				}
			}
			w.until(t, "the order has its answer", func() bool {
				var tally food.Tally
				for _, r := range w.rows["o-1"] {
					tally.Add(r)
				}
				return tally.Has(food.Cancel) && tally.Settled()
			})
			closeWorker(t, worker)
			if row, _ := w.row("o-1", food.Cancel); row.Outcome != c.cancel {
				t.Errorf("cancel is %s, want %s", row.Outcome, c.cancel)
			}
			if got := w.settled(t, "o-1"); got != ending {
				t.Errorf("it was %s and is %s", ending, got)
			}
			if n := len(w.of("o-1")) - before; n != c.rows {
				t.Errorf("%d rows more, want %d:\n%s", n, c.rows, show(w.of("o-1")))
			}
		})
	}
}

// An undo that is refused waits for a person.
func TestEscalated(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t), config(devservertest.NATS(t).URL())
	co := open(t, c)
	work(t, c, w, refuse(food.Confirm, "o"), refuse(food.Refund, "o"))
	place(t, co, "o-1")
	w.until(t, "the customer is told", func() bool {
		var tally food.Tally
		for _, r := range w.rows["o-1"] {
			tally.Add(r)
		}
		return tally.Ended()
	})
	if err := co.Resolve(t.Context(), meal("o-1")); err != nil {
		t.Fatal(err)
	}
	if ending := w.settled(t, "o-1"); ending != food.Escalated {
		t.Errorf("ending %s", ending)
	}
	want := "charge done\nconfirm refused not today\nmail-cancelled done\nmail-escalated done\nrefund refused not today\nresolve done\nstatus-cancelled done"
	if diff := cmp.Diff(want, show(w.of("o-1"))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// What can't be done for an order is said.
func TestCancelAndResolveRefused(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t), config(devservertest.NATS(t).URL())
	co := open(t, c)
	work(t, c, w)
	if err := co.Cancel(t.Context(), meal("o-9")); !errors.Is(err, food.ErrUnknownOrder) {
		t.Errorf("cancel of an unknown order: %v", err)
	}
	if err := co.Resolve(t.Context(), meal("o-9")); !errors.Is(err, food.ErrUnknownOrder) {
		t.Errorf("resolve of an unknown order: %v", err)
	}
	place(t, co, "o-1")
	w.settled(t, "o-1")
	if err := co.Resolve(t.Context(), meal("o-1")); !errors.Is(err, food.ErrNotEscalated) {
		t.Errorf("resolve of a completed order: %v", err)
	}
	if err := co.Cancel(t.Context(), food.Order{ID: "*"}); err == nil || !strings.Contains(err.Error(), "order id") {
		t.Errorf("cancel of no order: %v", err)
	}
}

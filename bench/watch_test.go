package bench

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// at is a moment in the tests' time, in ms from the cell's start.
func at(ms int) time.Time { return time.Unix(1000, 0).Add(time.Duration(ms) * time.Millisecond) }

func row(seq int64, order string, a food.Action, o food.Outcome) food.Row {
	return food.Row{Seq: seq, Order: order, Action: a, Outcome: o, At: at(0)}
}

// Every clock of an order starts when it was due, not when it was sent, and is
// read when a commit had returned, not when a row was written.
func TestClocks(t *testing.T) {
	w := newWatch()
	o := food.Order{ID: "o"}
	w.sending(o, false, false, at(100), at(130))
	w.answered("o", at(140), nil)
	for i, c := range []struct {
		ms  int
		row food.Row
	}{
		{150, row(1, "o", food.Charge, food.Done)},
		{160, row(2, "o", food.Confirm, food.Refused)},
		{175, row(3, "o", food.StatusCancelled, food.Done)},
		{190, row(4, "o", food.Refund, food.Done)},
		{195, row(5, "o", food.MailCancelled, food.Done)},
		{210, row(6, "o", food.MailRefunded, food.Done)},
	} {
		if open := w.backlog(); open != 1 {
			t.Fatalf("before row %d: backlog %d, want 1", i+1, open)
		}
		w.receive(ledger.Commit{Rows: []food.Row{c.row}, At: at(c.ms)})
	}
	if open := w.backlog(); open != 0 {
		t.Errorf("backlog %d after the last row, want 0", open)
	}
	orders, effects := w.results(record.Cell{ID: "c"}, at(0))
	if len(orders) != 1 || len(effects) != 6 {
		t.Fatalf("%d orders, %d effects, want 1 and 6", len(orders), len(effects))
	}
	got := orders[0]
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"due", got.Due, 100}, {"sent", got.Sent, 30}, {"accept", got.Accept, 40},
		{"decision", got.Decision, 75}, {"settled", got.Settled, 110},
		{"compensation", got.Compensation, 30}, {"inconsistent", got.Inconsistent, 30},
	} {
		if c.got != c.want {
			t.Errorf("%s = %v ms, want %v", c.name, c.got, c.want)
		}
	}
	if got.Outcome != string(food.RestaurantFailed) {
		t.Errorf("outcome %q, want %s", got.Outcome, food.RestaurantFailed)
	}
	if effects[5].Committed != 210 {
		t.Errorf("last commit at %v, want 210", effects[5].Committed)
	}
}

// An order whose customer cancels has its answer too before it counts as settled: here it
// comes too late, and there when all else is over. An escalated one counts when the
// customer knows.
func TestClocksOfCancelledAndEscalated(t *testing.T) {
	completed := []food.Row{}
	for _, r := range food.Required[food.Completed] {
		completed = append(completed, food.Row{Action: r.Action, Outcome: food.Done})
	}
	declined := []food.Row{{Action: food.Charge, Outcome: food.Refused}, {Action: food.StatusCancelled, Outcome: food.Done}, {Action: food.MailPaymentFailed, Outcome: food.Done}}
	late := []food.Row{{Action: food.Confirm, Outcome: food.Blocked, Reason: food.Undone}}
	for _, a := range []food.Action{food.Refund, food.CancelTicket, food.Revoke} {
		late = append(late, food.Row{Action: a, Outcome: food.Done, Reason: food.NothingToUndo})
	}
	late = append(late, food.Row{Action: food.MailCancelled, Outcome: food.Done})
	cancel := food.Row{Action: food.Cancel, Outcome: food.Done}
	for name, c := range map[string]struct {
		cancels bool
		rows    []food.Row
		settled int // after so many rows
		ending  food.Ending
	}{
		"does not":          {false, completed, 8, food.Completed},
		"too late":          {true, append(slices.Clone(completed), food.Row{Action: food.Cancel, Outcome: food.Blocked, Reason: food.Undone}), 9, food.Completed},
		"too late, at once": {true, append([]food.Row{{Action: food.Cancel, Outcome: food.Blocked, Reason: food.Undone}}, completed...), 9, food.Completed},
		"no answer":         {true, completed, 0, food.Completed},
		"was declined":      {true, slices.Concat(declined, []food.Row{cancel, {Action: food.Assign, Outcome: food.Blocked, Reason: food.Undone}}, late), 10, food.PaymentDeclined},
		"escalated": {false, []food.Row{{Action: food.Charge, Outcome: food.Done}, {Action: food.Confirm, Outcome: food.Refused}, {Action: food.Refund, Outcome: food.Refused},
			{Action: food.StatusCancelled, Outcome: food.Done}, {Action: food.MailCancelled, Outcome: food.Done}, {Action: food.MailEscalated, Outcome: food.Done}}, 6, food.Escalated},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatch()
			w.sending(food.Order{ID: "o"}, false, c.cancels, at(0), at(0))
			w.answered("o", at(0), nil)
			for i, r := range c.rows {
				r.Order, r.Seq = "o", int64(i+1)
				w.receive(ledger.Commit{Rows: []food.Row{r}, At: at(i + 1)})
				if settled := w.backlog() == 0; settled != (c.settled > 0 && i+1 >= c.settled) {
					t.Errorf("after row %d settled is %v", i+1, settled)
				}
			}
			orders, _ := w.results(record.Cell{}, at(0))
			if o := orders[0]; o.Outcome != string(c.ending) || c.settled > 0 && o.Settled != float64(c.settled) || (c.settled == 0) != math.IsNaN(o.Settled) {
				t.Errorf("%s after %v ms, want %s after %d", o.Outcome, o.Settled, c.ending, c.settled)
			}
		})
	}
}

// An unsettled order has no settled time, and an undo that never came
// has no length. Neither is a zero.
func TestWhatNeverHappenedIsNotANumber(t *testing.T) {
	w := newWatch()
	w.sending(food.Order{ID: "o"}, false, false, at(0), at(0))
	w.answered("o", at(1), nil)
	w.receive(ledger.Commit{Rows: []food.Row{row(1, "o", food.Charge, food.Done), row(2, "o", food.Confirm, food.Refused)}, At: at(5)})
	w.sending(food.Order{ID: "p"}, false, false, at(10), time.Time{})
	orders, _ := w.results(record.Cell{}, at(0))
	for _, o := range orders {
		for name, ms := range map[string]float64{"settled": o.Settled, "compensation": o.Compensation, "inconsistent": o.Inconsistent, "decision": o.Decision} {
			if !math.IsNaN(ms) {
				t.Errorf("%s: %s = %v, want NaN", o.ID, name, ms)
			}
		}
	}
	if n, settled, _ := w.accepted(); settled || n != 1 {
		t.Error("an accepted order has not settled, and the cell counts as drained")
	}
}

// A submission without an answer is unknown, not refused, and does not count as
// lost.
func TestUnknownSubmission(t *testing.T) {
	w := newWatch()
	w.sending(food.Order{ID: "o"}, false, false, at(0), at(0))
	w.answered("o", at(1), errors.New("timeout"))
	if n, settled, unknown := w.accepted(); n != 0 || !settled || unknown != 1 {
		t.Errorf("accepted() = %d, %v, %d, want 0, true, 1", n, settled, unknown)
	}
	if w.drained(t.Context(), time.Millisecond) {
		t.Error("drained, though it is unknown whether the order was accepted")
	}
}

// A hole in the commit feed is seen.
func TestGap(t *testing.T) {
	for _, c := range []struct {
		seqs []int64
		gaps int
	}{
		{[]int64{1, 2, 3}, 0},
		{[]int64{1, 3, 4}, 1},
		{[]int64{2, 3, 7}, 4},
	} {
		w := newWatch()
		for _, seq := range c.seqs {
			w.receive(ledger.Commit{Rows: []food.Row{row(seq, "o", food.Charge, food.Done)}, At: at(0)})
		}
		if w.gaps != c.gaps {
			t.Errorf("rows %v: %d gaps, want %d", c.seqs, w.gaps, c.gaps)
		}
	}
}

// Draining waits for the last order and no longer.
func TestDrained(t *testing.T) {
	w := newWatch()
	w.sending(food.Order{ID: "o"}, false, false, at(0), at(0))
	done := make(chan bool)
	go func() { done <- w.drained(t.Context(), time.Minute) }()
	w.receive(ledger.Commit{Rows: []food.Row{row(1, "o", food.Charge, food.Refused), row(2, "o", food.StatusCancelled, food.Done)}, At: at(1)})
	select {
	case <-done:
		t.Fatal("drained with a mail missing")
	default:
	}
	w.receive(ledger.Commit{Rows: []food.Row{row(3, "o", food.MailPaymentFailed, food.Done)}, At: at(2)})
	if !<-done {
		t.Error("not drained after the last row")
	}
}

// A drain goes on for as long as anything happens, and not much longer.
func TestDrainGivesUpWhenNothingHappens(t *testing.T) {
	for name, c := range map[string]struct {
		commits int           // of other orders, one every 3 s
		settles bool          // the last of them is what the order was waiting for
		limit   time.Duration // of all
		want    time.Duration
	}{
		"nothing happens":     {0, false, time.Hour, 5 * time.Second},
		"a long backlog":      {20, true, time.Hour, time.Minute},
		"the rest is missing": {20, false, time.Hour, 65 * time.Second},
		"without an end":      {1000, false, 3 * time.Minute, 3 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWatch()
				w.sending(food.Order{ID: "o"}, false, false, time.Now(), time.Now())
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				go func() {
					for n := 1; n <= c.commits && ctx.Err() == nil; n++ {
						time.Sleep(3 * time.Second)
						rows := []food.Row{row(int64(n), "other", food.Charge, food.Done)}
						if n == c.commits && c.settles {
							rows = []food.Row{row(1, "o", food.Charge, food.Refused), row(2, "o", food.StatusCancelled, food.Done), row(3, "o", food.MailPaymentFailed, food.Done)}
						}
						w.receive(ledger.Commit{Rows: rows})
					}
				}()
				start := time.Now()
				if got := w.drained(ctx, 5*time.Second); got != c.settles {
					t.Errorf("drained: %v", got)
				}
				if took := time.Since(start); took != c.want {
					t.Errorf("it took %v, want %v", took, c.want)
				}
				time.Sleep(3 * time.Second) // for the commits to end
			})
		})
	}
}

// An answer that is taken back leaves an order of which nothing is known.
func TestUnanswered(t *testing.T) {
	w, now := newWatch(), time.Now()
	w.sending(food.Order{ID: "o-1"}, false, false, now, now)
	w.answered("o-1", now, nil)
	if n, _, unknown := w.accepted(); n != 1 || unknown != 0 {
		t.Fatalf("%d accepted, %d unknown, want one accepted", n, unknown)
	}
	w.unanswered("o-1")
	if n, _, unknown := w.accepted(); n != 0 || unknown != 1 {
		t.Errorf("%d accepted, %d unknown, want one unknown", n, unknown)
	}
}

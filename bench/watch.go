package bench

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A watch follows one cell's orders from the moment they were due to the moment they
// settled. One that is escalated counts as settled when the customer knows that a
// person takes over: no person answers in a cell. One that its customer cancels has its
// answer besides. Submitting goroutines and the commit feed both write to it.
type watch struct {
	mu      sync.Mutex
	offered map[string]*offer
	sent    int
	commits []ledger.Commit
	rows    int // in the commits
	gaps    int
	last    time.Time   // when the last commit was received
	settled *load.Ended // of the orders sent
}

// offer is what the harness knows of one order it offered.
type offer struct {
	order  food.Order
	items  string // as written before it was sent
	warmup bool
	due    time.Time
	sent   time.Time // zero: dropped
	accept time.Time // zero: no answer
	timeline
}

func newWatch() *watch { return &watch{offered: map[string]*offer{}, settled: load.NewEnded()} }

// sending notes that an order is about to be submitted, or with a zero sent that
// it was due and could not be. It comes before the submission, because the first
// rows may arrive before Submit returns. The customer may be about to cancel.
func (w *watch) sending(o food.Order, warmup, cancels bool, due, sent time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offered[o.ID] = &offer{order: o, items: load.Items(o), warmup: warmup, due: due, sent: sent, timeline: timeline{cancels: cancels}}
	if !sent.IsZero() {
		w.sent++
	}
}

// answered notes the end of a submission.
func (w *watch) answered(id string, at time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.offered[id].accept = at
	}
}

// unanswered takes an answer back: it is not known what became of the order that was
// submitted again, or cancelled.
func (w *watch) unanswered(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offered[id].accept = time.Time{}
}

// receive takes the commit feed. It keeps each commit as it came: one list of all
// rows would be copied whenever it had grown, and nothing would be received meanwhile.
func (w *watch) receive(c ledger.Commit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	settled := 0
	for _, r := range c.Rows {
		if want := int64(w.rows + w.gaps + 1); r.Seq != want {
			w.gaps += int(max(r.Seq-want, 1))
		}
		w.rows++
		// An order that was not offered violates an invariant, which the checker finds.
		if o := w.offered[r.Order]; o != nil && o.add(r, c.At) {
			settled++
		}
	}
	w.commits = append(w.commits, c)
	w.last = time.Now()
	if settled > 0 {
		w.settled.Add(settled)
	}
}

// backlog is the number of orders sent and not settled.
func (w *watch) backlog() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent - w.settled.Count()
}

// drained waits until every order sent has settled, and reports whether it has. It
// waits for as long as commits come, and gives up when none has come for the given
// time, or ctx ends. Orders whose submission had no answer are waited for too:
// it is not known yet that they were lost. One goroutine at a time waits.
func (w *watch) drained(ctx context.Context, quiet time.Duration) bool {
	for since := time.Now(); ; {
		w.mu.Lock()
		sent := w.sent
		if w.last.After(since) {
			since = w.last
		}
		w.mu.Unlock()
		left := quiet - time.Since(since)
		if left <= 0 {
			return w.settled.Count() >= sent
		}
		waiting, cancel := context.WithTimeout(ctx, left)
		err := w.settled.Wait(waiting, sent)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err == nil
		}
	}
}

// accepted counts the orders that were accepted, reports whether all of them have
// settled, and counts those whose submission had no answer.
func (w *watch) accepted() (n int, settled bool, unknown int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	settled = true
	for _, o := range w.offered {
		switch {
		case o.sent.IsZero():
		case o.accept.IsZero():
			unknown++
		default:
			n++
			settled = settled && !o.settled.IsZero()
		}
	}
	return n, settled, unknown
}

// results turns what was seen into the run folder's rows. It is called when
// nothing is written any more.
func (w *watch) results(cell record.Cell, start time.Time) ([]record.Order, []record.Effect) {
	since := func(t, from time.Time) float64 {
		if t.IsZero() {
			return math.NaN()
		}
		return float64(t.Sub(from)) / 1e6
	}
	effects := make([]record.Effect, 0, w.rows)
	for _, c := range w.commits {
		for _, r := range c.Rows {
			effects = append(effects, record.Effect{
				Cell: cell.ID, Order: r.Order, Seq: r.Seq, Service: string(r.Service), Action: string(r.Action),
				Outcome: string(r.Outcome), Reason: r.Reason, For: r.For, Amount: int64(r.Amount), Attempt: r.Attempt,
				At: since(r.At, start), Committed: since(c.At, start),
			})
		}
	}
	orders := make([]record.Order, 0, len(w.offered))
	for id, o := range w.offered {
		ending, _ := o.tally.Ending()
		orders = append(orders, record.Order{
			Cell: cell.ID, Style: cell.Style, Scenario: cell.Scenario, Repeat: cell.Repeat,
			ID: id, Customer: o.order.Customer, Restaurant: o.order.Restaurant, Items: o.items, Warmup: o.warmup,
			Outcome: string(ending), Due: since(o.due, start), Sent: since(o.sent, o.due),
			Accept: since(o.accept, o.due), Decision: since(o.decided, o.due), Settled: since(o.settled, o.due),
			Compensation: o.span(o.undone), Inconsistent: o.span(o.refunded),
		})
	}
	return orders, effects
}

// A timeline has the moments that matter, read from one order's rows.
type timeline struct {
	tally    food.Tally
	cancels  bool // the customer will
	charged  bool
	rejected time.Time // the rejection, or the cancellation in time, for which the order is taken back
	decided  time.Time // final status
	settled  time.Time
	undone   time.Time // last undo of a done call
	refunded time.Time
}

// add takes a row, and reports whether it settles the order.
func (s *timeline) add(r food.Row, at time.Time) (settles bool) {
	settles = s.tally.Add(r)
	if s.cancels {
		settles = s.settled.IsZero() && s.tally.Ended() && s.tally.Has(food.Cancel)
	}
	if settles {
		s.settled = at
	}
	switch done := r.Outcome == food.Done; {
	case done && r.Action == food.Charge:
		s.charged = true
	case (r.Action.Deciding() && r.Rejected() || done && r.Action == food.Cancel) && s.rejected.IsZero():
		s.rejected = at
	case done && (r.Action == food.StatusCompleted || r.Action == food.StatusCancelled):
		s.decided = at
	case done && r.Action.Undoes() != "" && r.Reason != food.NothingToUndo:
		s.undone = at
		if r.Action == food.Refund {
			s.refunded = at
		}
	}
	return settles
}

// span is the time from the rejection of a charged order, or its cancellation, to an
// end. It is NaN
// when nothing had to be undone, and when it never was; the order's outcome
// shows which.
func (s *timeline) span(end time.Time) float64 {
	if s.rejected.IsZero() || !s.charged || end.IsZero() {
		return math.NaN()
	}
	return float64(end.Sub(s.rejected)) / 1e6
}

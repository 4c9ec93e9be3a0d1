package ledger

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
)

// storage keeps rows. Only the writer's goroutine calls transact.
type storage interface {
	// transact shows settle a book with every row that the calls may depend
	// on, and makes the rows that settle returns durable, all or none.
	transact(calls []*request, settle func(book) []food.Row) error

	// page returns some rows from seq on, in order, or none at the end.
	page(ctx context.Context, seq int64) ([]food.Row, error)

	close() error
}

// A writer is the one goroutine that writes, and the queue before it. It is what
// [Store] documents, over any storage.
type writer struct {
	storage storage
	options Options
	last    int64 // seq of the last row
	failed  error // of the first transaction that failed
	done    chan struct{}
	release func() error // of the storage; once

	mu     sync.Mutex
	wake   sync.Cond
	queue  []*request
	closed bool
}

// A request is a call that waits for its answer, which is there when done is
// closed. The writer never waits for a caller, who may have gone.
type request struct {
	call     food.Call
	proposal food.Proposal
	done     chan struct{}

	row      food.Row
	absorbed bool
	err      error
}

// newWriter starts a writer on storage whose last row is seq last.
func newWriter(s storage, last int64, o Options) *writer {
	w := &writer{storage: s, options: o, last: last, done: make(chan struct{}), release: sync.OnceValue(s.close)}
	w.wake.L = &w.mu
	go w.run()
	return w
}

// Do implements food.Ledger.
func (w *writer) Do(ctx context.Context, c food.Call, p food.Proposal) (row food.Row, absorbed bool, err error) {
	r := &request{call: c, proposal: p, done: make(chan struct{})}
	if err := w.ask(ctx, r); err != nil {
		return food.Row{}, false, fmt.Errorf("record %v: %w", c, err)
	}
	return r.row, r.absorbed, nil
}

// GiveUp implements food.Ledger.
func (w *writer) GiveUp(ctx context.Context, c food.Call) (food.Row, error) {
	row, _, err := w.Do(ctx, c, food.Proposal{Outcome: food.Blocked, Reason: food.GaveUp})
	return row, err
}

// ask queues a request and waits for its answer.
func (w *writer) ask(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !food.ValidID(r.call.Order) {
		return fmt.Errorf("%q is no order id", r.call.Order)
	}
	if !w.enqueue(r) {
		return ErrClosed
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return fmt.Errorf("it is queued and may still be written: %w", ctx.Err())
	}
}

func (w *writer) enqueue(r *request) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.queue = append(w.queue, r)
	w.wake.Signal()
	return true
}

// Replay implements [Store].
func (w *writer) Replay(ctx context.Context, from int64, yield func([]food.Row) error) error {
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	if closed {
		return ErrClosed
	}
	for next := max(from, 1); ; {
		batch, err := w.storage.page(ctx, next)
		if err != nil {
			return fmt.Errorf("read ledger from row %d: %w", next, err)
		}
		for _, row := range batch {
			if row.Seq != next {
				return fmt.Errorf("read ledger: row %d is missing, %d follows", next, row.Seq)
			}
			next++
		}
		if len(batch) == 0 {
			return nil
		}
		if err := yield(batch); err != nil {
			return err
		}
	}
}

// Close implements [Store]. It refuses new calls and waits for the queued ones.
func (w *writer) Close() error {
	w.mu.Lock()
	w.closed = true
	w.wake.Signal()
	w.mu.Unlock()
	<-w.done
	return w.release()
}

func (w *writer) run() {
	defer close(w.done)
	for batch := w.take(nil); len(batch) > 0; batch = w.take(batch) {
		w.commit(batch)
		for _, r := range batch {
			close(r.done)
		}
	}
}

// enough calls are committed even when more are coming, as they may without end.
const enough = 128

// take waits for calls and returns all that are queued, or none when the writer
// is closed. The last batch becomes the next queue, to save an allocation.
func (w *writer) take(last []*request) []*request {
	clear(last)
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) == 0 && !w.closed {
		w.wake.Wait()
	}
	// Whoever can go on now may be about to call, such as those who were just
	// answered, and shares the commit. So let them, for as long as it brings
	// more. Without this a busy machine sees many small commits; an idle one
	// has no caller to let, and loses no time.
	for seen := 0; seen < min(len(w.queue), enough); {
		seen = len(w.queue)
		w.mu.Unlock()
		runtime.Gosched()
		w.mu.Lock()
	}
	batch := w.queue
	w.queue = last[:0]
	return batch
}

// commit makes one transaction of the batch, a group commit, and sends it to the feed.
func (w *writer) commit(batch []*request) {
	var fresh []food.Row
	if w.failed == nil {
		w.failed = w.storage.transact(batch, func(b book) []food.Row {
			fresh = w.settle(batch, b)
			return fresh
		})
	}
	if w.failed != nil {
		for _, r := range batch {
			r.err = fmt.Errorf("%w: %w", ErrFailed, w.failed)
		}
		return
	}
	if len(fresh) > 0 && w.options.Committed != nil {
		w.options.Committed(Commit{Rows: fresh, At: time.Now()})
	}
}

// settle asks the barrier about each call of the batch. A call sees the rows of
// those before it as if they were stored.
func (w *writer) settle(batch []*request, b book) []food.Row {
	fresh := make([]food.Row, 0, len(batch))
	for _, r := range batch {
		standing, rows := w.options.decide(b.of(r.call.Order), r.call, r.proposal)
		if standing != nil {
			r.row, r.absorbed = *standing, true
			continue
		}
		for _, row := range rows {
			w.last++
			row.Seq, row.At = w.last, time.Now().Round(0).UTC()
			b.enter(row)
			fresh = append(fresh, row)
			r.row = row
		}
	}
	return fresh
}

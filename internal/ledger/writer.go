package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
)

// storage keeps rows. Only the writer's goroutine calls it.
type storage interface {
	// find puts the first row under each key that has one into found.
	find(keys []string, found map[string]food.Row) error

	// append makes the rows durable, all or none.
	append(rows []food.Row) error
}

// A writer is the one goroutine that writes, and the queue before it.
type writer struct {
	storage storage
	options Options
	last    int64 // seq of the last row
	failed  error // of the first write that failed
	done    chan struct{}

	mu     sync.Mutex
	wake   sync.Cond
	queue  []*request
	closed bool
}

// A request is a call that waits for its answer. The channel holds one answer,
// so that the writer never waits for a caller who has gone.
type request struct {
	call     food.Call
	proposal food.Proposal
	answer   chan answer
}

type answer struct {
	row      food.Row
	absorbed bool
	err      error
}

// newWriter starts a writer on storage whose last row is seq last.
func newWriter(s storage, last int64, o Options) *writer {
	w := &writer{storage: s, options: o, last: last, done: make(chan struct{})}
	w.wake.L = &w.mu
	go w.run()
	return w
}

// Do implements food.Ledger.
func (w *writer) Do(ctx context.Context, c food.Call, p food.Proposal) (food.Row, bool, error) {
	a := w.ask(ctx, c, p)
	return a.row, a.absorbed, a.err
}

// GiveUp implements food.Ledger.
func (w *writer) GiveUp(ctx context.Context, c food.Call) (food.Row, error) {
	a := w.ask(ctx, c, food.Proposal{Outcome: food.Blocked, Reason: food.GaveUp})
	return a.row, a.err
}

func (w *writer) ask(ctx context.Context, c food.Call, p food.Proposal) answer {
	if err := ctx.Err(); err != nil {
		return answer{err: fmt.Errorf("%v: %w", c, err)}
	}
	r := &request{call: c, proposal: p, answer: make(chan answer, 1)}
	if !w.enqueue(r) {
		return answer{err: fmt.Errorf("%v: %w", c, ErrClosed)}
	}
	select {
	case a := <-r.answer:
		return a
	case <-ctx.Done():
		return answer{err: fmt.Errorf("%v: queued, it may still be written: %w", c, ctx.Err())}
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

// close refuses new calls and waits for the queued ones.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	w.wake.Signal()
	w.mu.Unlock()
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	for batch := w.take(nil); len(batch) > 0; batch = w.take(batch) {
		answers := w.commit(batch)
		for i, r := range batch {
			r.answer <- answers[i]
		}
	}
}

// take waits for calls and returns all that are queued, or none when the writer
// is closed. The last batch is used again as the next queue.
func (w *writer) take(last []*request) []*request {
	clear(last)
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) == 0 && !w.closed {
		w.wake.Wait()
	}
	batch := w.queue
	w.queue = last[:0]
	return batch
}

// commit decides the calls one after the other, makes their rows durable
// together and tells the feed.
func (w *writer) commit(batch []*request) []answer {
	answers := make([]answer, len(batch))
	fresh, err := w.decide(batch, answers)
	if err == nil && len(fresh) > 0 {
		err = w.storage.append(fresh)
	}
	if err != nil {
		w.failed = err
		for i := range answers {
			answers[i] = answer{err: fmt.Errorf("%v: %w: %w", batch[i].call, ErrFailed, err)}
		}
		return answers
	}
	if len(fresh) > 0 && w.options.Committed != nil {
		w.options.Committed(fresh, time.Now())
	}
	return answers
}

// decide runs the barrier for each call of the batch. A call sees the rows of
// those before it in the batch as if they were stored.
func (w *writer) decide(batch []*request, answers []answer) (fresh []food.Row, err error) {
	if w.failed != nil {
		return nil, w.failed
	}
	recorded := make(map[string]food.Row, 2*len(batch))
	if err := w.storage.find(keysOf(batch), recorded); err != nil {
		return nil, err
	}
	for i, r := range batch {
		standing, rows := w.options.decideBadly(func(a food.Action) (food.Row, bool) {
			row, ok := recorded[food.Call{Order: r.call.Order, Action: a}.Key()]
			return row, ok
		}, r.call, r.proposal)
		if standing != nil {
			answers[i] = answer{row: *standing, absorbed: true}
			continue
		}
		for _, row := range rows {
			w.last++
			row.Seq, row.At = w.last, time.Unix(0, time.Now().UnixNano()).UTC()
			fresh = append(fresh, row)
			if key := keyOf(row); recorded[key].Seq == 0 {
				recorded[key] = row
			}
			answers[i] = answer{row: row}
		}
	}
	return fresh, nil
}

// keysOf lists every key that the barrier may look at.
func keysOf(batch []*request) []string {
	keys := make([]string, 0, 2*len(batch))
	for _, r := range batch {
		c := r.call
		keys = append(keys, c.Key())
		if c.Action = r.call.Action.Undoes(); c.Action != "" {
			keys = append(keys, c.Key())
		}
		for _, c.Action = range r.call.Action.BlockedBy() {
			keys = append(keys, c.Key())
		}
	}
	return keys
}

func keyOf(r food.Row) string { return food.Call{Order: r.Order, Action: r.Action}.Key() }

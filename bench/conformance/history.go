package conformance

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A history is all that happened in a cell: the rows that were committed and,
// where the services run in this process, each attempt at a call. Waiting for
// something to happen means waiting for a change of the history.
type history struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when something happens
	rows     map[string][]food.Row
	came     map[string]map[food.Action]time.Time // when a row was received
	last     int64                                // seq of the last row
	gap      error                                // rows that never came
	attempts map[string]map[food.Action][]*attempt
	waits    waits                // that are due between attempts
	asked    map[string]bool      // orders that their customers cancelled
	resolved map[string]bool      // orders that a person resolved
	at       map[food.Service]int // calls being executed
	peak     map[food.Service]int // the most that ever were
}

// An attempt is one call that reached its service.
type attempt struct {
	number       int
	began, ended time.Time // ended is zero while it runs
	err          error

	// late is by how much a bare timer was, that was set for the wait after it: what
	// no style can do anything about.
	late time.Duration
}

func newHistory(w waits) *history {
	return &history{
		changed:  make(chan struct{}),
		waits:    w,
		rows:     map[string][]food.Row{},
		came:     map[string]map[food.Action]time.Time{},
		attempts: map[string]map[food.Action][]*attempt{},
		asked:    map[string]bool{},
		resolved: map[string]bool{},
		at:       map[food.Service]int{},
		peak:     map[food.Service]int{},
	}
}

// change runs f and wakes whoever waits.
func (h *history) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

// wait returns nil when the condition holds, or the reason for which ctx ended.
// The condition is asked with the history locked.
func (h *history) wait(ctx context.Context, holds func() bool) error {
	for {
		h.mu.Lock()
		ok, changed := holds(), h.changed
		h.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// commit takes rows from a ledger's commit feed. Rows that it has seen before,
// because a feed began anew, are passed over.
func (h *history) commit(c ledger.Commit) {
	h.change(func() {
		for _, r := range c.Rows {
			if r.Seq <= h.last {
				continue
			}
			if r.Seq != h.last+1 && h.gap == nil {
				h.gap = fmt.Errorf("commit feed: row %d follows row %d", r.Seq, h.last)
			}
			h.last = r.Seq
			if h.came[r.Order] == nil {
				h.came[r.Order] = map[food.Action]time.Time{}
			}
			h.came[r.Order][r.Action] = time.Now()
			h.rows[r.Order] = append(h.rows[r.Order], r)
		}
	})
}

// watch is the interceptor that sees every attempt begin and end, also when its
// caller has gone.
func (h *history) watch(ctx context.Context, c food.Call, next func(context.Context) error) error {
	a := &attempt{number: c.Attempt, began: time.Now()}
	h.change(func() {
		if h.attempts[c.Order] == nil {
			h.attempts[c.Order] = map[food.Action][]*attempt{}
		}
		h.attempts[c.Order][c.Action] = append(h.attempts[c.Order][c.Action], a)
		h.at[c.Service]++
		h.peak[c.Service] = max(h.peak[c.Service], h.at[c.Service])
	})
	return food.Detach(ctx, func() error {
		err := next(ctx)
		h.change(func() {
			a.ended, a.err = time.Now(), err
			h.at[c.Service]--
		})
		if err != nil {
			h.time(a)
		}
		return err
	})
}

// time sets the bare timer of an attempt that failed.
func (h *history) time(a *attempt) {
	due := a.ended.Add(h.waits.after(a.number))
	time.AfterFunc(time.Until(due), func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		a.late = time.Since(due)
	})
}

// The methods below are conditions: they are called with the history locked.

func (h *history) has(order string, a food.Action) bool {
	return slices.ContainsFunc(h.rows[order], func(r food.Row) bool { return r.Action == a })
}

// begun reports whether every one of the calls has reached its service.
func (h *history) begun(order string, all ...food.Action) bool {
	return each(all, func(a food.Action) bool { return len(h.attempts[order][a]) > 0 })
}

func (h *history) tally(order string) (t food.Tally) {
	for _, r := range h.rows[order] {
		t.Add(r)
	}
	return t
}

// ended reports whether an order has ended, with the answer that its customer or a
// person waits for.
func (h *history) ended(order string) bool {
	t := h.tally(order)
	return t.Ended() && (!h.asked[order] || t.Has(food.Cancel)) && (!h.resolved[order] || t.Has(food.Resolve))
}

func (h *history) allEnded(orders []food.Order) bool {
	return each(orders, func(o food.Order) bool { return h.ended(o.ID) })
}

// quiet reports whether nothing more is to be expected of an order: it has ended, and
// the latest attempt at each call had an answer or was the last one. A customer who
// cancels may have stopped a deciding call after any attempt.
func (h *history) quiet(order string, p food.Policy) bool {
	for a, all := range h.attempts[order] {
		latest := slices.MaxFunc(all, func(a, b *attempt) int { return a.number - b.number })
		limit := p.Limit(a)
		gaveUp := limit > 0 && latest.number >= limit
		if latest.err != nil && !gaveUp && !(h.asked[order] && a.Deciding()) {
			return false
		}
		if slices.ContainsFunc(all, func(a *attempt) bool { return a.ended.IsZero() }) {
			return false
		}
	}
	return h.ended(order)
}

// each reports whether something holds of every element.
func each[T any](all []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(all, func(e T) bool { return !holds(e) })
}

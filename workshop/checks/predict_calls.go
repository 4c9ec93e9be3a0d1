package checks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// around is the interceptor of all calls.
func (r *predictRun) around(ctx context.Context, c food.Call, next func(context.Context) error) error {
	a := &predictAttempt{Call: c, at: time.Now()}
	r.set(func() {
		a.gate, a.after = r.gate, r.answered(r.pivot())
		r.attempts = append(r.attempts, a)
	})
	err := r.attempt(ctx, a, next)
	r.set(func() { a.ended, a.end, a.err = true, time.Now(), err })
	return err
}

// attempt does with an attempt what the case has for it.
func (r *predictRun) attempt(ctx context.Context, a *predictAttempt, next func(context.Context) error) error {
	if err := r.await(ctx, "it may go on", func() bool { return r.mayGoOn(a) }); err != nil {
		return fmt.Errorf("%w: %w", food.ErrFailure, err)
	}
	if a.Action == r.failing && a.Attempt <= r.fails {
		return food.ErrFailure
	}
	if a.Action == r.refused {
		ctx = food.Refusing(ctx, "not today")
	}
	var row food.Row
	asked := time.Now()
	if err := next(food.Observing(ctx, func(seen food.Row) { row = seen })); err != nil {
		return err
	}
	found := row.At.Before(asked)
	r.set(func() { a.row, a.found = row, found })
	if a.Action == r.lost && !found {
		return food.ErrNoAnswer
	}
	return nil
}

// mayGoOn says whether an attempt is held no longer.
func (r *predictRun) mayGoOn(a *predictAttempt) bool {
	switch {
	case a.Action == r.held():
		return r.released
	case a.Action == food.Refund:
		return r.gate >= gateRefund
	case slices.Contains(r.closing(), a.Action):
		return r.gate == gateOpen
	}
	return true
}

// letGo holds nothing any more.
func (r *predictRun) letGo() { r.set(func() { r.gate, r.released = gateOpen, true }) }

// set changes what is known, and lets those look who wait.
func (r *predictRun) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

// await waits until something is so. What is asked runs under the lock.
func (r *predictRun) await(ctx context.Context, what string, is func() bool) error {
	for {
		r.mu.Lock()
		so, changed := is(), r.changed
		r.mu.Unlock()
		if so {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("it never came about that %s: %w", what, context.Cause(ctx))
		}
	}
}

// of are the attempts at a call.
func (r *predictRun) of(call food.Action) []*predictAttempt {
	return lists.Filter(r.attempts, func(a *predictAttempt) bool { return a.Action == call })
}

func (r *predictRun) begun(calls ...food.Action) bool {
	return !slices.ContainsFunc(calls, func(call food.Action) bool { return len(r.of(call)) == 0 })
}

// underWay says whether the call that is held has begun.
func (r *predictRun) underWay() bool { return r.begun(r.held()) }

func (r *predictRun) answered(calls ...food.Action) bool {
	return !slices.ContainsFunc(calls, func(call food.Action) bool {
		return !slices.ContainsFunc(r.of(call), func(a *predictAttempt) bool { return a.ended && a.err == nil })
	})
}

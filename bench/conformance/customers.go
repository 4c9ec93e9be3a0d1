package conformance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/food"
)

// This file is what customers do besides placing orders, and what a person does who
// takes over. Orders that are to end as cancelled are cancelled as soon as they are
// accepted, in every scenario; see [stage.place]. Here it is done at other moments.

// submitAll places orders of which none is cancelled yet.
func submitAll(st *stage, ctx context.Context) error {
	return st.submit(ctx, st.orders, st.coordinator.Submit)
}

// cancelAt cancels each order when its time has come.
func cancelAt(what string, holds func(st *stage, id string) bool) step {
	return func(st *stage, ctx context.Context) error {
		return st.each(ctx, func(ctx context.Context, o food.Order) error {
			err := st.history.wait(ctx, func() bool { return holds(st, o.ID) })
			if err != nil {
				return doing("wait "+what, err)
			}
			return st.cancel(ctx, o)
		})
	}
}

// each does something for each order, for all at once.
func (st *stage) each(ctx context.Context, do func(context.Context, food.Order) error) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, o := range st.orders {
		all.Go(func() error { return doing("order "+o.ID, do(ctx, o)) })
	}
	return all.Wait()
}

// playCancelled places orders and cancels each when its time has come.
func playCancelled(what string, holds func(st *stage, id string) bool) step {
	return inTurn(start, submitAll, cancelAt(what, holds), settle(everyOrder))
}

// begun is when a call has reached its service, and rows are there.
func begun(call food.Action, rows ...food.Action) func(*stage, string) bool {
	return func(st *stage, id string) bool {
		return st.history.begun(id, call) && each(rows, func(a food.Action) bool { return st.history.has(id, a) })
	}
}

// rejected is when the call that was to be rejected has its row.
func rejected(st *stage, id string) bool {
	found := map[food.Action]food.Row{}
	for _, r := range st.history.rows[id] {
		found[r.Action] = r
	}
	return rejectedBefore(found)
}

// beingRejected is when that call has reached its service.
func beingRejected(st *stage, id string) bool {
	return len(fatalOf(id)) > 0 && st.history.begun(id, fatalOf(id)...)
}

// fatalOf lists the deciding call of an order that must be rejected.
func fatalOf(id string) (calls []food.Action) {
	for _, a := range []food.Action{food.Charge, food.Confirm, food.Assign} {
		if fatal(nil, food.Call{Order: id, Action: a}) {
			calls = append(calls, a)
		}
	}
	return calls
}

// over is when an order has ended.
func over(st *stage, id string) bool { return st.history.ended(id) }

// playCancelledEarly cancels orders before a worker comes for the first time.
var playCancelledEarly = inTurn((*stage).open, place(everyOrder), (*stage).work, settle(everyOrder))

// playCancelledAgain cancels orders eight times at once, and again when they have ended.
var playCancelledAgain = inTurn(start, submitAll, cancelTimes(8), settle(everyOrder), cancelTimes(2), settle(everyOrder))

func cancelTimes(n int) step {
	return func(st *stage, ctx context.Context) error {
		return st.each(ctx, func(ctx context.Context, o food.Order) error {
			var all errgroup.Group
			for range n {
				all.Go(func() error { return st.cancel(ctx, o) })
			}
			return all.Wait()
		})
	}
}

// playCancelledAnytime cancels orders at moments that are spread over the time that an
// order takes.
var playCancelledAnytime = inTurn(start, func(st *stage, ctx context.Context) error {
	random := rand.New(rand.NewPCG(1, 1))
	after := map[string]time.Duration{}
	for _, o := range st.orders {
		after[o.ID] = time.Duration(random.Int64N(int64(anytime)))
	}
	return st.each(ctx, func(ctx context.Context, o food.Order) error {
		if err := st.coordinator.Submit(ctx, o); err != nil {
			return err
		}
		select {
		case <-time.After(after[o.ID]):
			return st.cancel(ctx, o)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}, settle(everyOrder))

// anytime is about as long as the orders of that scenario take.
const anytime = 400 * time.Millisecond

// playUnknown cancels and resolves what was never placed, and resolves what is not
// escalated. None of it leaves a row.
var playUnknown = inTurn(start, wishUnknown, place(everyOrder), settle(everyOrder), resolveInVain, wishUnknown)

func wishUnknown(st *stage, ctx context.Context) error {
	o := cast(food.Completed)[0]
	o.ID = "unknown"
	if err := st.coordinator.Cancel(ctx, o); !errors.Is(err, food.ErrUnknownOrder) {
		return fmt.Errorf("cancel an order that was never placed: %v, want %v", err, food.ErrUnknownOrder)
	}
	if err := st.coordinator.Resolve(ctx, o); !errors.Is(err, food.ErrUnknownOrder) {
		return fmt.Errorf("resolve an order that was never placed: %v, want %v", err, food.ErrUnknownOrder)
	}
	return nil
}

func resolveInVain(st *stage, ctx context.Context) error {
	return st.each(ctx, func(ctx context.Context, o food.Order) error {
		if err := st.coordinator.Resolve(ctx, o); !errors.Is(err, food.ErrNotEscalated) {
			return fmt.Errorf("resolve: %v, want %v", err, food.ErrNotEscalated)
		}
		return nil
	})
}

// playResolved lets a person answer for escalated orders, four times at once and once
// more when that is settled.
var playResolved = inTurn(start, place(everyOrder), settle(everyOrder), resolveTimes(4), settle(everyOrder), resolveTimes(1), settle(everyOrder))

// resolve asks until the server knows that the order is escalated. With local
// activities it learns that later than the customer.
func (st *stage) resolve(ctx context.Context, o food.Order) error {
	for {
		err := st.coordinator.Resolve(ctx, o)
		if !errors.Is(err, food.ErrNotEscalated) {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func resolveTimes(n int) step {
	return func(st *stage, ctx context.Context) error {
		return st.each(ctx, func(ctx context.Context, o food.Order) error {
			st.history.change(func() { st.history.resolved[o.ID] = true })
			var all errgroup.Group
			for range n {
				all.Go(func() error { return doing("resolve", st.resolve(ctx, o)) })
			}
			return all.Wait()
		})
	}
}

// playKilledCancelling kills a worker process in which every cancellation hangs after its
// effect: nothing has come of it yet.
var playKilledCancelling = inTurn(
	forked(true), (*stage).open, place(everyOrder),
	await("for cancellations to hang", everyOrder, func(st *stage, id string) bool { return st.history.has(id, food.Cancel) }),
	(*stage).killWorker, forked(false), settle(everyOrder))

// playServerKilledCancelling kills the server when orders are in a call, and cancels them
// before it is back.
var playServerKilledCancelling = inTurn(
	start, submitAll,
	await("for orders to be in a call", everyOrder, begun(food.Confirm)),
	(*stage).killServer,
	func(st *stage, ctx context.Context) error {
		var both errgroup.Group
		both.Go(func() error {
			return st.each(ctx, func(ctx context.Context, o food.Order) error { return st.insist(ctx, o, st.cancel) })
		})
		both.Go(func() error { return st.Server.Restart(ctx) })
		return both.Wait()
	},
	settle(everyOrder))

// undoOfFatal picks the undo of the deciding call that must be rejected, and undoIsLate
// is when that call has its row.
func undoOfFatal(st *stage, c food.Call) bool {
	return undo(st, c) && fatal(st, food.Call{Order: c.Order, Action: c.Action.Undoes()})
}

func undoIsLate(st *stage, c food.Call) bool { return st.history.has(c.Order, c.Action.Undoes()) }

// taking picks the orders that come to their ending by a route.
func taking(by food.Ending, all []food.Order) (some []food.Order) {
	for _, o := range all {
		if route(o.ID) == by {
			some = append(some, o)
		}
	}
	return some
}

// undo picks the calls that compensate others.
func undo(_ *stage, c food.Call) bool { return c.Action.Undoes() != "" }

package conformance

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sagabench/sagabench/food"
)

// A fault is what becomes of the calls that it hits.
type fault struct {
	hits   when
	become func(context.Context, *stage, food.Call, onward) error
}

// An onward is the rest of a call, up to its effect.
type onward = func(context.Context) error

// A when picks calls, or decides that a call's time has come. It is asked with the
// history locked.
type when func(*stage, food.Call) bool

// on is the fault as an interceptor that knows the stage it stands on.
func (f fault) on(st *stage) food.Interceptor {
	return func(ctx context.Context, c food.Call, next onward) error {
		if !st.is(f.hits, c) {
			return next(ctx)
		}
		return f.become(ctx, st, c, next)
	}
}

// refuse makes a service reject a call.
func refuse(w when) fault {
	return fault{w, func(ctx context.Context, _ *stage, _ food.Call, next onward) error {
		return next(food.Refusing(ctx, "conformance"))
	}}
}

// fail ends a call before its effect.
func fail(w when) fault {
	return fault{w, func(context.Context, *stage, food.Call, onward) error { return food.ErrFailure }}
}

// loseReply lets a call take effect, and returns that no answer came.
func loseReply(w when) fault {
	return fault{w, func(ctx context.Context, _ *stage, _ food.Call, next onward) error {
		if err := next(ctx); err != nil {
			return err
		}
		return fmt.Errorf("reply lost: %w", food.ErrNoAnswer)
	}}
}

// hold keeps a call from its effect until its time has come, however long its
// caller waits. Then it takes effect, and if the caller has gone it is a zombie.
func hold(w, until when) fault {
	return fault{w, func(ctx context.Context, st *stage, c food.Call, next onward) error {
		if err := st.history.wait(st.life, func() bool { return until(st, c) }); err != nil {
			return err
		}
		return next(context.WithoutCancel(ctx))
	}}
}

// hang lets a call take effect and never return.
func hang(w when) fault {
	return fault{w, func(ctx context.Context, st *stage, _ food.Call, next onward) error {
		err := next(ctx)
		<-st.life.Done()
		return err
	}}
}

// slow is a service that takes its time.
func slow(w when, d time.Duration) fault {
	return fault{w, func(ctx context.Context, _ *stage, _ food.Call, next onward) error {
		time.Sleep(d)
		return next(ctx)
	}}
}

func (st *stage) is(w when, c food.Call) bool {
	st.history.mu.Lock()
	defer st.history.mu.Unlock()
	return w(st, c)
}

func allOf(ws ...when) when {
	return func(st *stage, c food.Call) bool {
		return each(ws, func(w when) bool { return w(st, c) })
	}
}

func not(w when) when {
	return func(st *stage, c food.Call) bool { return !w(st, c) }
}

func every(*stage, food.Call) bool { return true }

func never(*stage, food.Call) bool { return false }

// first picks the first attempts at a call.
func first(n int) when {
	return func(_ *stage, c food.Call) bool { return c.Attempt <= n }
}

func is(actions ...food.Action) when {
	return func(_ *stage, c food.Call) bool { return slices.Contains(actions, c.Action) }
}

// deciding picks the three calls that decide how an order ends.
func deciding(_ *stage, c food.Call) bool { return c.Action.Deciding() }

// fatal picks the call that must be rejected for its order to end as it must, and of an
// order that is to be escalated an undo as well: of the first three orders one, so that
// one mail is called for, and of the others all.
func fatal(_ *stage, c food.Call) bool {
	if c.Action.Undoes() != "" {
		one := food.Refund
		if route(c.Order) == food.NoPartner {
			one = food.CancelTicket
		}
		return ending(c.Order) == food.Escalated && (c.Action == one || number(c.Order) >= 3)
	}
	switch route(c.Order) {
	case food.PaymentDeclined:
		return c.Action == food.Charge
	case food.RestaurantFailed:
		return c.Action == food.Confirm
	case food.NoPartner:
		return c.Action == food.Assign
	}
	return false
}

// goingOn picks the deciding calls after which the order goes on.
func goingOn(st *stage, c food.Call) bool { return c.Action.Deciding() && !fatal(st, c) }

// inTime sees to it that the customer of an order that is to end as cancelled comes in
// time: the assignment is held until there is an answer.
var inTime = hold(allOf(byCustomer, is(food.Assign)), after(food.Cancel))

// notTooEarly sees to it that there is a charge to take back where that must be
// rejected.
var notTooEarly = hold(allOf(byCustomer, escalates, is(food.Cancel)), after(food.Charge))

// byCustomer picks the orders that their customers cancel as soon as they are accepted.
func byCustomer(_ *stage, c food.Call) bool { return route(c.Order) == food.CustomerCancelled }

func escalates(_ *stage, c food.Call) bool { return ending(c.Order) == food.Escalated }

// third picks a third of the orders, in the same way at every call.
func third(which int) when {
	return func(_ *stage, c food.Call) bool { return number(c.Order)%3 == which }
}

// ended, after and those that follow are times that come.

func ended(st *stage, c food.Call) bool { return st.history.ended(c.Order) }

// after is when all the actions have a row.
func after(actions ...food.Action) when {
	return func(st *stage, c food.Call) bool {
		return each(actions, func(a food.Action) bool { return st.history.has(c.Order, a) })
	}
}

// allSlotsTaken is when the service has once executed as many calls as it may.
func allSlotsTaken(st *stage, c food.Call) bool {
	return st.history.peak[c.Service] >= st.cell.Policy.Concurrency
}

// together is when all the calls that run beside this one have begun too.
func together(st *stage, c food.Call) bool {
	for _, calls := range sideBySide[route(c.Order)] {
		if slices.Contains(calls, c.Action) {
			return st.history.begun(c.Order, calls...)
		}
	}
	return true
}

// sideBySide lists which calls of an order run in parallel.
var sideBySide = map[food.Ending][][]food.Action{
	food.Completed: {
		{food.Assign, food.Award, food.StatusConfirmed, food.MailConfirmed},
		{food.StatusCompleted, food.MailPartnerAssigned},
	},
	food.PaymentDeclined:  {{food.StatusCancelled, food.MailPaymentFailed}},
	food.RestaurantFailed: {{food.Refund, food.StatusCancelled, food.MailCancelled}},
	food.NoPartner: {
		{food.Assign, food.Award, food.StatusConfirmed, food.MailConfirmed},
		{food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled},
	},
	food.CustomerCancelled: {{food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled}},
}

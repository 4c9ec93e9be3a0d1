package food

import (
	"context"
	"fmt"
)

// A Service is one of the six that act on the outside world.
type Service string

const (
	OrderService Service = "order"
	Payment      Service = "payment"
	Restaurant   Service = "restaurant"
	Delivery     Service = "delivery"
	Loyalty      Service = "loyalty"
	Notification Service = "notification"
)

// AllServices lists the services in the order in which every table, file and
// plot of the project names them.
var AllServices = []Service{OrderService, Payment, Restaurant, Delivery, Loyalty, Notification}

// An Action is one thing that a service can do for an order, such as charge. To
// ask for it is a call, and a call is tried in attempts. Within an order an action
// happens at most once, so order and action make the idempotency key.
type Action string

const (
	StatusConfirmed Action = "status-confirmed"
	StatusCompleted Action = "status-completed"
	StatusCancelled Action = "status-cancelled"
	Resolve         Action = "resolve"

	Charge Action = "charge"
	Refund Action = "refund"

	Confirm      Action = "confirm"
	CancelTicket Action = "cancel-ticket"

	Assign Action = "assign"
	Cancel Action = "cancel"

	Award  Action = "award"
	Revoke Action = "revoke"

	MailConfirmed       Action = "mail-confirmed"
	MailPartnerAssigned Action = "mail-partner-assigned"
	MailPaymentFailed   Action = "mail-payment-failed"
	MailCancelled       Action = "mail-cancelled"
	MailRefunded        Action = "mail-refunded"
	MailEscalated       Action = "mail-escalated"
)

// Actions lists what each service can do.
var Actions = map[Service][]Action{
	OrderService: {StatusConfirmed, StatusCompleted, StatusCancelled, Resolve},
	Payment:      {Charge, Refund},
	Restaurant:   {Confirm, CancelTicket},
	Delivery:     {Assign, Cancel},
	Loyalty:      {Award, Revoke},
	Notification: {MailConfirmed, MailPartnerAssigned, MailPaymentFailed, MailCancelled, MailRefunded, MailEscalated},
}

// Deciding says whether the action decides how its order ends: the two
// compensatable ones, and the pivot.
func (a Action) Deciding() bool { return a == Charge || a == Confirm || a == Assign }

// Rejectable says whether the call may be refused, and is given up when its
// attempts are used up: a deciding call, and an undo. When an undo is rejected, a
// person must take over, and the order is escalated. Any other call is retriable: it
// is repeated until it has a row.
func (a Action) Rejectable() bool { return a.Deciding() || a.Undoes() != "" }

// Undoes returns the forward action that this one compensates, or "". An action
// that compensates another is an undo.
func (a Action) Undoes() Action {
	switch a {
	case Refund:
		return Charge
	case CancelTicket:
		return Confirm
	case Revoke:
		return Award
	}
	return ""
}

// BlockedBy lists the actions that overtake this one: once one of them is done,
// this one is pointless. A cancelled order is not confirmed any more, and the
// customer gets no mail that it was. Nor can the customer cancel an order that has
// its delivery partner.
func (a Action) BlockedBy() []Action {
	switch a {
	case Cancel:
		return []Action{Assign}
	case StatusConfirmed:
		return []Action{StatusCancelled, StatusCompleted}
	case StatusCompleted:
		return []Action{StatusCancelled}
	case StatusCancelled:
		return []Action{StatusCompleted}
	case MailConfirmed, MailPartnerAssigned:
		return []Action{MailCancelled}
	}
	return nil
}

// A Call is a request that a service do something for an order, as one attempt at
// it sees it.
type Call struct {
	Order   string
	Service Service
	Action  Action
	Attempt int // at this call; counts from 1
}

// Key is the idempotency key: the same for every attempt. In both styles calls are
// at-least-once, and the ledger keeps one row per key; together that makes each
// effect happen once, or definitely not at all.
func (c Call) Key() string { return c.Order + ":" + string(c.Action) }

// String names the call for logs and errors, such as "restaurant.confirm of o-17 (attempt 2)".
func (c Call) String() string {
	return fmt.Sprintf("%s.%s of %s (attempt %d)", c.Service, c.Action, c.Order, c.Attempt)
}

// An Interceptor wraps an attempt. It may pass it on, fail before or after the
// effect, or observe; one that waits does so inside [Detach]. Faults, traces and
// the call timeout are interceptors. That is why no style knows that faults exist.
type Interceptor func(ctx context.Context, c Call, next func(context.Context) error) error

// Chain combines interceptors into one; the first is the outermost.
func Chain(all ...Interceptor) Interceptor {
	return func(ctx context.Context, c Call, next func(context.Context) error) error {
		for i := len(all) - 1; i >= 0; i-- {
			in, inner := all[i], next
			next = func(ctx context.Context) error { return in(ctx, c, inner) }
		}
		return next(ctx)
	}
}

type refusalKey struct{}

// Refusing returns a context in which the service refuses a rejectable call, for
// the given reason. The refusal is recorded like any other outcome, so a repeated
// call is refused again. Calls that are not rejectable ignore it.
func Refusing(ctx context.Context, reason string) context.Context {
	return context.WithValue(ctx, refusalKey{}, reason)
}

type observerKey struct{}

// Observing returns a context in which the row that the attempt gets is also passed to
// see, for an interceptor that reports what it observes. That of a call which outlived
// its timeout may come late, from another goroutine.
func Observing(ctx context.Context, see func(Row)) context.Context {
	return context.WithValue(ctx, observerKey{}, see)
}

func observe(ctx context.Context, row Row) {
	if see, ok := ctx.Value(observerKey{}).(func(Row)); ok {
		see(row)
	}
}

func refusal(ctx context.Context) (reason string, refused bool) {
	reason, refused = ctx.Value(refusalKey{}).(string)
	return reason, refused
}

// This program is the workflow of an orchestration: it makes the calls of all services
// for an order, and takes the order back when a call is refused or the customer cancels.
// What makes the calls is in kit/orch.
package main

import (
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/workshop/kit"
	"github.com/sagabench/sagabench/workshop/kit/orch"
)

func main() { orch.Main(placeOrder) }

// placeOrder is the whole flow. Temporal cancels ctx when the customer cancels.
func placeOrder(ctx workflow.Context, o orch.Order) error {
	s := &saga{Order: o, beside: workflow.NewWaitGroup(ctx)}
	s.detached, _ = workflow.NewDisconnectedContext(ctx)
	if mail := s.book(ctx); mail != "" {
		s.takeBack(ctx)
		s.start("order.status-cancelled", mail)
	}
	s.beside.Wait(s.detached)
	if ctx.Err() != nil {
		s.cancelInTime() // who cancels gets an answer, whatever became of the order meanwhile
	}
	return nil
}

// A saga is what the workflow knows of its order.
type saga struct {
	orch.Order
	undos    []string           // the calls that take the order back
	detached workflow.Context   // is not cancelled with the workflow
	beside   workflow.WaitGroup // of the calls that the flow does not wait for
	answer   kit.Answer         // delivery's to the cancellation
}

// book makes the calls that decide how the order ends. It returns "" when the order is
// completed, or else the mail that tells the customer why it is not.
func (s *saga) book(ctx workflow.Context) (mail string) {
	switch s.try(ctx, "payment.charge", "payment.refund") {
	case refused:
		return "notification.mail-payment-failed"
	case cancelled:
		return "notification.mail-cancelled"
	}
	if s.try(ctx, "restaurant.confirm", "restaurant.cancel-ticket") != done {
		return "notification.mail-cancelled"
	}
	s.undos = append(s.undos, "loyalty.revoke") // of the points that are awarded now
	s.start("loyalty.award", "order.status-confirmed", "notification.mail-confirmed")
	if s.ask(ctx, "delivery.assign") != done { // it has no undo: from there on there is no way back
		return "notification.mail-cancelled"
	}
	s.start("order.status-completed", "notification.mail-partner-assigned")
	return ""
}

// try makes a call that decides, and sees to it that s.undos has its undo when the order
// is taken back, if there may be something to undo.
func (s *saga) try(ctx workflow.Context, call, undo string) outcome {
	// Before the call: when it is cut short by the customer, it may happen all the same.
	s.undos = append(s.undos, undo)
	got := s.ask(ctx, call)
	if got == refused { // a definite no
		s.undos = s.undos[:len(s.undos)-1]
	}
	return got
}

// takeBack makes the undos. One that is refused is for a person, and the customer gets
// "notification.mail-escalated". After a refund that gave something back it is
// "notification.mail-refunded".
func (s *saga) takeBack(ctx workflow.Context) {
	for _, undo := range s.undos {
		// Not on ctx, which may be cancelled, or become so.
		answer, err := s.Call(s.detached, undo)
		switch {
		case err != nil || answer.Refused():
			s.start("notification.mail-escalated")
		case undo == "payment.refund" && answer.Done():
			s.start("notification.mail-refunded")
		}
	}
}

// An outcome is what a call that decides came to.
type outcome string

const (
	done      outcome = "done"
	refused   outcome = "refused"   // for good: it has not happened, and never will
	cancelled outcome = "cancelled" // by the customer while it was under way: it may happen yet
)

// ask makes a call that decides. When the customer cancels it does not wait any longer.
func (s *saga) ask(ctx workflow.Context, call string) outcome {
	answer, err := s.Call(ctx, call)
	switch {
	case err == nil && answer.Done():
		return done
	case err == nil:
		return refused
	case s.cancelInTime():
		return cancelled
	}
	return done // it was too late
}

// cancelInTime asks delivery, once, whether the customer may still cancel. Until a partner
// is assigned that is so, and from then on none can be.
func (s *saga) cancelInTime() bool {
	if s.answer.Outcome == "" {
		s.answer, _ = s.Call(s.detached, "delivery.cancel")
	}
	return s.answer.Done()
}

// start makes calls beside the flow, all at once.
func (s *saga) start(calls ...string) {
	for _, call := range calls {
		s.beside.Go(s.detached, func(ctx workflow.Context) { _, _ = s.Call(ctx, call) })
	}
}

// This program is the workflow of an orchestration. It is the same flow as the one that
// six participants have in pieces in the choreography. (What a person does for an order
// whose undo was refused is left out.)
package main

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/workshop/kit/orch"
)

func main() { orch.Main(placeOrder) }

// placed begins with an order that was placed.
func (s *saga) placed(ctx workflow.Context) error {
	got := s.call(ctx, "payment.charge")
	switch got {
	case done:
		return s.charged(ctx)
	case refused:
		s.start("order.status-cancelled", "notification.mail-payment-failed")
		return nil
	}
	return stopped("charge", got)
}

func (s *saga) charged(ctx workflow.Context) error {
	got := s.call(ctx, "restaurant.confirm")
	switch got {
	case done:
		return s.confirmed(ctx)
	case refused:
		s.start("payment.refund", "order.status-cancelled", "notification.mail-cancelled")
		return nil
	}
	return stopped("confirm", got)
}

func (s *saga) confirmed(ctx workflow.Context) error {
	s.start("loyalty.award", "order.status-confirmed", "notification.mail-confirmed")
	got := s.call(ctx, "delivery.assign")
	switch got {
	case done:
		s.start("order.status-completed", "notification.mail-partner-assigned")
		return nil
	case refused:
		s.start("payment.refund", "restaurant.cancel-ticket", "loyalty.revoke", "order.status-cancelled", "notification.mail-cancelled")
		return nil
	}
	return stopped("assign", got)
}

// cancelled runs beside that when the customer cancels. Until a partner is assigned that
// comes in time, and what is called after it is blocked.
func (s *saga) cancelled(ctx workflow.Context) {
	if s.call(ctx, "delivery.cancel") == done {
		s.start("payment.refund", "restaurant.cancel-ticket", "loyalty.revoke", "order.status-cancelled", "notification.mail-cancelled")
	}
}

// then starts what follows from a call that was made beside the flow.
func (s *saga) then(call string, got outcome) {
	switch {
	case call == "payment.refund" && got == done:
		s.start("notification.mail-refunded")
	case got == refused: // only an undo can be
		s.start("notification.mail-escalated")
	}
}

// An outcome is what a call came to.
type outcome string

const (
	done    outcome = "done"
	refused outcome = "refused"
	blocked outcome = "blocked" // the order was cancelled before, or there was nothing to undo
)

// stopped ends the flow after a call. A cancelled order goes on elsewhere. For any other
// answer the workflow has no line, so it fails.
func stopped(call string, got outcome) error {
	if got == blocked {
		return nil
	}
	return fmt.Errorf("%s is %s, and nothing here follows from that", call, got)
}

// A saga is what the workflow knows of its order.
type saga struct {
	orch.Order
	ctx    workflow.Context   // is not cancelled with the workflow
	beside workflow.WaitGroup // of the calls that the flow does not wait for
}

// call makes a call, "service.action", and waits for its answer.
func (s *saga) call(ctx workflow.Context, call string) outcome {
	switch answer, _ := s.Call(ctx, call); {
	case answer.Done():
		return done
	case answer.Refused():
		return refused
	}
	return blocked
}

// start makes calls beside the flow, all at once.
func (s *saga) start(calls ...string) {
	for _, call := range calls {
		s.beside.Go(s.ctx, func(ctx workflow.Context) { s.then(call, s.call(ctx, call)) })
	}
}

// placeOrder is the workflow of one order. Temporal cancels ctx when the customer cancels.
// No call is made on that one.
func placeOrder(ctx workflow.Context, o orch.Order) error {
	detached, _ := workflow.NewDisconnectedContext(ctx)
	s := &saga{Order: o, ctx: detached, beside: workflow.NewWaitGroup(detached)}
	workflow.Go(detached, func(detached workflow.Context) {
		ctx.Done().Receive(detached, nil)
		s.beside.Add(1)
		s.cancelled(detached)
		s.beside.Done()
	})
	err := s.placed(detached)
	s.beside.Wait(detached)
	return err
}

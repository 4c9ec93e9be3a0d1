package orchestration

import (
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// A cancellation is what the workflow knows of the customer's: whether it was
// requested, which is Temporal's request that the workflow be cancelled, and whether
// it came in time, which Delivery answers.
type cancellation struct {
	request workflow.Context // done when it was requested
	answer  workflow.Future  // bool: it took effect

	tookEffect bool // as soon as that is known
}

// awaitCancellation waits for the customer's request in the background, for as long
// as the workflow runs.
func (s *saga) awaitCancellation(ctx workflow.Context) {
	answer, answered := workflow.NewFuture(ctx)
	s.cancellation = cancellation{request: ctx, answer: answer}
	workflow.Go(s.detached, func(detached workflow.Context) {
		ctx.Done().Receive(detached, nil)
		s.inFlight.Add(1)
		defer s.inFlight.Done()
		s.cancellation.tookEffect = s.cancel(detached)
		answered.SetValue(s.cancellation.tookEffect)
	})
}

// cancel asks Delivery whether the order can be taken back, and starts that if so.
// Everything is undone, whether its step was begun or not: it may have been begun by
// another workflow of this order, and an undo closes the door to its step.
func (s *saga) cancel(ctx workflow.Context) (tookEffect bool) {
	row, err := s.call(ctx, food.Cancel)
	if err != nil || !row.TookEffect() {
		return false
	}
	s.compensations = [][]food.Action{{food.Refund, food.MailRefunded}, {food.CancelTicket}, {food.Revoke}}
	s.takeBack(food.MailCancelled)
	return true
}

// cancelled says whether the customer has cancelled in time. If there is a request,
// it waits for the answer.
func (s *saga) cancelled() (tookEffect bool) {
	if s.cancellation.request.Err() != nil {
		s.cancellation.answer.Get(s.detached, &tookEffect)
	}
	return tookEffect
}

// CancelOrder is for a customer who cancels when PlaceOrder has returned. As a rule
// it is too late. But Delivery does not know of an order that payment declined.
func (w workflows) CancelOrder(ctx workflow.Context, o food.Order) (food.Ending, error) {
	s := w.begin(ctx, o)
	tookEffect := s.cancel(s.detached)
	s.inFlight.Wait(s.detached)
	if !tookEffect {
		return "", nil
	}
	return food.CustomerCancelled, nil
}

package orchestration

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// PlaceOrder is the whole flow. It returns how the order ended when every call
// that this ending requires has been made.
//
// Each undo is owed before its step is tried, because a step without an answer
// may have happened. Undoing what never happened is harmless.
func (s saga) PlaceOrder(ctx workflow.Context, o food.Order) (food.Ending, error) {
	if err := o.Validate(); err != nil {
		return "", temporal.NewNonRetryableApplicationError(err.Error(), "BadOrder", nil)
	}
	p := s.begin(ctx, o)

	p.owe(food.Refund, food.MailRefunded)
	if err := p.decide(ctx, food.Charge); err != nil {
		return p.cancel(err, food.PaymentDeclined, food.MailPaymentFailed)
	}

	p.owe(food.CancelTicket)
	if err := p.decide(ctx, food.Confirm); err != nil {
		return p.cancel(err, food.RestaurantFailed, food.MailCancelled)
	}

	p.owe(food.Revoke)
	p.start(food.Award)
	p.start(food.StatusConfirmed)
	p.start(food.MailConfirmed)
	if err := p.decide(p.firm, food.Assign); err != nil {
		return p.cancel(err, food.NoPartner, food.MailCancelled)
	}

	p.start(food.StatusCompleted)
	p.start(food.MailPartnerAssigned)
	p.open.Wait(p.firm)
	return food.Completed, nil
}

// saga is what PlaceOrder knows besides the order: how a call is made.
type saga struct {
	calls caller
}

// workflowType is PlaceOrder's name on the server.
const workflowType = "PlaceOrder"

// A flow is what runs under that name.
type flow func(workflow.Context, food.Order) (food.Ending, error)

func registerFlow(w worker.WorkflowRegistry, f flow) {
	w.RegisterWorkflowWithOptions(f, workflow.RegisterOptions{Name: workflowType})
}

// placing is one order on its way.
type placing struct {
	saga
	order food.Order
	owed  compensations
	open  workflow.WaitGroup // calls that run beside the flow

	// firm outlives the cancellation of the workflow. Undos run on it, and
	// whatever can't be undone: an assigned partner, a status, a mail.
	firm workflow.Context
}

func (s saga) begin(ctx workflow.Context, o food.Order) *placing {
	firm, _ := workflow.NewDisconnectedContext(ctx)
	return &placing{saga: s, order: o, firm: firm, open: workflow.NewWaitGroup(ctx)}
}

var (
	errNo = errors.New("the service said no")

	// errUndone means that someone else took the call back before it was made.
	// Whoever did that has spoken, so nothing more follows.
	errUndone = temporal.NewNonRetryableApplicationError("undone by someone else", "Undone", nil)
)

// decide makes a deciding call. It returns nil for a yes and errNo for a no,
// which leaves nothing of the step to undo; any other error leaves that open.
func (p *placing) decide(ctx workflow.Context, step food.Action) error {
	said, err := p.call(ctx, step)
	switch {
	case err != nil:
		return err
	case said.yes():
		return nil
	case said.no():
		p.owed.drop(step)
		return errNo
	}
	return errUndone
}

// start makes calls beside the flow, each when the one before it has done
// something. What they answer changes nothing for the order.
func (p *placing) start(calls ...food.Action) {
	p.open.Go(p.firm, func(ctx workflow.Context) {
		for _, a := range calls {
			if said, err := p.call(ctx, a); err != nil || said.nothingDone() {
				return
			}
		}
	})
}

// call waits for an answer, which takes as many attempts as it takes. The only
// error is that ctx was cancelled.
func (p *placing) call(ctx workflow.Context, a food.Action) (answer, error) {
	var said answer
	err := p.calls(ctx, a, p.order).Get(ctx, &said)
	return said, err
}

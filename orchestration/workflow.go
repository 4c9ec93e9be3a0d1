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
// Each compensation is added before its step is tried, because a step without an
// answer may have happened. Undoing what never happened is harmless. What happens
// when the customer cancels is in cancellation.go.
//
// PlaceOrder is deterministic: it knows its order and the answers of its calls,
// and nothing else. It reads no clock and no variable that changes, and starts no
// goroutine but Temporal's. So a replay of the history comes to the same calls.
func (w workflows) PlaceOrder(ctx workflow.Context, o food.Order) (food.Ending, error) {
	if err := o.Validate(); err != nil {
		return "", temporal.NewNonRetryableApplicationError(err.Error(), "BadOrder", nil)
	}
	s := w.begin(ctx, o)

	s.addCompensation(food.Refund, food.MailRefunded)
	if err := s.decide(food.Charge); err != nil {
		return s.compensate(err, food.PaymentDeclined, food.MailPaymentFailed)
	}

	s.addCompensation(food.CancelTicket)
	if err := s.decide(food.Confirm); err != nil {
		return s.compensate(err, food.RestaurantFailed, food.MailCancelled)
	}

	s.addCompensation(food.Revoke)
	s.start(food.Award)
	s.start(food.StatusConfirmed)
	s.start(food.MailConfirmed)
	// Assign is the pivot and has no undo: when it is done, nothing is taken back.
	if err := s.decide(food.Assign); err != nil {
		return s.compensate(err, food.NoPartner, food.MailCancelled)
	}

	s.start(food.StatusCompleted)
	s.start(food.MailPartnerAssigned)
	return s.finish(food.Completed)
}

// workflows has PlaceOrder as its method, and what every workflow needs besides its
// order.
type workflows struct {
	execute executor
}

// The names of PlaceOrder and of CancelOrder on the server.
const (
	workflowType = "PlaceOrder"
	cancelType   = "CancelOrder"
)

// A flow is the code that runs under such a name. A workflow is its run for one
// order, on the server.
type flow func(workflow.Context, food.Order) (food.Ending, error)

func registerFlow(w worker.WorkflowRegistry, name string, f flow) {
	w.RegisterWorkflowWithOptions(f, workflow.RegisterOptions{Name: name})
}

// A saga is what PlaceOrder knows in the workflow of one order.
type saga struct {
	execute       executor
	order         food.Order
	compensations [][]food.Action      // see [saga.addCompensation]
	started       map[food.Action]bool // of the calls that are made in the background
	inFlight      workflow.WaitGroup   // those that have not ended
	escalated     bool                 // an undo was rejected

	// detached is a detached context, which Temporal calls disconnected: it is not
	// cancelled with the workflow. All calls are made on it.
	detached     workflow.Context
	cancellation cancellation
}

func (w workflows) begin(ctx workflow.Context, o food.Order) *saga {
	s := &saga{execute: w.execute, order: o, started: map[food.Action]bool{}, inFlight: workflow.NewWaitGroup(ctx)}
	s.detached, _ = workflow.NewDisconnectedContext(ctx)
	s.awaitCancellation(ctx)
	return s
}

var (
	errRejected  = errors.New("the call was rejected")
	errCancelled = errors.New("the customer cancelled")

	// errUndone means that the call was undone before it was made, by another
	// workflow of the same order, which also compensates the rest. There is one if
	// an order that was cancelled is submitted again when the namespace no longer
	// keeps it, or under another [Config].Name over the same ledger.
	errUndone = temporal.NewNonRetryableApplicationError("undone by someone else", "Undone", nil)
)

// decide makes a deciding call. It returns nil when the call took effect, and
// errRejected when it was rejected, which leaves nothing of the step to undo. After
// any other error the step may have happened. A cancellation does not end the call: its
// undo does, and what the call comes to until then is known, a rejection too.
func (s *saga) decide(action food.Action) error {
	row, err := s.call(s.detached, action)
	switch {
	case err != nil:
		return err
	case row.Rejected():
		s.dropCompensation(action)
		return errRejected
	case s.cancellation.tookEffect:
		return errCancelled
	case row.TookEffect():
		return nil
	case s.cancelled():
		return errCancelled
	}
	return errUndone
}

// start makes calls in the background, each when the one before it took effect. Of
// their results only one affects the ending: an undo that is rejected. What was
// started already is not started again.
func (s *saga) start(actions ...food.Action) {
	if s.started[actions[0]] {
		return
	}
	s.started[actions[0]] = true
	s.inFlight.Go(s.detached, func(ctx workflow.Context) {
		for _, action := range actions {
			row, err := s.call(ctx, action)
			if err == nil && row.Rejected() {
				s.escalate(action)
			}
			if err != nil || !row.TookEffect() {
				return
			}
		}
	})
}

// call makes a call and waits for its answer, for as many attempts as it takes.
// The only error is that ctx was cancelled.
func (s *saga) call(ctx workflow.Context, action food.Action) (food.Row, error) {
	var a answer
	err := s.execute(ctx, action, s.order).Get(ctx, &a)
	return a.row(), err
}

package stage

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/sagabench/sagabench/food"
)

// Again publishes an event of an order once more, as a relay or an operator does long
// after: it is another message of the stream, with the same event in it. It returns when
// that has come to the program.
func (st *Stage) Again(ctx context.Context, o food.Order, kind string) error {
	stream, err := st.js.Stream(ctx, st.name)
	if err != nil {
		return err
	}
	subject := st.name + ".order." + kind + "." + o.ID
	m, err := stream.GetLastMsgForSubject(ctx, subject)
	if err != nil {
		return fmt.Errorf("there is no %s of order %s: %w", kind, o.ID, err)
	}
	st.journal.note(fact{what: asked, order: o.ID, text: kind + " is published again"})
	before := st.Count(Delivery, o.ID, kind)
	if _, err = st.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: m.Data}); err != nil {
		return err
	}
	return st.Until(ctx, func() bool { return st.Count(Delivery, o.ID, kind) > before })
}

// Reset begins an order's workflow again from its first decision, as an operator does
// after a bad deploy: it is another run under the same id, and makes all calls anew.
func (st *Stage) Reset(ctx context.Context, o food.Order) error {
	first, err := st.firstDecision(ctx, o)
	if err != nil {
		return err
	}
	st.journal.note(fact{what: asked, order: o.ID, text: "the workflow is reset to its beginning"})
	_, err = st.temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &common.WorkflowExecution{WorkflowId: st.workflowID(o.ID)},
		Reason: "again", RequestId: "again-" + o.ID, WorkflowTaskFinishEventId: first,
	})
	return err
}

// firstDecision is the event at which the order's first workflow task ended.
func (st *Stage) firstDecision(ctx context.Context, o food.Order) (int64, error) {
	events, err := st.history(ctx, o.ID)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if e.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			return e.GetEventId(), nil
		}
	}
	return 0, fmt.Errorf("the workflow of order %s has made no decision", o.ID)
}

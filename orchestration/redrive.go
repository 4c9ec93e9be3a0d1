package orchestration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

// Redrive lets an order go on whose cause was mended: what has failed begins again at
// its last workflow task, and a call that waits for its next attempt is made at once. It
// returns what it did.
func (o *Operator) Redrive(ctx context.Context, order string) (did []string, err error) {
	runs, err := o.runs(ctx, order)
	for _, r := range runs {
		if err != nil {
			break
		}
		var more []string
		switch {
		case r.failed() || r.task.GetAttempt() > 1:
			more, err = o.reset(ctx, r)
		default:
			more, err = o.sooner(ctx, r)
		}
		did = append(did, more...)
	}
	return did, err
}

// reset begins a run again at its last workflow task. The task's decision is made
// anew by the code that runs now; the answers before it are kept.
func (o *Operator) reset(ctx context.Context, r *run) ([]string, error) {
	q := &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: o.namespace(), WorkflowExecution: r.execution, Reason: "redrive",
		WorkflowTaskFinishEventId: r.lastTask(), RequestId: "redrive-" + r.execution.GetRunId(), // two operators reset it once
	}
	if q.WorkflowTaskFinishEventId == 0 {
		return nil, fmt.Errorf("workflow %s ended before it had made a decision: there is no workflow task at which it could begin again", r.execution.GetWorkflowId())
	}
	_, err := ask(o, q, func() (*workflowservice.ResetWorkflowExecutionResponse, error) {
		return o.client.WorkflowService().ResetWorkflowExecution(ctx, q)
	})
	if err != nil {
		return nil, fmt.Errorf("reset workflow %s: %w", r.execution.GetWorkflowId(), err)
	}
	return []string{fmt.Sprintf("workflow %s was reset to its last workflow task, event %d", r.execution.GetWorkflowId(), r.lastTask())}, nil
}

// sooner makes the calls that wait for their next attempt. Their attempts are counted
// from 1 again, so one that has a limit gets all of them again.
func (o *Operator) sooner(ctx context.Context, r *run) (did []string, err error) {
	for _, a := range r.pending {
		action := a.GetActivityType().GetName()
		if a.GetNextAttemptScheduleTime() == nil && !a.GetPaused() {
			did = append(did, action+" is being made, or waits for a worker: it can't be made sooner")
			continue
		}
		q := &workflowservice.ResetActivityRequest{
			Namespace: o.namespace(), Execution: r.execution,
			Activity: &workflowservice.ResetActivityRequest_Id{Id: a.GetActivityId()},
		}
		_, err := ask(o, q, func() (*workflowservice.ResetActivityResponse, error) {
			return o.client.WorkflowService().ResetActivity(ctx, q)
		})
		if _, old := errors.AsType[*serviceerror.Unimplemented](err); old {
			did = append(did, fmt.Sprintf("this server can't make %s sooner: it is made by itself at %s", action, a.GetNextAttemptScheduleTime().AsTime().Format(time.RFC3339)))
			continue
		}
		if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
			did = append(did, action+" has just been made")
			continue
		}
		if err != nil {
			return did, fmt.Errorf("reset %s of workflow %s: %w", action, r.execution.GetWorkflowId(), err)
		}
		did = append(did, fmt.Sprintf("%s is made at once, as attempt 1 again", action))
	}
	return did, nil
}

// lastTask is the event at which its last workflow task ended, however it did.
func (r *run) lastTask() int64 {
	for _, e := range slices.Backward(r.events) {
		switch e.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enums.EVENT_TYPE_WORKFLOW_TASK_FAILED, enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			return e.GetEventId()
		}
	}
	return 0 // none has ended
}

package orchestration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/stuck"
)

// This file is for the person who looks after the orders. The order's workflow knows
// what it waits for, so the server is asked: which workflows are open or have failed,
// what each waits for, and what its history has.

// An Operator finds what waits, and helps.
type Operator struct {
	config Config
	client client.Client
	cost   stuck.Cost
}

// Operate connects to the server, for the orders of c.
func Operate(ctx context.Context, c Config) (*Operator, error) {
	cl, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &Operator{config: c, client: cl}, nil
}

// Names lists the names under which the server has orders: c's alone, if it is one of
// them, or else those of the latest thousand workflows.
func Names(ctx context.Context, c Config) (names []string, err error) {
	wanted := c.Name
	c.Name = cmp.Or(wanted, "any")
	o, err := Operate(ctx, c)
	if err != nil {
		return nil, err
	}
	defer o.client.Close()
	page, err := o.page(ctx, fmt.Sprintf("TaskQueue = '%s'", c.flowQueue()), nil)
	if len(page.GetExecutions()) == 0 && err == nil {
		page, err = o.page(ctx, fmt.Sprintf("WorkflowType IN ('%s', '%s')", workflowType, cancelType), nil)
	}
	for _, info := range page.GetExecutions() {
		of, ok := strings.CutSuffix(info.GetTaskQueue(), Config{}.flowQueue())
		if ok && !slices.Contains(names, of) {
			names = append(names, of)
		}
	}
	slices.Sort(names)
	return names, err
}

// Orders lists the ids of orders that the server lists, of the latest thousand.
func (o *Operator) Orders(ctx context.Context) (ids []string, err error) {
	page, err := o.page(ctx, fmt.Sprintf("TaskQueue = '%s'", o.config.flowQueue()), nil)
	for _, info := range page.GetExecutions() {
		ids = append(ids, o.orderOf(info.GetExecution().GetWorkflowId()))
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// orderOf is the order of a workflow, or of the one that cancels it.
func (o *Operator) orderOf(workflow string) string {
	return strings.TrimSuffix(strings.TrimPrefix(workflow, o.config.workflowID("")), cancelSuffix)
}

// Cost is what every question until now took.
func (o *Operator) Cost() stuck.Cost { return o.cost }

// Close closes the connection.
func (o *Operator) Close(context.Context) error {
	o.client.Close()
	return nil
}

// Resolve is [Coordinator.Resolve].
func (o *Operator) Resolve(ctx context.Context, order string) error {
	return (&Coordinator{config: o.config, client: o.client}).Resolve(ctx, food.Order{ID: order})
}

// List lists every order that waits.
func (o *Operator) List(ctx context.Context) (stuck.Look, error) {
	var l stuck.Look
	var ids []string
	query := fmt.Sprintf("TaskQueue = '%s' AND ExecutionStatus != '%s'", o.config.flowQueue(), enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
	for token := []byte(nil); ; {
		page, err := o.page(ctx, query, token)
		if err != nil {
			return l, err
		}
		for _, info := range page.GetExecutions() {
			ids = append(ids, o.orderOf(info.GetExecution().GetWorkflowId()))
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			break
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		one, err := o.Show(ctx, id)
		if err != nil {
			return l, err
		}
		if one.Steps = nil; len(one.Waits) > 0 {
			l.Orders = append(l.Orders, one)
		}
	}
	stuck.Sort(l.Orders)
	l.Notes = append(l.Notes, "a workflow that has just begun may not be listed yet")
	return l, nil
}

// Show is one order with its history, or food.ErrUnknownOrder.
func (o *Operator) Show(ctx context.Context, order string) (stuck.Order, error) {
	one := stuck.Order{ID: order}
	runs, err := o.runs(ctx, order)
	for _, r := range runs {
		r.addTo(&one)
	}
	return one, err
}

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

// A run is what the server knows of the latest run of a workflow.
type run struct {
	execution *common.WorkflowExecution
	info      *workflow.WorkflowExecutionInfo
	pending   []*workflow.PendingActivityInfo
	task      *workflow.PendingWorkflowTaskInfo
	events    []*history.HistoryEvent

	// Of its history.
	scheduled map[int64]*history.HistoryEvent // the calls, by event
	resolved  bool
	why       string // of the last failure of a workflow task, or of the run's end
}

// runs are those of an order: of its workflow, and of the one that cancels it.
func (o *Operator) runs(ctx context.Context, order string) (runs []*run, err error) {
	for _, id := range []string{o.config.workflowID(order), o.config.workflowID(order) + cancelSuffix} {
		r, err := o.run(ctx, id)
		if _, unknown := errors.AsType[*serviceerror.NotFound](err); unknown {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("workflow %s: %w", id, err)
		}
		runs = append(runs, r)
	}
	if runs == nil {
		return nil, fmt.Errorf("order %s: %w", order, food.ErrUnknownOrder)
	}
	return runs, nil
}

// run asks for the latest run of a workflow and for its history.
func (o *Operator) run(ctx context.Context, id string) (*run, error) {
	q := &workflowservice.DescribeWorkflowExecutionRequest{Namespace: o.namespace(), Execution: &common.WorkflowExecution{WorkflowId: id}}
	d, err := ask(o, q, func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
		return o.client.WorkflowService().DescribeWorkflowExecution(ctx, q)
	})
	if err != nil {
		return nil, err
	}
	r := &run{
		execution: d.GetWorkflowExecutionInfo().GetExecution(), info: d.GetWorkflowExecutionInfo(),
		pending: d.GetPendingActivities(), task: d.GetPendingWorkflowTask(),
	}
	for token := []byte(nil); ; {
		q := &workflowservice.GetWorkflowExecutionHistoryRequest{Namespace: o.namespace(), Execution: r.execution, NextPageToken: token}
		page, err := ask(o, q, func() (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
			return o.client.WorkflowService().GetWorkflowExecutionHistory(ctx, q)
		})
		if err != nil {
			return nil, err
		}
		r.events = append(r.events, page.GetHistory().GetEvents()...)
		if token = page.GetNextPageToken(); len(token) == 0 {
			return r, nil
		}
	}
}

// page asks for workflows, a thousand at a time, the latest first.
func (o *Operator) page(ctx context.Context, query string, token []byte) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	q := &workflowservice.ListWorkflowExecutionsRequest{Namespace: o.namespace(), Query: query, PageSize: 1000, NextPageToken: token}
	page, err := ask(o, q, func() (*workflowservice.ListWorkflowExecutionsResponse, error) {
		return o.client.WorkflowService().ListWorkflowExecutions(ctx, q)
	})
	if err != nil {
		return nil, fmt.Errorf("list workflows: %w", err)
	}
	return page, nil
}

func (o *Operator) namespace() string { return cmp.Or(o.config.Namespace, client.DefaultNamespace) }

// ask asks the server, and counts what that costs.
func ask[Q, R interface{ Size() int }](o *Operator, q Q, call func() (R, error)) (R, error) {
	r, err := call()
	o.cost.Requests++
	o.cost.Bytes += q.Size()
	if err == nil {
		o.cost.Bytes += r.Size()
	}
	return r, err
}

// failed says whether the run has ended without a result.
func (r *run) failed() bool {
	return r.info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING && r.info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
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

// addTo adds to the order what the run knows of it.
func (r *run) addTo(o *stuck.Order) {
	r.scheduled = map[int64]*history.HistoryEvent{}
	since := map[string]time.Time{} // when each call was scheduled, by activity
	for _, e := range r.events {
		r.recall(e, o)
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			since[a.GetActivityId()] = e.GetEventTime().AsTime()
		}
	}
	if r.failed() {
		o.Waits = append(o.Waits, stuck.Wait{Since: r.info.GetCloseTime().AsTime(), Who: stuck.Operator, Why: "its workflow " + r.why})
		return
	}
	if r.info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return
	}
	before := len(o.Waits)
	for _, a := range r.pending {
		o.Waits = append(o.Waits, waitFor(a, since[a.GetActivityId()]))
	}
	if t := r.task; t != nil {
		o.Waits = append(o.Waits, r.waitForTask(t))
	}
	r.waitForPerson(o)
	if len(o.Waits) == before {
		o.Waits = append(o.Waits, stuck.Wait{Since: r.info.GetStartTime().AsTime(), Who: stuck.Program, Why: "its workflow is open, and the server knows of no call that it waits for"})
	}
}

// recall takes an event of the history.
func (r *run) recall(e *history.HistoryEvent, o *stuck.Order) {
	step := func(what, more string) {
		o.Steps = append(o.Steps, stuck.Step{At: e.GetEventTime().AsTime(), What: what, More: more})
	}
	switch e.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		step(e.GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName(), "")
	case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		r.why = e.GetWorkflowTaskFailedEventAttributes().GetFailure().GetMessage()
		step("workflow task failed", r.why)
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		r.scheduled[e.GetEventId()] = e
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		a := e.GetActivityTaskCompletedEventAttributes()
		call := r.scheduled[a.GetScheduledEventId()].GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
		r.answered(call, a.GetResult(), step, o)
	case enums.EVENT_TYPE_MARKER_RECORDED: // of a local activity
		m := e.GetMarkerRecordedEventAttributes()
		var data struct{ ActivityType string }
		if m.GetMarkerName() == "LocalActivity" && converter.GetDefaultDataConverter().FromPayloads(m.GetDetails()["data"], &data) == nil {
			r.answered(data.ActivityType, m.GetDetails()["result"], step, o)
		}
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		name := e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName()
		r.resolved = r.resolved || name == resolveSignal
		step("signal", name)
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		step("the customer cancels", "")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		r.why = "failed: " + e.GetWorkflowExecutionFailedEventAttributes().GetFailure().GetMessage()
		step("workflow", r.why)
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		r.why = "was terminated: " + e.GetWorkflowExecutionTerminatedEventAttributes().GetReason()
		step("workflow", r.why)
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		r.why = "ended as " + r.info.GetStatus().String()
		step("workflow", r.why)
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		step("workflow", "completed")
	}
}

// answered takes the answer of a call.
func (r *run) answered(call string, result *common.Payloads, step func(what, more string), o *stuck.Order) {
	var a answer
	if err := converter.GetDefaultDataConverter().FromPayloads(result, &a); err != nil {
		step(call, "an answer that can't be read: "+err.Error())
		return
	}
	step(call+" "+string(a.Outcome), a.Reason)
	action := food.Action(call)
	o.Rows = append(o.Rows, food.Row{Order: o.ID, Service: serviceOf(action), Action: action, Outcome: a.Outcome, Reason: a.Reason})
}

// serviceOf is the service that has the action.
func serviceOf(a food.Action) food.Service {
	for service, actions := range food.Actions {
		if slices.Contains(actions, a) {
			return service
		}
	}
	return ""
}

// waitFor is for a call that has no answer yet.
func waitFor(a *workflow.PendingActivityInfo, since time.Time) stuck.Wait {
	action := food.Action(a.GetActivityType().GetName())
	w := stuck.Wait{Service: serviceOf(action), Call: action, Since: since, Attempt: int(a.GetAttempt()), Who: stuck.Program}
	switch failure := a.GetLastFailure().GetMessage(); {
	case a.GetPaused():
		w.Who, w.Why = stuck.Operator, "it is paused"
	case failure != "":
		w.Why = reason(failure)
	case a.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED:
		w.Why = "a worker makes it"
	default:
		w.Why = "no worker has taken it yet"
	}
	if next := a.GetNextAttemptScheduleTime(); next != nil {
		w.Next = next.AsTime()
	}
	return w
}

// reason is a failed attempt's error without the name of the attempt, see
// [food.Call.String].
func reason(failure string) string {
	if call, why, ok := strings.Cut(failure, "): "); ok && strings.Contains(call, " (attempt ") {
		return why
	}
	return failure
}

// waitForTask is for a flow whose next decision is not made yet.
func (r *run) waitForTask(t *workflow.PendingWorkflowTaskInfo) stuck.Wait {
	w := stuck.Wait{Since: t.GetOriginalScheduledTime().AsTime(), Attempt: int(t.GetAttempt()), Who: stuck.Program, Why: "no worker has made its next decision yet"}
	if w.Attempt > 1 {
		w.Who, w.Why = stuck.Operator, "its workflow task fails: "+cmp.Or(r.why, "no answer")
	}
	return w
}

// waitForPerson adds what an escalated order waits for, unless the answer has come.
func (r *run) waitForPerson(o *stuck.Order) {
	if _, escalated := r.info.GetMemo().GetFields()[escalatedMemo]; !escalated || r.resolved {
		return
	}
	for _, row := range o.Rows {
		if row.Action.Undoes() == "" || !row.Rejected() {
			continue
		}
		w := stuck.Wait{Service: row.Service, Call: row.Action, Who: stuck.Person, Why: "it was rejected: " + row.Reason}
		for _, s := range o.Steps {
			if s.What == string(row.Action)+" "+string(row.Outcome) {
				w.Since = s.At
			}
		}
		o.Waits = append(o.Waits, w)
	}
}

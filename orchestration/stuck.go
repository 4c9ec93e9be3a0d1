package orchestration

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/stuck"
)

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

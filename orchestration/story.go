package orchestration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/story"
)

// Story is every event of the histories of an order's workflows, or
// food.ErrUnknownOrder: of PlaceOrder, with the runs before a reset, and of CancelOrder.
// What an event followed from is the event to which it refers. The server writes one
// event for all attempts at a call, when the last has begun.
func (o *Operator) Story(ctx context.Context, order string) (story.Story, error) {
	s := story.Story{Order: order}
	if !food.ValidID(order) {
		return s, fmt.Errorf("order %q: %w", order, food.ErrUnknownOrder)
	}
	latest, err := o.runs(ctx, order)
	if err != nil {
		return s, err
	}
	for _, r := range latest {
		if err := o.add(ctx, r, &s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// add adds a workflow to the story: the runs that were reset, and then the latest.
func (o *Operator) add(ctx context.Context, latest *run, s *story.Story) error {
	runs := []*run{latest}
	for base := latest.base(); base != nil; base = runs[0].base() {
		r, err := o.run(ctx, base)
		if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
			s.Notes = append(s.Notes, "a run that was reset is not kept any more")
			break
		}
		if err != nil {
			return fmt.Errorf("workflow %s: %w", base.GetWorkflowId(), err)
		}
		runs = append([]*run{r}, runs...)
	}
	name := "place"
	if strings.HasSuffix(latest.execution.GetWorkflowId(), cancelSuffix) {
		name = "cancel"
	}
	tell(name, runs, s)
	for _, a := range latest.pending {
		w := waitFor(a, latest.info.GetStartTime().AsTime())
		s.Notes = append(s.Notes, fmt.Sprintf("%s has no answer yet, attempt %d: %s", w.Call, w.Attempt, w.Why))
	}
	return nil
}

// tell adds the runs of one workflow to the story. The name begins their moments' ids.
func tell(name string, runs []*run, s *story.Story) {
	var before *telling
	for i, r := range runs {
		t := &telling{Story: s, name: name, before: before, places: map[int64]int{}, unclear: map[int64]string{}}
		if i > 0 {
			t.name = fmt.Sprintf("%s%d", name, i+1)
		}
		for _, e := range r.events {
			t.add(e)
		}
		before = t
	}
}

// base is the run that was reset to make this one; nil if none was.
func (r *run) base() *common.WorkflowExecution {
	for _, e := range r.events {
		f := e.GetWorkflowTaskFailedEventAttributes()
		if f.GetCause() == enums.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW && f.GetNewRunId() == r.execution.GetRunId() {
			return &common.WorkflowExecution{WorkflowId: r.execution.GetWorkflowId(), RunId: f.GetBaseRunId()}
		}
	}
	return nil
}

// A telling is what is known of a run while its history is read into the story.
type telling struct {
	*story.Story
	name    string           // begins the ids of its moments
	before  *telling         // the run that was reset; nil if none was
	places  map[int64]int    // of its events in the story
	fresh   []int64          // events that no workflow task has seen yet
	unclear map[int64]string // of a workflow task's events: several that were new to it
}

// at is the moment of an event.
func (t *telling) at(event int64) story.Moment {
	place, ok := t.places[event]
	if !ok {
		return story.Moment{}
	}
	return t.Moments[place]
}

// add adds an event to the story. A run that follows a reset begins with the events of
// the one before: those are there already.
func (t *telling) add(e *history.HistoryEvent) {
	id, m := e.GetEventId(), t.moment(e)
	known := t.before != nil && t.before.at(id).What == m.What && t.before.at(id).At.Equal(m.At)
	if known {
		t.places[id] = t.before.places[id]
	} else {
		t.places[id] = len(t.Moments)
		t.Moments = append(t.Moments, m)
	}
	if t.follow(e); !known {
		t.doubt(e)
	}
}

// moment is an event with what it refers to.
func (t *telling) moment(e *history.HistoryEvent) story.Moment {
	before := t.at(refersTo(e))
	m := story.Moment{
		At: e.GetEventTime().AsTime(), ID: fmt.Sprintf("%s.%d", t.name, e.GetEventId()), Cause: before.ID,
		What: e.GetEventType().String(), By: "server", Call: before.Call, Attempt: before.Attempt,
	}
	switch e.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		m.By, m.Detail = "customer", e.GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		m.By = "customer"
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		m.By, m.Detail = "person", e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName()
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		m.Detail = e.GetWorkflowExecutionTerminatedEventAttributes().GetReason()
	case enums.EVENT_TYPE_WORKFLOW_TASK_STARTED, enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enums.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
		m.By = "workflow"
	case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		a := e.GetWorkflowTaskFailedEventAttributes()
		if m.Detail = a.GetFailure().GetMessage(); a.GetCause() != enums.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW {
			m.By = "workflow"
		}
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		var ending food.Ending
		_ = converter.GetDefaultDataConverter().FromPayloads(e.GetWorkflowExecutionCompletedEventAttributes().GetResult(), &ending)
		m.By, m.Detail = "workflow", string(ending)
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		m.By, m.Detail = "workflow", e.GetWorkflowExecutionFailedEventAttributes().GetFailure().GetMessage()
	default:
		ofCall(e, &m)
	}
	return m
}

// ofCall fills in a moment of a call.
func ofCall(e *history.HistoryEvent, m *story.Moment) {
	switch e.GetEventType() {
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		m.By, m.Call = "workflow", food.Action(e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName())
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		a := e.GetActivityTaskStartedEventAttributes()
		m.By, m.Attempt, m.Detail = string(serviceOf(m.Call)), int(a.GetAttempt()), reason(a.GetLastFailure().GetMessage())
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		m.By = string(serviceOf(m.Call))
		answerOf(e.GetActivityTaskCompletedEventAttributes().GetResult(), m)
	case enums.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		m.By, m.Detail = string(serviceOf(m.Call)), reason(e.GetActivityTaskFailedEventAttributes().GetFailure().GetMessage())
	case enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		m.Detail = reason(e.GetActivityTaskTimedOutEventAttributes().GetFailure().GetMessage())
	case enums.EVENT_TYPE_MARKER_RECORDED: // of a local activity
		a := e.GetMarkerRecordedEventAttributes()
		var data struct {
			ActivityType string
			Attempt      int
		}
		if a.GetMarkerName() == "LocalActivity" && converter.GetDefaultDataConverter().FromPayloads(a.GetDetails()["data"], &data) == nil {
			m.Call, m.Attempt = food.Action(data.ActivityType), data.Attempt
			m.By = string(serviceOf(m.Call))
			answerOf(a.GetDetails()["result"], m)
		}
	}
}

func answerOf(result *common.Payloads, m *story.Moment) {
	var a answer
	if err := converter.GetDefaultDataConverter().FromPayloads(result, &a); err != nil {
		m.Detail = "an answer that can't be read: " + err.Error()
		return
	}
	m.Outcome, m.Detail = a.Outcome, a.Reason
}

// refersTo is the event that an event follows from by its own record; 0 if it has none.
func refersTo(e *history.HistoryEvent) int64 {
	return cmp.Or(
		e.GetWorkflowTaskStartedEventAttributes().GetScheduledEventId(),
		e.GetWorkflowTaskCompletedEventAttributes().GetStartedEventId(),
		e.GetWorkflowTaskFailedEventAttributes().GetStartedEventId(),
		e.GetWorkflowTaskTimedOutEventAttributes().GetStartedEventId(),
		e.GetWorkflowTaskTimedOutEventAttributes().GetScheduledEventId(),
		e.GetActivityTaskScheduledEventAttributes().GetWorkflowTaskCompletedEventId(),
		e.GetActivityTaskStartedEventAttributes().GetScheduledEventId(),
		e.GetActivityTaskCompletedEventAttributes().GetStartedEventId(),
		e.GetActivityTaskFailedEventAttributes().GetStartedEventId(),
		e.GetActivityTaskTimedOutEventAttributes().GetStartedEventId(),
		e.GetMarkerRecordedEventAttributes().GetWorkflowTaskCompletedEventId(),
		e.GetWorkflowPropertiesModifiedEventAttributes().GetWorkflowTaskCompletedEventId(),
		e.GetWorkflowExecutionCompletedEventAttributes().GetWorkflowTaskCompletedEventId(),
		e.GetWorkflowExecutionFailedEventAttributes().GetWorkflowTaskCompletedEventId(),
	)
}

// follow finds out what a workflow task follows from, which no event refers to: the
// one event that was new to it.
func (t *telling) follow(e *history.HistoryEvent) {
	switch e.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_TASK_STARTED:
		t.seen(e.GetWorkflowTaskStartedEventAttributes().GetScheduledEventId())
	case enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: // perhaps before it had started
		t.seen(e.GetWorkflowTaskTimedOutEventAttributes().GetScheduledEventId())
		t.fresh = append(t.fresh, e.GetEventId())
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
		enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, enums.EVENT_TYPE_ACTIVITY_TASK_FAILED, enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
		enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		t.fresh = append(t.fresh, e.GetEventId())
	}
}

// seen ends the wait for a workflow task. If more than one event was new to it, it is
// not recorded which of them led to what it decided.
func (t *telling) seen(task int64) {
	fresh := t.fresh
	t.fresh = nil
	switch {
	case len(fresh) == 1 && fresh[0] < task:
		t.Moments[t.places[task]].Cause = t.at(fresh[0]).ID
	case len(fresh) > 1:
		var ids []string
		for _, event := range fresh {
			ids = append(ids, t.at(event).ID)
		}
		t.unclear[task] = strings.Join(ids, ", ")
	}
}

// doubt notes once of a workflow task that decided something why its cause is unknown.
func (t *telling) doubt(e *history.HistoryEvent) {
	from := refersTo(e)
	fresh := t.unclear[from]
	switch {
	case fresh == "":
	case e.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_STARTED, e.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
		t.unclear[e.GetEventId()] = fresh
	default:
		delete(t.unclear, from)
		t.Notes = append(t.Notes, fmt.Sprintf("%s were new before %s: which of them led to its decisions is not recorded", fresh, t.at(from).ID))
	}
}

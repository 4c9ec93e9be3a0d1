package stage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop/program"
)

// history is what the server has recorded of an order's workflow. Of an order that was not
// placed it is nothing.
func (st *Stage) history(ctx context.Context, order string) (all []*history.HistoryEvent, err error) {
	events := st.temporal.GetWorkflowHistory(ctx, st.workflowID(order), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if _, none := errors.AsType[*serviceerror.NotFound](err); none {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// sleeps reports whether a workflow waits for a timer of its own. It is slow, and that is
// not wrong.
func (st *Stage) sleeps(ctx context.Context) bool {
	if st.Without != Workflow {
		return false
	}
	for _, o := range st.all() {
		events, _ := st.history(ctx, o.ID)
		if openTimers(events) > 0 {
			return true
		}
	}
	return false
}

// openTimers are those that a running workflow waits for.
func openTimers(events []*history.HistoryEvent) (n int) {
	for _, e := range events {
		switch e.GetEventType() {
		case enums.EVENT_TYPE_TIMER_STARTED:
			n++
		case enums.EVENT_TYPE_TIMER_FIRED, enums.EVENT_TYPE_TIMER_CANCELED:
			n--
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
			return 0
		}
	}
	return n
}

// crashWithin bounds how long it may take to ask the server why the program fails.
const crashWithin = 5 * time.Second

// crash finds an order at which the program panicked, or was not deterministic. Temporal
// makes the attempt again, so nothing of it shows but that the order stands still; or, if
// chance decided, not even that. halt is nil where no order stands still.
func (st *Stage) crash(halt *Halt) (*finding, error) {
	if st.temporal == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(st.life, crashWithin)
	defer cancel()
	for _, o := range st.all() {
		why, err := st.failure(ctx, o, halt != nil)
		if err != nil {
			return nil, err
		}
		if why != nil {
			places := st.last.Trace(why.GetStackTrace())
			if len(places) == 0 && halt != nil {
				places = halt.Where
			}
			return st.crashed(o, why, places), nil
		}
	}
	return nil, nil
}

// failure is that of the program at an order, or nil.
func (st *Stage) failure(ctx context.Context, o food.Order, stands bool) (*failure.Failure, error) {
	switch {
	case st.Without == Workflow:
		events, err := st.history(ctx, o.ID)
		return failedTask(events, stands), err
	case stands:
		return st.failedAttempt(ctx, o)
	}
	return nil, nil
}

// failedTask is the first failure of the workflow's own making.
func failedTask(events []*history.HistoryEvent, stands bool) *failure.Failure {
	late := false // the last decision did not come in time
	for _, e := range events {
		switch e.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			late = true
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			late = false
		}
		a := e.GetWorkflowTaskFailedEventAttributes()
		switch a.GetCause() {
		case enums.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, enums.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE:
			// On a machine that is busy any workflow may be too slow once.
			if stands || !strings.Contains(a.GetFailure().GetMessage(), tooSlow) {
				return a.GetFailure()
			}
		}
	}
	if stands && late {
		return &failure.Failure{Message: tooSlow}
	}
	return nil
}

// failedAttempt is the panic of an activity that is tried again and again.
func (st *Stage) failedAttempt(ctx context.Context, o food.Order) (*failure.Failure, error) {
	reply, err := st.temporal.DescribeWorkflowExecution(ctx, st.workflowID(o.ID), "")
	if _, none := errors.AsType[*serviceerror.NotFound](err); none {
		return nil, nil
	}
	for _, p := range reply.GetPendingActivities() {
		if f := p.GetLastFailure(); f.GetApplicationFailureInfo().GetType() == "PanicError" {
			return f, nil
		}
	}
	return nil, err
}

// How the SDK begins what it reports of a workflow that is not deterministic, and of one
// that does not return to it.
const (
	notDeterministic = "[TMPRL1100]"
	tooSlow          = "[TMPRL1101]"
)

// crashed is a failure as a finding.
func (st *Stage) crashed(o food.Order, why *failure.Failure, places program.Places) *finding {
	f := &finding{order: o.ID, here: -1}
	text := why.GetMessage()
	at := ""
	if len(places) > 0 {
		at = ", at " + places[0].String()
	}
	switch {
	case strings.Contains(text, notDeterministic):
		f.sentence = fmt.Sprintf("Your workflow is not deterministic: Temporal replayed order %s from its history, and the calls were not those of the first time. What your workflow decides by must be in the history: no memory beside it, no clock, no chance, no order of a map.", o.ID)
		f.expected, f.seen = replayed(text)
	case strings.Contains(text, tooSlow):
		f.sentence = fmt.Sprintf("Your workflow kept Temporal waiting for a second%s. It may wait for calls, and by workflow.Sleep; not by time.Sleep, and not in a loop.", at)
		f.expected, f.seen = "each decision comes at once", "none within a second"
	default:
		f.sentence = fmt.Sprintf("%s panicked: %s%s.", sentenceHead(st.yours()), text, at)
		f.expected, f.seen = "it goes on, whatever the answers are", "panic: "+text
	}
	return f
}

// activityName is in what the SDK reports of an event or a command.
var activityName = regexp.MustCompile(`ActivityType:\(Name:([^)]+)\)`)

// replayed reads which call the history has, and which one the replay made, where the SDK
// names them.
func replayed(text string) (expected, seen string) {
	names := activityName.FindAllStringSubmatch(text, -1)
	expected, seen = "the same calls in the same order", "others, or in another order"
	switch {
	case len(names) == 2:
		return names[0][1] + ", as in the history", names[1][1]
	case len(names) == 1 && strings.Contains(text, "missing replay command"), len(names) == 1 && strings.Contains(text, "history event is"):
		return names[0][1] + ", as in the history", "it was not called"
	case len(names) == 1:
		return expected, "also " + names[0][1]
	}
	return expected, seen
}

// failedAtTheEnd is about a workflow whose order has all that it needs.
func (st *Stage) failedAtTheEnd(ctx context.Context, order string) error {
	events, err := st.history(ctx, order)
	if err != nil {
		return err
	}
	why := ""
	for _, e := range events {
		why = cmp.Or(e.GetWorkflowExecutionFailedEventAttributes().GetFailure().GetMessage(), why)
	}
	return &Wrong{
		Order: order, Sentence: fmt.Sprintf("All is done for order %s, and its workflow failed all the same: %s. Whoever watches for failed workflows is called for nothing.", order, why),
		Expected: "the workflow is completed", Seen: "it is failed",
	}
}

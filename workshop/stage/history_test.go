package stage

import (
	"strings"
	"testing"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

func taskFailed(cause enums.WorkflowTaskFailedCause, message string) *history.HistoryEvent {
	return &history.HistoryEvent{
		EventType: enums.EVENT_TYPE_WORKFLOW_TASK_FAILED,
		Attributes: &history.HistoryEvent_WorkflowTaskFailedEventAttributes{WorkflowTaskFailedEventAttributes: &history.WorkflowTaskFailedEventAttributes{
			Cause: cause, Failure: &failure.Failure{Message: message},
		}},
	}
}

// What the workflow itself did wrong counts, and not what befell it.
func TestFailedTask(t *testing.T) {
	const own = enums.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE
	slow := tooSlow + " Potential deadlock detected"
	for _, c := range []struct {
		cause   enums.WorkflowTaskFailedCause
		message string
		stands  bool
		found   bool
	}{
		{own, "no such undo", false, true},
		{enums.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, notDeterministic, false, true},
		{enums.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND, "", true, false},
		{enums.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW, "again", true, false},
		{own, slow, false, false}, // the machine was busy, and the workflow went on
		{own, slow, true, true},
	} {
		if f := failedTask([]*history.HistoryEvent{{}, taskFailed(c.cause, c.message)}, c.stands); (f != nil) != c.found {
			t.Errorf("%v %q, stands %v: it finds %v", c.cause, c.message, c.stands, f)
		}
	}
}

// A decision that does not come is one in a loop, if no later one does.
func TestLateTask(t *testing.T) {
	late := &history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT}
	decided := &history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED}
	for _, c := range []struct {
		events        []*history.HistoryEvent
		stands, found bool
	}{{[]*history.HistoryEvent{decided, late}, true, true}, {[]*history.HistoryEvent{late, decided}, true, false}, {[]*history.HistoryEvent{late}, false, false}} {
		if f := failedTask(c.events, c.stands); (f != nil) != c.found {
			t.Errorf("%v, stands %v: it finds %v", c.events, c.stands, f)
		}
	}
}

func TestOpenTimers(t *testing.T) {
	const (
		started = enums.EVENT_TYPE_TIMER_STARTED
		fired   = enums.EVENT_TYPE_TIMER_FIRED
		over    = enums.EVENT_TYPE_TIMER_CANCELED
		closed  = enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
	)
	for _, c := range []struct {
		open  int
		types []enums.EventType
	}{{0, nil}, {1, []enums.EventType{started}}, {0, []enums.EventType{started, fired}}, {1, []enums.EventType{started, started, over}}, {0, []enums.EventType{started, closed}}} {
		var events []*history.HistoryEvent
		for _, e := range c.types {
			events = append(events, &history.HistoryEvent{EventType: e})
		}
		if n := openTimers(events); n != c.open {
			t.Errorf("%v: %d are open", c.types, n)
		}
	}
}

// The SDK's words become a sentence for whoever wrote the workflow.
func TestCrashed(t *testing.T) {
	const event, command = "ActivityTaskScheduled: (ActivityId:11, ActivityType:(Name:refund), Header:())", "ScheduleActivityTask: (ActivityId:11, ActivityType:(Name:mail-escalated))"
	for _, c := range []struct{ message, sentence, expected, seen string }{
		{"no such undo", "Your workflow panicked: no such undo.", "it goes on, whatever the answers are", "panic: no such undo"},
		{"[TMPRL1100] nondeterministic workflow: history event is " + event + ", replay command is " + command, "Your workflow is not deterministic", "refund, as in the history", "mail-escalated"},
		{"[TMPRL1100] nondeterministic workflow: missing replay command for " + event, "Your workflow is not deterministic", "refund, as in the history", "it was not called"},
		{"[TMPRL1100] nondeterministic workflow: extra replay command for " + command, "Your workflow is not deterministic", "the same calls in the same order", "also mail-escalated"},
		{"[TMPRL1100] During replay, a matching command was expected", "Your workflow is not deterministic", "the same calls in the same order", "others, or in another order"},
		{"[TMPRL1101] Potential deadlock detected", "Your workflow kept Temporal waiting for a second.", "each decision comes at once", "none within a second"},
	} {
		st := still(food.Payment)
		st.Style, st.Without = record.Orchestration, Workflow
		f := st.crashed(food.Order{ID: "o"}, &failure.Failure{Message: c.message}, nil)
		if !strings.HasPrefix(f.sentence, c.sentence) || f.expected != c.expected || f.seen != c.seen || f.order != "o" {
			t.Errorf("%s is\n%s\nexpected %s, seen %s", c.message, f.sentence, f.expected, f.seen)
		}
	}
}

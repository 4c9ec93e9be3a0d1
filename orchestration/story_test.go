package orchestration_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/story"
	"github.com/sagabench/sagabench/orchestration"
)

// What an order's calls followed from is read from its history: each step of a flow in
// which one call is made at a time goes back to the customer.
func TestStory(t *testing.T) {
	t.Parallel()
	cell := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(food.Confirm))
	cell.submit(t, "o-1")
	cell.submit(t, "o-11")
	for _, id := range []string{"o-1", "o-11"} {
		if _, err := cell.result(t, id); err != nil {
			t.Fatal(err)
		}
	}
	o := operate(t, cell.config)
	s := storyOf(t, o, "o-1")
	if len(s.Moments) != len(cell.history(t, "o-1").Events) {
		t.Errorf("%d moments of %d events", len(s.Moments), len(cell.history(t, "o-1").Events))
	}
	refund := answered(t, s, food.Refund)
	if refund.By != "payment" || refund.Outcome != food.Done || refund.Attempt != 1 {
		t.Errorf("the refund's answer: %+v", refund)
	}
	want := "refund ActivityTaskCompleted payment done < refund ActivityTaskStarted payment < refund ActivityTaskScheduled workflow" +
		" < WorkflowTaskCompleted workflow < WorkflowTaskStarted workflow < WorkflowTaskScheduled server" +
		" < confirm ActivityTaskCompleted restaurant refused (not today) < confirm ActivityTaskStarted restaurant < confirm ActivityTaskScheduled workflow" +
		" < WorkflowTaskCompleted workflow < WorkflowTaskStarted workflow < WorkflowTaskScheduled server" +
		" < charge ActivityTaskCompleted payment done < charge ActivityTaskStarted payment < charge ActivityTaskScheduled workflow" +
		" < WorkflowTaskCompleted workflow < WorkflowTaskStarted workflow < WorkflowTaskScheduled server" +
		" < WorkflowExecutionStarted customer (PlaceOrder)"
	if got := chain(s, refund); got != want {
		t.Errorf("the refund goes back to\n%s\nwant\n%s", got, want)
	}
	if last := s.Moments[len(s.Moments)-1]; last.What != "WorkflowExecutionCompleted" || last.Detail != string(food.RestaurantFailed) {
		t.Errorf("it ends with %+v", last)
	}
	for _, id := range []string{"o-9", "*", ""} {
		if s, err := o.Story(t.Context(), id); !errors.Is(err, food.ErrUnknownOrder) {
			t.Errorf("order %q: %+v, %v", id, s, err)
		}
	}
}

// The attempts before the last have no event. The last failure is on record, and what is
// tried still.
func TestStoryOfAttempts(t *testing.T) {
	t.Parallel()
	p := food.DefaultPolicy
	p.Attempts = 3
	cell := start(t, devservertest.Temporal(t).Addr(), p, fail(food.Confirm), fail(food.Refund))
	cell.submit(t, "o-1")
	o := operate(t, cell.config)
	cell.has(t, "o-1", food.Confirm, food.StatusCancelled)
	eventually(t, "the refund is tried", func() bool {
		notes := storyOf(t, o, "o-1").Notes
		return slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, "refund has no answer yet, attempt ") })
	})
	s := storyOf(t, o, "o-1")
	confirm := answered(t, s, food.Confirm)
	if confirm.Attempt != 3 || confirm.Outcome != food.Blocked || confirm.Detail != food.GaveUp {
		t.Errorf("the answer: %+v", confirm)
	}
	if started := s.Moments[slices.IndexFunc(s.Moments, func(m story.Moment) bool { return m.ID == confirm.Cause })]; started.Detail != "not now" {
		t.Errorf("the last failure: %+v", started)
	}
}

// The runs of a reset are one story: what both have comes once, and what came after goes
// back through the reset.
func TestStoryOfAReset(t *testing.T) {
	t.Parallel()
	cell := open(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	buggy, err := orchestration.WorkBuggy(t.Context(), cell.config, cell.services, nil)
	if err != nil {
		t.Fatal(err)
	}
	cell.submit(t, "o-1")
	cell.result(t, "o-1")
	if err := buggy.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := operate(t, cell.config)
	if _, err := o.Redrive(t.Context(), "o-1"); err != nil {
		t.Fatal(err)
	}
	cell.work(t)
	if ending, err := cell.result(t, "o-1"); ending != food.Completed || err != nil {
		t.Fatalf("workflow returned %q, %v", ending, err)
	}
	s := storyOf(t, o, "o-1")
	charges := 0
	for _, m := range s.Moments {
		if m.Call == food.Charge && m.What == "ActivityTaskCompleted" {
			charges++
		}
	}
	has := func(id, what string) bool {
		return slices.ContainsFunc(s.Moments, func(m story.Moment) bool { return strings.HasPrefix(m.ID, id) && m.What == what })
	}
	if charges != 1 || !has("place.", "WorkflowExecutionFailed") || !has("place2.", "WorkflowExecutionCompleted") || has("place2.", "WorkflowExecutionStarted") {
		t.Errorf("%d charges in %+v", charges, s.Moments)
	}
	const want = "confirm ActivityTaskScheduled workflow < WorkflowTaskCompleted workflow < WorkflowTaskStarted workflow < WorkflowTaskScheduled server < WorkflowTaskFailed server (redrive"
	if got := chain(s, asked(t, s, food.Confirm)); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "WorkflowExecutionStarted customer (PlaceOrder)") {
		t.Errorf("confirm goes back to\n%s\nwant\n%s", got, want)
	}
}

// A customer who cancels late has a workflow of the same order.
func TestStoryOfACancellation(t *testing.T) {
	t.Parallel()
	cell := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(food.Charge))
	cell.submit(t, "o-1")
	if _, err := cell.result(t, "o-1"); err != nil {
		t.Fatal(err)
	}
	if err := cell.Cancel(t.Context(), meal("o-1")); err != nil {
		t.Fatal(err)
	}
	if _, err := cell.result(t, "o-1.cancel"); err != nil {
		t.Fatal(err)
	}
	o := operate(t, cell.config)
	if s, err := o.Story(t.Context(), "o-1.cancel"); !errors.Is(err, food.ErrUnknownOrder) {
		t.Errorf("a workflow that is no order: %+v, %v", s, err)
	}
	s := storyOf(t, o, "o-1")
	if m := answered(t, s, food.Cancel); !strings.HasPrefix(m.ID, "cancel.") || !strings.HasSuffix(chain(s, m), "WorkflowExecutionStarted customer (CancelOrder)") {
		t.Errorf("%+v goes back to %s", m, chain(s, m))
	}
	if m := answered(t, s, food.Charge); !strings.HasPrefix(m.ID, "place.") {
		t.Errorf("the charge is %+v", m)
	}
}

// With local activities an answer is a marker.
func TestStoryLocal(t *testing.T) {
	t.Parallel()
	cell := open(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(food.Confirm))
	cell.config.Local = true
	cell.work(t)
	cell.submit(t, "o-1")
	if _, err := cell.result(t, "o-1"); err != nil {
		t.Fatal(err)
	}
	s := storyOf(t, operate(t, cell.config), "o-1")
	i := slices.IndexFunc(s.Moments, func(m story.Moment) bool { return m.Call == food.Confirm })
	if i < 0 {
		t.Fatalf("no confirm in %+v", s.Moments)
	}
	if m := s.Moments[i]; m.What != "MarkerRecorded" || m.Outcome != food.Refused || m.Attempt != 1 || m.By != "restaurant" || m.Cause == "" {
		t.Errorf("the answer: %+v", m)
	}
}

// Of two answers that a workflow task has seen together it is not recorded which one led
// to what it decided, so nothing is claimed.
func TestStoryDoesNotGuess(t *testing.T) {
	h := &made{}
	h.add(enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
	first := h.task()
	award, assign := h.scheduled(food.Award, first), h.scheduled(food.Assign, first)
	awarded := h.completed(award)
	late := h.add(enums.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
	assigned := h.completed(assign) // before the task starts
	h.started(late)
	mail := h.scheduled(food.MailPartnerAssigned, h.last())
	mailed := h.completed(mail)
	status := h.scheduled(food.StatusCompleted, h.task())

	s := orchestration.StoryOf(h.events...)
	causes := map[string]string{}
	for _, m := range s.Moments {
		causes[m.ID] = m.Cause
	}
	if got := causes[id(late.EventId)]; got != "" {
		t.Errorf("the task that has seen two answers follows from %q", got)
	}
	want := fmt.Sprintf("%s, %s were new before %s: which of them led to its decisions is not recorded", id(awarded), id(assigned), causes[id(mail)])
	if !slices.Equal(s.Notes, []string{want}) {
		t.Errorf("notes %q, want %q", s.Notes, want)
	}
	if got := chain(s, s.Moments[status-1]); !strings.Contains(got, "< WorkflowTaskScheduled server < mail-partner-assigned ActivityTaskCompleted") {
		t.Errorf("after one answer: %s, want it to go back to %s", got, id(mailed))
	}
}

// A workflow task that has timed out before it began leads to the next.
func TestStoryOfATaskThatTimesOut(t *testing.T) {
	h := &made{}
	h.add(enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
	task := h.add(enums.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
	h.add(enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT).Attributes = &history.HistoryEvent_WorkflowTaskTimedOutEventAttributes{
		WorkflowTaskTimedOutEventAttributes: &history.WorkflowTaskTimedOutEventAttributes{ScheduledEventId: task.EventId},
	}
	charge := h.scheduled(food.Charge, h.task())
	const want = "charge ActivityTaskScheduled workflow < WorkflowTaskCompleted workflow < WorkflowTaskStarted workflow < WorkflowTaskScheduled server" +
		" < WorkflowTaskTimedOut server < WorkflowTaskScheduled server < WorkflowExecutionStarted customer"
	s := orchestration.StoryOf(h.events...)
	if got := chain(s, s.Moments[charge-1]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// made is a history that no server has written.
type made struct{ events []*history.HistoryEvent }

func (h *made) add(what enums.EventType) *history.HistoryEvent {
	e := &history.HistoryEvent{EventId: int64(len(h.events) + 1), EventType: what}
	h.events = append(h.events, e)
	return e
}

func (h *made) last() int64 { return int64(len(h.events)) }

// task adds a workflow task, and returns its end.
func (h *made) task() (completed int64) {
	return h.started(h.add(enums.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED))
}

func (h *made) started(task *history.HistoryEvent) (completed int64) {
	e := h.add(enums.EVENT_TYPE_WORKFLOW_TASK_STARTED)
	e.Attributes = &history.HistoryEvent_WorkflowTaskStartedEventAttributes{
		WorkflowTaskStartedEventAttributes: &history.WorkflowTaskStartedEventAttributes{ScheduledEventId: task.EventId},
	}
	h.add(enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED).Attributes = &history.HistoryEvent_WorkflowTaskCompletedEventAttributes{
		WorkflowTaskCompletedEventAttributes: &history.WorkflowTaskCompletedEventAttributes{StartedEventId: e.EventId},
	}
	return h.last()
}

func (h *made) scheduled(call food.Action, by int64) int64 {
	h.add(enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED).Attributes = &history.HistoryEvent_ActivityTaskScheduledEventAttributes{
		ActivityTaskScheduledEventAttributes: &history.ActivityTaskScheduledEventAttributes{
			WorkflowTaskCompletedEventId: by, ActivityType: &common.ActivityType{Name: string(call)},
		},
	}
	return h.last()
}

func (h *made) completed(call int64) int64 {
	h.add(enums.EVENT_TYPE_ACTIVITY_TASK_STARTED).Attributes = &history.HistoryEvent_ActivityTaskStartedEventAttributes{
		ActivityTaskStartedEventAttributes: &history.ActivityTaskStartedEventAttributes{ScheduledEventId: call},
	}
	started := h.last()
	h.add(enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED).Attributes = &history.HistoryEvent_ActivityTaskCompletedEventAttributes{
		ActivityTaskCompletedEventAttributes: &history.ActivityTaskCompletedEventAttributes{StartedEventId: started},
	}
	return h.last()
}

// id is that of the moment of an event.
func id(event int64) string { return fmt.Sprintf("place.%d", event) }

func storyOf(tb testing.TB, o *orchestration.Operator, order string) story.Story {
	tb.Helper()
	s, err := o.Story(tb.Context(), order)
	if err != nil {
		tb.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range s.Moments {
		if seen[m.ID] || m.At.IsZero() || m.Cause != "" && !seen[m.Cause] {
			tb.Errorf("a moment without an id of its own, a time, or a cause before it: %+v", m)
		}
		seen[m.ID] = true
	}
	return s
}

// answered is the moment that has a call's answer, and asked the one that asks for it.
func answered(tb testing.TB, s story.Story, call food.Action) story.Moment {
	tb.Helper()
	return momentOf(tb, s, call, "ActivityTaskCompleted")
}

func asked(tb testing.TB, s story.Story, call food.Action) story.Moment {
	tb.Helper()
	return momentOf(tb, s, call, "ActivityTaskScheduled")
}

func momentOf(tb testing.TB, s story.Story, call food.Action, what string) story.Moment {
	tb.Helper()
	i := slices.IndexFunc(s.Moments, func(m story.Moment) bool { return m.Call == call && m.What == what })
	if i < 0 {
		tb.Fatalf("no %s of %s in %+v", what, call, s.Moments)
	}
	return s.Moments[i]
}

// chain is a moment with what it goes back to.
func chain(s story.Story, m story.Moment) string {
	line := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", m.Call, m.What, m.By, m.Outcome))
	if m.Detail != "" && m.Detail != "not now" {
		line += " (" + m.Detail + ")"
	}
	for _, cause := range s.Moments {
		if cause.ID == m.Cause {
			return line + " < " + chain(s, cause)
		}
	}
	return line
}

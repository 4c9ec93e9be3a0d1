package orchestration_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// odd is a policy of which no number is a default of Temporal's.
func odd() food.Policy {
	p := food.DefaultPolicy
	p.FirstBackoff, p.MaxBackoff = 30*time.Millisecond, 700*time.Millisecond
	p.CallTimeout, p.Redelivery = 2*time.Second, 7*time.Second
	return p
}

// A call, as the server has it.
type call struct {
	Queue                                          string
	StartToClose, ScheduleToStart, ScheduleToClose time.Duration
	Heartbeat                                      time.Duration
	First, Longest                                 time.Duration // waits
	Coefficient                                    float64
	Attempts                                       int32 // 0 is for ever
	Final                                          int   // kinds of error that are not tried again
}

func callOf(a *history.ActivityTaskScheduledEventAttributes) call {
	retries := a.GetRetryPolicy()
	return call{
		Queue:           a.GetTaskQueue().GetName(),
		StartToClose:    a.GetStartToCloseTimeout().AsDuration(),
		ScheduleToStart: a.GetScheduleToStartTimeout().AsDuration(),
		ScheduleToClose: a.GetScheduleToCloseTimeout().AsDuration(),
		Heartbeat:       a.GetHeartbeatTimeout().AsDuration(),
		First:           retries.GetInitialInterval().AsDuration(),
		Longest:         retries.GetMaximumInterval().AsDuration(),
		Coefficient:     retries.GetBackoffCoefficient(),
		Attempts:        retries.GetMaximumAttempts(),
		Final:           len(retries.GetNonRetryableErrorTypes()),
	}
}

// The server has the policy as it was meant: each call has the redelivery timeout and no
// other, is tried for ever with the policy's back-off, and waits in its service's queue.
func TestCallsAsTheServerHasThem(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t).Addr()
	seen := map[food.Action]bool{}
	for _, refused := range [][]food.Action{{""}, {food.Charge}, {food.Assign}, {food.Confirm, food.Refund}} {
		var refusals []food.Interceptor
		for _, a := range refused {
			refusals = append(refusals, refuse(a))
		}
		c := start(t, server, odd(), refusals...)
		c.submit(t, "o-1")
		if len(refused) == 2 { // a person helps, and the customer cancels
			c.has(t, "o-1", food.MailEscalated)
			if err := errors.Join(c.Cancel(t.Context(), meal("o-1")), c.Resolve(t.Context(), meal("o-1"))); err != nil {
				t.Fatal(err)
			}
		}
		c.result(t, "o-1")
		calls := map[food.Action]call{}
		for _, e := range c.history(t, "o-1").Events {
			if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
				calls[food.Action(a.GetActivityType().GetName())] = callOf(a)
			}
		}
		for action, got := range calls {
			seen[action] = true
			want := call{
				Queue:        c.config.Name + "." + string(serviceOf(action)),
				StartToClose: 7 * time.Second,
				First:        30 * time.Millisecond,
				Longest:      700 * time.Millisecond,
				Coefficient:  2,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s after a rejection of %v (-want +got):\n%s", action, refused, diff)
			}
		}
	}
	for _, actions := range food.Actions {
		for _, a := range actions {
			if !seen[a] {
				t.Errorf("no order has a call of %s", a)
			}
		}
	}
}

func serviceOf(a food.Action) food.Service {
	for service, actions := range food.Actions {
		if slices.Contains(actions, a) {
			return service
		}
	}
	return ""
}

// A workflow is bounded by nothing, and each of its tasks by the redelivery timeout.
func TestWorkflowsAsTheServerHasThem(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t).Addr()
	for name, local := range map[string]bool{"activities": false, "local activities": true} {
		t.Run(name, func(t *testing.T) {
			c := open(t, server, odd())
			c.config.Local = local
			c.work(t)
			c.submit(t, "o-1")
			c.result(t, "o-1")
			h := c.history(t, "o-1")
			s := h.Events[0].GetWorkflowExecutionStartedEventAttributes()
			if run, whole := s.GetWorkflowRunTimeout().AsDuration(), s.GetWorkflowExecutionTimeout().AsDuration(); run != 0 || whole != 0 {
				t.Errorf("the workflow may take %v and %v, want no limit", run, whole)
			}
			if s.GetRetryPolicy() != nil || s.GetTaskQueue().GetName() != c.config.Name+".workflow" {
				t.Errorf("the workflow is tried again by %v, in queue %v", s.GetRetryPolicy(), s.GetTaskQueue())
			}
			timeouts := []time.Duration{s.GetWorkflowTaskTimeout().AsDuration()}
			for _, e := range h.Events {
				if task := e.GetWorkflowTaskScheduledEventAttributes(); task != nil {
					timeouts = append(timeouts, task.GetStartToCloseTimeout().AsDuration())
				}
			}
			if slices.ContainsFunc(timeouts, func(d time.Duration) bool { return d != 7*time.Second }) || len(timeouts) < 2 {
				t.Errorf("the workflow and its tasks may take %v, want 7s", timeouts)
			}
			if local {
				checkMarkers(t, h)
			}
		})
	}
}

// checkMarkers looks at all that the server knows of local activities: there is a marker
// for each, with its answer.
func checkMarkers(t *testing.T, h *history.History) {
	markers := 0
	for _, e := range h.Events {
		if e.GetActivityTaskScheduledEventAttributes() != nil {
			t.Error("a local activity is one of the server's")
		}
		m := e.GetMarkerRecordedEventAttributes()
		if m == nil {
			continue
		}
		markers++
		var answer struct{ Outcome food.Outcome }
		if err := converter.GetDefaultDataConverter().FromPayloads(m.GetDetails()["result"], &answer); err != nil || answer.Outcome == "" {
			t.Errorf("a marker has answer %+v, %v", answer, err)
		}
	}
	if want := len(food.Required[food.Completed]); markers != want {
		t.Errorf("%d markers, want one for each of %d calls", markers, want)
	}
}

package orchestration_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/enums/v1"
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

// A call, as the server has it: what is scheduled is recorded in the order's history.
type call struct {
	Queue                                          string
	StartToClose, ScheduleToStart, ScheduleToClose time.Duration
	Heartbeat                                      time.Duration
	First, Most                                    time.Duration // waits
	Coefficient                                    float64
	Attempts                                       int32 // 0 is for ever
	Final                                          int   // kinds of error that are not tried again
}

// The server has the policy as it was meant: each call has the redelivery timeout and no
// other, is tried for ever with the policy's back-off, and waits in its service's queue.
func TestCallsAsTheServerHasThem(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t).Addr()
	seen := map[food.Action]bool{}
	for _, s := range scenarios {
		c := start(t, server, odd(), refuse(s.refused))
		c.submit(t, "o-1")
		c.result(t, "o-1")
		for _, e := range c.history(t, "o-1").Events {
			got := e.GetActivityTaskScheduledEventAttributes()
			if got == nil {
				continue
			}
			action := food.Action(got.GetActivityType().GetName())
			seen[action] = true
			var service food.Service
			for of, actions := range food.Actions {
				for _, a := range actions {
					if a == action {
						service = of
					}
				}
			}
			want := call{
				Queue:        c.config.Name + "." + string(service),
				StartToClose: 7 * time.Second,
				First:        30 * time.Millisecond,
				Most:         700 * time.Millisecond,
				Coefficient:  2,
			}
			retries := got.GetRetryPolicy()
			if diff := cmp.Diff(want, call{
				Queue:           got.GetTaskQueue().GetName(),
				StartToClose:    got.GetStartToCloseTimeout().AsDuration(),
				ScheduleToStart: got.GetScheduleToStartTimeout().AsDuration(),
				ScheduleToClose: got.GetScheduleToCloseTimeout().AsDuration(),
				Heartbeat:       got.GetHeartbeatTimeout().AsDuration(),
				First:           retries.GetInitialInterval().AsDuration(),
				Most:            retries.GetMaximumInterval().AsDuration(),
				Coefficient:     retries.GetBackoffCoefficient(),
				Attempts:        retries.GetMaximumAttempts(),
				Final:           len(retries.GetNonRetryableErrorTypes()),
			}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", action, diff)
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

// A workflow is bounded by nothing, and each of its tasks by the redelivery timeout. Of
// local activities the server knows no more than that: a marker for each has its answer.
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
			markers := 0
			for _, e := range c.history(t, "o-1").Events {
				if s := e.GetWorkflowExecutionStartedEventAttributes(); s != nil {
					if got := s.GetWorkflowTaskTimeout().AsDuration(); got != 7*time.Second {
						t.Errorf("a workflow task may take %v, want 7s", got)
					}
					if run, whole := s.GetWorkflowRunTimeout().AsDuration(), s.GetWorkflowExecutionTimeout().AsDuration(); run != 0 || whole != 0 {
						t.Errorf("the workflow may take %v and %v, want no limit", run, whole)
					}
					if s.GetRetryPolicy() != nil || s.GetTaskQueue().GetName() != c.config.Name+".workflow" {
						t.Errorf("the workflow is tried again by %v, in queue %v", s.GetRetryPolicy(), s.GetTaskQueue())
					}
				}
				if s := e.GetWorkflowTaskScheduledEventAttributes(); s != nil {
					if got := s.GetStartToCloseTimeout().AsDuration(); got != 7*time.Second {
						t.Errorf("task %d may take %v, want 7s", e.GetEventId(), got)
					}
				}
				if m := e.GetMarkerRecordedEventAttributes(); m != nil {
					markers++
					var answer struct{ Outcome food.Outcome }
					if err := converter.GetDefaultDataConverter().FromPayloads(m.GetDetails()["result"], &answer); err != nil || answer.Outcome == "" {
						t.Errorf("a marker has answer %+v, %v", answer, err)
					}
				}
				if e.GetEventType() == enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED && local {
					t.Error("a local activity is one of the server's")
				}
			}
			if want := len(food.Required[food.Completed]); local && markers != want || !local && markers != 0 {
				t.Errorf("%d markers, of %d calls", markers, want)
			}
		})
	}
}

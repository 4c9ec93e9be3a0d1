package orchestration_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/worker"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/orchestration"
)

// Local activities are no activities to the server: their answers are markers.
// What they left is replayed like any other history.
func TestLocalHistory(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t).Addr()
	for _, s := range scenarios {
		t.Run(string(s.ending), func(t *testing.T) {
			c := open(t, server, food.DefaultPolicy, refuse(s.refused))
			c.config.Local = true
			c.work(t)
			c.submit(t, "o-1")
			if ending, err := c.result(t, "o-1"); ending != s.ending || err != nil {
				t.Errorf("workflow returned %q, %v; want %q", ending, err, s.ending)
			}
			h := c.history(t, "o-1")
			remote, local := count(h, enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED), count(h, enums.EVENT_TYPE_MARKER_RECORDED)
			if rows := len(c.of("o-1")); remote != 0 || local != rows {
				t.Errorf("the history has %d remote calls and %d markers, want 0 and %d, one for each row", remote, local, rows)
			}
			replayer := worker.NewWorkflowReplayer()
			orchestration.RegisterFlow(replayer, c.config)
			if err := replayer.ReplayWorkflowHistory(nil, h); err != nil {
				t.Errorf("PlaceOrder does not go the recorded way: %v", err)
			}
		})
	}
}

// A wait that is longer than a workflow task may be becomes a timer of the
// server's, and the attempts are counted on behind it.
func TestLocalAttemptsBehindTimers(t *testing.T) {
	t.Parallel()
	p := food.DefaultPolicy
	p.Attempts, p.CallTimeout, p.Redelivery = 3, 700*time.Millisecond, time.Second
	p.FirstBackoff, p.MaxBackoff = 1100*time.Millisecond, 1100*time.Millisecond
	var seen attempts
	c := open(t, devservertest.Temporal(t).Addr(), p, seen.note, fail(food.Confirm))
	c.config.Local = true
	c.work(t)
	c.submit(t, "o-1")
	if ending, err := c.result(t, "o-1"); ending != food.RestaurantFailed || err != nil {
		t.Errorf("workflow returned %q, %v", ending, err)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, seen.of(food.Confirm)); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if timers := count(c.history(t, "o-1"), enums.EVENT_TYPE_TIMER_STARTED); timers != 2 {
		t.Errorf("%d timers, want 2", timers)
	}
}

// attempts notes which attempts of each action were made.
type attempts struct {
	mu   sync.Mutex
	made map[food.Action][]int
}

func (s *attempts) note(ctx context.Context, c food.Call, next func(context.Context) error) error {
	s.mu.Lock()
	if s.made == nil {
		s.made = map[food.Action][]int{}
	}
	s.made[c.Action] = append(s.made[c.Action], c.Attempt)
	s.mu.Unlock()
	return next(ctx)
}

func (s *attempts) of(a food.Action) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.made[a])
}

func count(h *history.History, kind enums.EventType) (n int) {
	for _, e := range h.Events {
		if e.EventType == kind {
			n++
		}
	}
	return n
}

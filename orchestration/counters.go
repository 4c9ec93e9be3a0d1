package orchestration

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"go.temporal.io/api/enums/v1"
)

// Counters returns what the server recorded per order, as the mean over a
// sample of the orders that this Coordinator submitted and that have ended.
func (c *Coordinator) Counters(ctx context.Context) (map[string]float64, error) {
	var orders, events, transitions, bytes float64
	for _, id := range c.sample.ids() {
		reply, err := c.client.DescribeWorkflowExecution(ctx, c.config.workflowID(id), "")
		if err != nil {
			return nil, fmt.Errorf("describe the workflow of order %s: %w", id, err)
		}
		info := reply.GetWorkflowExecutionInfo()
		if info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			continue
		}
		orders++
		events += float64(info.GetHistoryLength())
		transitions += float64(info.GetStateTransitionCount())
		bytes += float64(info.GetHistorySizeBytes())
	}
	counters := map[string]float64{"orders_sampled": orders}
	if orders > 0 {
		counters["history_events_per_order"] = events / orders
		counters["state_transitions_per_order"] = transitions / orders
		counters["history_bytes_per_order"] = bytes / orders
	}
	return counters, nil
}

// maxSample bounds what Counters asks the server: it answers some thousand such
// questions per second.
const maxSample = 200

// A sample is every nth of the ids that were added, with n as small as keeps it
// within maxSample.
type sample struct {
	mu   sync.Mutex
	kept []string
	nth  int // a power of two
	seen int
}

func (s *sample) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nth = max(s.nth, 1)
	if s.seen++; s.seen%s.nth != 0 {
		return
	}
	if s.kept = append(s.kept, id); len(s.kept) <= maxSample {
		return
	}
	s.nth *= 2
	for i := range len(s.kept) / 2 {
		s.kept[i] = s.kept[2*i+1]
	}
	s.kept = s.kept[:len(s.kept)/2]
}

func (s *sample) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

package bench

import (
	"context"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A resubmission submits orders again that the plan draws for it, as an app does that
// has lost the answer: at once, while the order is under way, and when all is over. It is
// the same order, so nothing may come of it.
type resubmission struct {
	plan *fault.Plan

	mu     sync.Mutex
	orders []food.Order
	faults []record.Fault // one for each order
}

func (s *resubmission) drawn(o food.Order) bool { return len(s.plan.Resubmitted(o.ID)) > 0 }

// submit submits an order that was accepted once more, and returns why that had no
// answer.
func (s *resubmission) submit(ctx context.Context, system System, o food.Order) error {
	at := time.Now().UTC()
	ctx, cancel := context.WithTimeout(ctx, submitLimit)
	defer cancel()
	err := system.Submit(ctx, o)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		return err
	}
	s.orders = append(s.orders, o)
	for _, r := range s.plan.Resubmitted(o.ID) {
		s.faults = append(s.faults, record.Fault{
			Rule: r.Written, Kind: string(r.Kind), Order: o.ID, Service: string(food.OrderService), Attempt: 1, At: at,
		})
	}
	return nil
}

// all submits them a third time, and returns the first that had no answer. What comes of
// it is left over.
func (s *resubmission) all(ctx context.Context, system System) error {
	for _, o := range s.orders {
		one, cancel := context.WithTimeout(ctx, submitLimit)
		err := system.Submit(one, o)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

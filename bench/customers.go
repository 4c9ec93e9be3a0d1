package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// customers do with their orders what the plan draws for them, once the order was
// accepted. Some submit it again, as an app does that has lost the answer: at once,
// while it is under way, and when all is over. It is the same order, so nothing may come
// of it. Some cancel it.
type customers struct {
	plan       *fault.Plan
	unanswered func(order string) // called when it is not known what became of a wish

	waiting sync.WaitGroup // of those who will cancel
	mu      sync.Mutex
	again   []food.Order   // submitted twice
	faults  []record.Fault // one for each order and rule
}

// accepted lets the customer of an order that was accepted begin.
func (s *customers) accepted(ctx context.Context, system System, o food.Order) {
	if by, drawn := s.plan.Cancelled(o.ID); drawn {
		s.waiting.Go(func() { s.cancel(ctx, system, o, by) })
	}
	if drawn := s.plan.Resubmitted(o.ID); len(drawn) > 0 {
		s.submitAgain(ctx, system, o, drawn)
	}
}

// cancels reports whether the order's customer will cancel.
func (s *customers) cancels(o food.Order) bool {
	_, drawn := s.plan.Cancelled(o.ID)
	return drawn
}

// cancel cancels an order after a while. That the order is not known is an answer: then
// its row is missing.
func (s *customers) cancel(ctx context.Context, system System, o food.Order, by fault.Rule) {
	if !sleep(ctx, by.Delay) {
		return
	}
	at := time.Now()
	ctx, stop := context.WithTimeout(ctx, submitLimit)
	defer stop()
	if err := system.Cancel(ctx, o); err != nil && !errors.Is(err, food.ErrUnknownOrder) {
		s.unanswered(o.ID)
		return
	}
	s.note(by, o, at)
}

// submitAgain submits the order once more.
func (s *customers) submitAgain(ctx context.Context, system System, o food.Order, drawn []fault.Rule) {
	at := time.Now()
	ctx, cancel := context.WithTimeout(ctx, submitLimit)
	defer cancel()
	if err := system.Submit(ctx, o); err != nil {
		s.unanswered(o.ID)
		return
	}
	for _, r := range drawn {
		s.note(r, o, at)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = append(s.again, o)
}

// note notes what a customer did, and when.
func (s *customers) note(r fault.Rule, o food.Order, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, record.Fault{
		Rule: r.Written, Kind: string(r.Kind), Order: o.ID, Service: string(food.OrderService), Attempt: 1, At: at.UTC(),
	})
}

// submitLast submits a third time what was submitted twice, and returns the first that
// had no answer. What comes of it is left over.
func (s *customers) submitLast(ctx context.Context, system System) error {
	for _, o := range s.again {
		one, cancel := context.WithTimeout(ctx, submitLimit)
		err := system.Submit(one, o)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

package food

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Services are the six services. Each call is a plain function over the ledger
// and passes one chain of interceptors on the way, with the call timeout
// outermost.
//
// Every call has the same shape: the order, and the attempt counted from 1. It
// returns the row that stands in the ledger, whoever wrote it, or an error that
// is [ErrFailure] or [ErrNoAnswer]. A deciding call whose last attempt got no
// answer is given up, so that from attempt Policy.Attempts on its only error is
// that the ledger itself did not answer.
type Services struct {
	ledger   Ledger
	policy   Policy
	around   Interceptor
	absorbed atomic.Int64
	late     sync.WaitGroup
	overdue  error // why a call is waited for no longer
}

// A Step is one call as coordinators see it.
type Step func(ctx context.Context, o Order, attempt int) (Row, error)

// NewServices returns the services over a ledger. The interceptors stand
// between the call timeout and the effect, first outermost.
func NewServices(l Ledger, p Policy, around ...Interceptor) *Services {
	s := &Services{ledger: l, policy: p, overdue: fmt.Errorf("still running after %v", p.CallTimeout.Round(time.Millisecond))}
	s.around = Chain(append([]Interceptor{s.timeout}, around...)...)
	return s
}

// Absorbed counts the calls that found their row already written.
func (s *Services) Absorbed() int64 { return s.absorbed.Load() }

// Close waits for calls that outlived their timeout. Call it after whoever
// makes calls has stopped and before the ledger is closed.
func (s *Services) Close() { s.late.Wait() }

// do makes one call. What happens to an order is decided here and nowhere else.
func (s *Services) do(ctx context.Context, svc Service, a Action, o Order, attempt int, amount Cents) (Row, error) {
	c := Call{Order: o.ID, Service: svc, Action: a, Attempt: attempt}
	var row Row
	err := s.around(ctx, c, func(ctx context.Context) error {
		p := Proposal{Outcome: Done, Amount: amount}
		if reason, no := refusal(ctx); no && a.Deciding() {
			p = Proposal{Outcome: Refused, Reason: reason}
		}
		recorded, absorbed, err := s.ledger.Do(ctx, c, p)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		if absorbed {
			s.absorbed.Add(1)
		}
		row = recorded
		return nil
	})
	if err == nil {
		return row, nil
	}
	// Giving up comes after the call, never instead of it, and passes no
	// interceptor: it is the caller's own decision and needs no answer from
	// the service.
	if a.Deciding() && attempt >= s.policy.Attempts {
		return s.ledger.GiveUp(context.WithoutCancel(ctx), c)
	}
	return Row{}, fmt.Errorf("%v: %w", c, err)
}

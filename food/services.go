package food

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Services are the six services. Each action is a plain function over the ledger:
// [Services.Charge], [Services.Confirm] and the others are in the files named
// after their services.
//
// All have one shape, that of a [Step]: they make one attempt at the call of an
// order, and the attempt counts from 1. An attempt returns the row that the ledger
// has for the call, whichever attempt wrote it, or an error that is [ErrFailure]
// or [ErrNoAnswer]. One that panics got no answer, and no engine learns of the panic.
// A call that has a limit (see [Policy.Limit]) and whose last attempt got no answer is
// given up here, by no engine: GiveUp of the ledger writes the row. So from that
// attempt on the only error is that the ledger itself did not answer.
type Services struct {
	ledger   Ledger
	policy   Policy
	timeout  *timeout
	around   Interceptor
	absorbed atomic.Int64
}

// A Step makes one attempt at the call of an action. It is all that styles see of a
// service, for forward actions (the steps of the saga) and undos alike.
type Step func(ctx context.Context, o Order, attempt int) (Row, error)

// NewServices returns the services over a ledger. An attempt passes the call
// timeout, then the interceptors, first outermost, and then has its effect.
func NewServices(l Ledger, p Policy, around ...Interceptor) *Services {
	t := newTimeout(p.CallTimeout)
	return &Services{ledger: l, policy: p, timeout: t, around: Chain(append([]Interceptor{t.intercept}, around...)...)}
}

// do makes one attempt at one call, and p is for whom and what it is. What is
// recorded for an order is decided here and in the ledger, and nowhere else.
func (s *Services) do(ctx context.Context, svc Service, action Action, o Order, attempt int, p Proposal) (Row, error) {
	c := Call{Order: o.ID, Service: svc, Action: action, Attempt: attempt}
	var row Row
	err := contained(func() error {
		return s.around(ctx, c, func(ctx context.Context) (err error) {
			row, err = s.record(ctx, c, p)
			return err
		})
	})
	if err == nil {
		return row, nil
	}
	// Giving up comes after the last attempt, never instead of it. It passes no
	// interceptor, because it stands for no request to the service: it closes the
	// call, whatever has become of the attempts.
	if limit := s.policy.Limit(action); limit > 0 && attempt >= limit {
		return s.ledger.GiveUp(context.WithoutCancel(ctx), c)
	}
	return Row{}, fmt.Errorf("%v: %w", c, err)
}

// record is the effect of an attempt: the call's row in the ledger.
func (s *Services) record(ctx context.Context, c Call, p Proposal) (Row, error) {
	p.Outcome = Done
	if reason, refused := refusal(ctx); refused && c.Action.Rejectable() {
		p = Proposal{Outcome: Refused, Reason: reason, For: p.For}
	}
	row, absorbed, err := s.ledger.Do(ctx, c, p)
	if err != nil {
		return Row{}, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	if absorbed {
		s.absorbed.Add(1)
	}
	observe(ctx, row)
	return row, nil
}

// Absorbed counts the attempts that found the call's row already written.
func (s *Services) Absorbed() int64 { return s.absorbed.Load() }

// Close waits for calls that outlived their timeout. Call it when no more calls
// are made, and before the ledger is closed.
func (s *Services) Close() { s.timeout.late.Wait() }

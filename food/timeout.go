package food

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A timeout limits how long an attempt is waited for. After that it is "no answer".
type timeout struct {
	limit   time.Duration
	overdue error          // why a call is no longer waited for
	late    sync.WaitGroup // calls that run on after their timeout
}

func newTimeout(limit time.Duration) *timeout {
	return &timeout{limit: limit, overdue: fmt.Errorf("still running after %v", limit.Round(time.Millisecond))}
}

// intercept is the timeout as an [Interceptor].
func (t *timeout) intercept(ctx context.Context, _ Call, next func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(context.WithValue(ctx, lateKey{}, &t.late), t.limit, t.overdue)
	defer cancel()
	return next(ctx)
}

type lateKey struct{}

// Detach runs what may take longer than a call is waited for. When ctx ends it
// returns "no answer" at once, and the call runs on, detached: its effect may
// come late, and the ledger is where that is dealt with. Its reply is dropped. An
// interceptor that waits must do so in here.
//
// The ledger needs no such thing, since it stops waiting by itself. So a call
// that nothing delays takes no goroutine of its own.
func Detach(ctx context.Context, call func() error) error {
	late, _ := ctx.Value(lateKey{}).(*sync.WaitGroup)
	if late == nil {
		late = new(sync.WaitGroup)
	}
	answer := make(chan error, 1)
	late.Go(func() { answer <- contained(call) })
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNoAnswer, context.Cause(ctx))
	}
}

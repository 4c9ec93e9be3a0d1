package food

import (
	"context"
	"fmt"
	"sync"
)

// timeout limits how long a call is waited for. After that it is "no answer".
func (s *Services) timeout(ctx context.Context, _ Call, next func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(context.WithValue(ctx, detachedKey{}, &s.late), s.policy.CallTimeout, s.overdue)
	defer cancel()
	return next(ctx)
}

type detachedKey struct{}

// Detach runs what may take longer than a call is waited for. When ctx ends it
// returns "no answer" at once, and the call runs on, detached: its effect may
// come late, and the ledger is where that is dealt with. Nobody receives its
// reply. An interceptor that waits must do so in here.
//
// The ledger needs no such thing, since it stops waiting by itself. So a call
// that nothing delays takes no goroutine of its own.
func Detach(ctx context.Context, call func() error) error {
	late, _ := ctx.Value(detachedKey{}).(*sync.WaitGroup)
	if late == nil {
		late = new(sync.WaitGroup)
	}
	answer := make(chan error, 1)
	late.Go(func() { answer <- call() })
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNoAnswer, context.Cause(ctx))
	}
}

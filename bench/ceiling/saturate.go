package ceiling

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Load says how a system is saturated.
type Load struct {
	InFlight int           // orders under way at a time
	Ramp     time.Duration // before the clock starts
	During   time.Duration // of the clock

	Submit func(ctx context.Context, n int) error // places order n, counted from 0

	// Used returns the processor time in ms that each role has used so far.
	Used func() map[string]float64
}

// A Rate is what one system did in one measurement.
type Rate struct {
	PerSecond float64            // orders that ended
	CPU       map[string]float64 // by role, ms per order
}

// Ended counts orders that have ended. Whoever learns of it tells.
type Ended struct {
	count atomic.Int64
	more  chan struct{}
}

// NewEnded returns a count of zero.
func NewEnded() *Ended { return &Ended{more: make(chan struct{}, 1)} }

// Add tells that n more orders have ended.
func (e *Ended) Add(n int) {
	e.count.Add(int64(n))
	select {
	case e.more <- struct{}{}:
	default: // whoever waits has been told already
	}
}

// Wait returns when n orders in all have ended.
func (e *Ended) Wait(ctx context.Context, n int) error {
	for e.count.Load() < int64(n) {
		select {
		case <-e.more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// drainLimit is how long the last orders may take to end.
const drainLimit = 30 * time.Second

// Saturate keeps l.InFlight orders under way until the clock has run out, waits
// for the last of them to end, and returns what it counted between the start of
// the clock and its end. Neither the rise at the beginning nor the end, where
// fewer and fewer orders are under way, is part of it.
func Saturate(ctx context.Context, l Load, ended *Ended) (Rate, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &pump{Load: l, ended: ended, first: ended.count.Load(), fail: cancel}
	defer p.submitting.Wait()
	defer cancel(nil)

	if err := p.fill(ctx, l.Ramp); err != nil {
		return Rate{}, err
	}
	start, before, used := time.Now(), ended.count.Load(), l.Used()
	if err := p.fill(ctx, l.During); err != nil {
		return Rate{}, err
	}
	took, orders, after := time.Since(start), ended.count.Load()-before, l.Used()
	if orders == 0 {
		return Rate{}, fmt.Errorf("no order ended within %v", l.During)
	}
	if err := p.drain(ctx); err != nil {
		return Rate{}, err
	}
	rate := Rate{PerSecond: float64(orders) / took.Seconds(), CPU: map[string]float64{}}
	for role := range after {
		rate.CPU[role] = (after[role] - used[role]) / float64(orders)
	}
	return rate, nil
}

// A pump places orders as others end.
type pump struct {
	Load
	ended      *Ended
	first      int64 // count of ended before
	sent       int64
	submitting sync.WaitGroup
	fail       context.CancelCauseFunc
}

func (p *pump) open() int64 { return p.sent - (p.ended.count.Load() - p.first) }

// fill keeps enough orders under way for a while.
func (p *pump) fill(ctx context.Context, during time.Duration) error {
	over := time.After(during)
	for {
		for ; p.open() < int64(p.InFlight); p.sent++ {
			n := int(p.sent)
			p.submitting.Go(func() {
				if err := p.Submit(ctx, n); err != nil {
					p.fail(fmt.Errorf("submit order %d: %w", n, err))
				}
			})
		}
		select {
		case <-p.ended.more:
		case <-over:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// drain waits for the last orders.
func (p *pump) drain(ctx context.Context) error {
	late := fmt.Errorf("not all of %d orders have ended %v after the last was placed", p.sent, drainLimit)
	ctx, cancel := context.WithTimeoutCause(ctx, drainLimit, late)
	defer cancel()
	if p.ended.Wait(ctx, int(p.first+p.sent)) != nil {
		return context.Cause(ctx)
	}
	return nil
}

package load

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A Saturation is how a system is kept saturated. Every other load is open-loop: it
// offers orders at a rate and asks how the system copes. This one is closed-loop and
// has no rate. A fixed number of orders is under way, and the next is placed when one
// has ended. So nothing
// queues without bound, the system is not pushed into collapse, and no latency may
// be read from it.
type Saturation struct {
	InFlight int           // orders under way at a time
	Ramp     time.Duration // before the clock starts, or longer until as many orders have ended
	During   time.Duration // of the clock, or longer until one order has ended

	Submit func(ctx context.Context, n int) error // places order n, counted from 0
	Begin  func()                                 // the clock starts; may be nil

	// Used returns the CPU time in ms that each role has used so far.
	Used func() map[string]float64
}

// A Rate is what one system did in one measurement.
type Rate struct {
	Orders    int                // that ended
	PerSecond float64            // of them
	CPU       map[string]float64 // by role, ms per order
}

// Ended counts orders that have ended. Whoever sees one end reports it.
type Ended struct {
	count atomic.Int64
	more  chan struct{}
}

// NewEnded returns a count of zero.
func NewEnded() *Ended { return &Ended{more: make(chan struct{}, 1)} }

// Add reports that n more orders have ended.
func (e *Ended) Add(n int) {
	e.count.Add(int64(n))
	select {
	case e.more <- struct{}{}:
	default: // whoever waits has been notified already
	}
}

// Count is how many have.
func (e *Ended) Count() int { return int(e.count.Load()) }

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

// lifeLimit is how long the orders that are under way may take to end: longer than any
// planned fault may hold one up.
const lifeLimit = 3 * time.Minute

// Saturate keeps l.InFlight orders under way until the clock has run out, waits
// for the last of them to end, and returns what it counted between the start of
// the clock and its end. Neither the rise at the beginning nor the end, where
// fewer and fewer orders are under way, is part of it.
func Saturate(ctx context.Context, l Saturation, ended *Ended) (Rate, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &pump{Saturation: l, ended: ended, first: ended.count.Load(), fail: cancel}
	defer p.submitting.Wait()
	defer cancel(nil)

	if err := p.fill(ctx, l.Ramp, l.InFlight); err != nil {
		return Rate{}, err
	}
	if l.Begin != nil {
		l.Begin()
	}
	start, before, used := time.Now(), ended.count.Load(), l.Used()
	if err := p.fill(ctx, l.During, 1); err != nil {
		return Rate{}, err
	}
	took, orders, after := time.Since(start), ended.count.Load()-before, l.Used()
	if err := p.drain(ctx); err != nil {
		return Rate{}, err
	}
	rate := Rate{Orders: int(orders), PerSecond: float64(orders) / took.Seconds(), CPU: map[string]float64{}}
	for role := range after {
		rate.CPU[role] = (after[role] - used[role]) / float64(orders)
	}
	return rate, nil
}

// A pump places orders as others end.
type pump struct {
	Saturation
	ended      *Ended
	first      int64 // count of ended before
	sent       int64
	submitting sync.WaitGroup
	fail       context.CancelCauseFunc
}

func (p *pump) open() int64 { return p.sent - (p.ended.count.Load() - p.first) }

// fill keeps enough orders under way for a while, and until some have ended.
func (p *pump) fill(ctx context.Context, during time.Duration, atLeast int) error {
	over, late := time.After(during), time.After(during+lifeLimit)
	target := p.ended.count.Load() + int64(atLeast)
	for elapsed := false; !elapsed || p.ended.count.Load() < target; {
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
			elapsed = true
		case <-late:
			return fmt.Errorf("%d orders had not ended after %v", p.InFlight, during+lifeLimit)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// drain waits for the last orders.
func (p *pump) drain(ctx context.Context) error {
	late := fmt.Errorf("not all of %d orders have ended %v after the last was placed", p.sent, lifeLimit)
	ctx, cancel := context.WithTimeoutCause(ctx, lifeLimit, late)
	defer cancel()
	if p.ended.Wait(ctx, int(p.first+p.sent)) != nil {
		return context.Cause(ctx)
	}
	return nil
}

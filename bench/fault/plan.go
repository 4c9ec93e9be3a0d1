package fault

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/sagabench/sagabench/food"
)

// A Plan is a set of rules under a seed.
type Plan struct {
	seed  uint64
	rules []Rule // in order of precedence
}

// NewPlan returns a plan of rules that [Validate] has seen.
func NewPlan(seed uint64, rules []Rule) *Plan {
	sorted := slices.Clone(rules)
	slices.SortStableFunc(sorted, func(a, b Rule) int {
		return slices.Index(Kinds, a.Kind) - slices.Index(Kinds, b.Kind)
	})
	return &Plan{seed: seed, rules: sorted}
}

// Resubmitted returns the rules by which an order is submitted again.
func (p *Plan) Resubmitted(order string) (by []Rule) {
	for _, r := range p.rules {
		if r.Kind == Resubmit && p.share(r, order, "") < r.Percent {
			by = append(by, r)
		}
	}
	return by
}

// Cancelled returns the rule by which an order is cancelled by its customer, if any.
func (p *Plan) Cancelled(order string) (by Rule, drawn bool) {
	for _, r := range p.rules {
		if r.Kind == Cancel && p.share(r, order, "") < r.Percent && (!drawn || r.Delay < by.Delay) {
			by, drawn = r, true
		}
	}
	return by, drawn
}

// share is where an order falls in a rule's lottery, from 0 up to 100.
func (p *Plan) share(r Rule, order string, a food.Action) float64 {
	var text [128]byte
	sum := sha256.Sum256(fmt.Appendf(text[:0], "%d\n%v\n%s\n%s", p.seed, r, order, a))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53) * 100
}

// Picks returns the rules that will hit an action of an order, in order of
// precedence. It leaves out outages, which hit whoever comes at the time.
func (p *Plan) Picks(order string, s food.Service, a food.Action) (hit []Rule) {
	for _, r := range p.rules {
		if r.Kind != Outage && r.Targets(s, a) && p.share(r, order, a) < r.Percent {
			hit = append(hit, r)
		}
	}
	return hit
}

// Interceptor lets the plan happen. Begin returns the start of the measured
// window, from which outages count, or the zero time as long as that is open.
// What fires is written to the journal before it acts; a nil journal keeps
// nothing. It must stand inside the call timeout, because that is what ends the
// waiting for a slow call.
func (p *Plan) Interceptor(begin func() time.Time, j *Journal) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		var delay time.Duration
		for _, r := range p.rules {
			if !p.hits(r, c, begin) {
				continue
			}
			if r.Kind == LoseReply {
				next = loseReply(r, c, next, j)
				continue
			}
			if !j.fires(r, c) {
				continue
			}
			switch r.Kind {
			case Outage, Fail:
				return fmt.Errorf("%w: planned by %v", food.ErrFailure, r)
			case Panic:
				panic(fmt.Sprintf("planned by %v", r))
			case Slow:
				delay += r.Delay
			case Refuse:
				ctx = food.Refusing(ctx, refusals[c.Action])
			}
		}
		if delay > 0 {
			return slowly(ctx, delay, next)
		}
		return next(ctx)
	}
}

// hits reports whether a rule is for this attempt of a call.
func (p *Plan) hits(r Rule, c food.Call, begin func() time.Time) bool {
	if !r.Targets(c.Service, c.Action) {
		return false
	}
	if r.Kind == Outage {
		at := time.Since(begin()) // of the zero time: later than any outage
		return r.After <= at && at < r.After+r.For
	}
	if r.Kind != Refuse && c.Attempt > r.Times {
		return false
	}
	return p.share(r, c.Order, c.Action) < r.Percent
}

// slowly makes a call after a while, however long its caller waits.
func slowly(ctx context.Context, d time.Duration, next func(context.Context) error) error {
	return food.Detach(ctx, func() error {
		time.Sleep(d)
		return next(context.WithoutCancel(ctx))
	})
}

// loseReply lets a call take effect and then reports that no answer came. It is
// the fault that idempotency keys exist for: the call is made at least once.
func loseReply(r Rule, c food.Call, next func(context.Context) error, j *Journal) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := next(ctx); err != nil || !j.fires(r, c) {
			return err
		}
		return fmt.Errorf("%w: reply lost as planned by %v", food.ErrNoAnswer, r)
	}
}

// refusals are the reasons for a rejection.
var refusals = map[food.Action]string{
	food.Charge:  "card declined",
	food.Confirm: "kitchen closed",
	food.Assign:  "nobody nearby",

	food.Refund:       "card expired",
	food.CancelTicket: "already cooking",
	food.Revoke:       "points spent",
}

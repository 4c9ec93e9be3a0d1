package fault

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sagabench/sagabench/food"
)

// A ServiceTime is how long calls take when nothing is wrong. It is no fault:
// it is in no journal, and the zero value takes no time at all. It is written as
//
//	none                        every call is as fast as the ledger
//	realistic                   a log-normal time per call, with a long tail
//	10ms                        every call takes 10 ms
//	restaurant.confirm=10ms     these calls do, and no others
//
// A call's time is a hash of seed, order and action. So the same order takes the
// same time in every style, and a retry takes as long as the first attempt.
type ServiceTime struct {
	target    Rule // where it is fixed
	fixed     time.Duration
	realistic bool
}

// MaxServiceTime is what a call may take. It is far enough below the usual call
// timeout, so that working slowly is never mistaken for a fault.
const MaxServiceTime = time.Second

// usual is the median time of a realistic call. What people ask a payment
// provider or a courier takes longer than what a shop keeps in its own tables.
var usual = map[food.Service]time.Duration{
	food.OrderService: 2 * time.Millisecond,
	food.Payment:      30 * time.Millisecond,
	food.Restaurant:   15 * time.Millisecond,
	food.Delivery:     20 * time.Millisecond,
	food.Loyalty:      5 * time.Millisecond,
	food.Notification: 10 * time.Millisecond,
}

// tail is the standard deviation of the times' logarithm. One call in a hundred
// takes more than five times the median, about three in two thousand more than eight times.
const tail = 0.7

// Realistic says in words what the realistic times are, for a reader of numbers
// that were taken with them. The medians are chosen, not measured.
func Realistic() string {
	var medians []string
	for _, s := range food.AllServices {
		medians = append(medians, fmt.Sprintf("%s %v", s, usual[s]))
	}
	return fmt.Sprintf("log-normal for each call, with medians that are chosen and not measured: %s; standard deviation of the logarithm %v, at most %v",
		strings.Join(medians, ", "), tail, MaxServiceTime)
}

// ParseServiceTime reads the written form. Nothing is the same as none.
func ParseServiceTime(s string) (t ServiceTime, err error) {
	switch s {
	case "", "none":
		return t, nil
	case "realistic":
		return ServiceTime{realistic: true}, nil
	}
	target, length, narrow := strings.Cut(s, "=")
	if !narrow {
		target, length = string(Any), s
	}
	if err := t.target.parseTarget(target); err != nil {
		return ServiceTime{}, fmt.Errorf("service time %q: %w", s, err)
	}
	t.fixed, err = time.ParseDuration(length)
	if err != nil || t.fixed <= 0 || t.fixed > MaxServiceTime {
		return ServiceTime{}, fmt.Errorf("service time %q: want none, realistic, or a time up to %v such as 10ms or restaurant.confirm=10ms", s, MaxServiceTime)
	}
	return t, nil
}

// Of is how long a call takes.
func (t ServiceTime) Of(seed uint64, c food.Call) time.Duration {
	switch {
	case t.realistic:
		h := fnv.New64a()
		fmt.Fprintf(h, "%s\n%s", c.Order, c.Action)
		z := rand.New(rand.NewPCG(seed, h.Sum64())).NormFloat64()
		return min(time.Duration(float64(usual[c.Service])*math.Exp(tail*z)), MaxServiceTime)
	case t.fixed > 0 && t.target.Targets(c.Service, c.Action):
		return t.fixed
	}
	return 0
}

// Most is the longest that a call may take.
func (t ServiceTime) Most() time.Duration {
	if t.realistic {
		return MaxServiceTime
	}
	return t.fixed
}

// Interceptor makes calls take their time before their effect. It stands inside
// the faults: a call that fails at once takes none.
func (t ServiceTime) Interceptor(seed uint64) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		d := t.Of(seed, c)
		if d == 0 {
			return next(ctx)
		}
		return food.Detach(ctx, func() error {
			time.Sleep(d)
			return next(ctx)
		})
	}
}

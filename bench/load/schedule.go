// Package load generates open-loop load: it offers orders at a rate that does not
// depend on how the system is coping.
//
//	Mix       which orders: a pure function of the cell's scenario and the seed
//	Schedule  when each is due: a pure function of its number
//	Offer     sends each one when it is due, whatever became of the others
//
// A closed-loop load waits for answers, so it slows down together with the system,
// and then leaves out of its percentiles the very orders that had to wait: that is
// coordinated omission. Here the due time of an order is fixed before anything is
// sent, and a latency counts from it.
package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// A Schedule returns when order n (0, 1, 2 …) is due, measured from the start of
// the load, and false when there is no such order. Due times never decrease.
type Schedule func(n int) (due time.Duration, ok bool)

// Constant spaces orders evenly for the given time, the first at once. A rate
// that is not above zero and finite offers nothing.
func Constant(perSecond float64, during time.Duration) Schedule {
	if !sensible(perSecond) {
		return nothing
	}
	return func(n int) (time.Duration, bool) {
		seconds := float64(n) / perSecond
		if n < 0 || seconds >= during.Seconds() {
			return 0, false
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
}

// Poisson lets orders come as customers do: independently of each other, so
// that some come close together. The same seed gives the same times. A rate that
// is not above zero and finite offers nothing.
func Poisson(perSecond float64, during time.Duration, seed uint64) Schedule {
	if !sensible(perSecond) {
		return nothing
	}
	draw := rand.New(rand.NewPCG(seed, math.Float64bits(perSecond)))
	var due []time.Duration
	for at := 0.0; ; {
		at += draw.ExpFloat64() / perSecond
		if at >= during.Seconds() {
			break
		}
		due = append(due, time.Duration(at*float64(time.Second)))
	}
	return func(n int) (time.Duration, bool) {
		if n < 0 || n >= len(due) {
			return 0, false
		}
		return due[n], true
	}
}

func sensible(rate float64) bool { return rate > 0 && !math.IsInf(rate, 1) }

func nothing(int) (time.Duration, bool) { return 0, false }

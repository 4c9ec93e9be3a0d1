package checks

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop/stage"
)

// playKitchen places orders of every kind that concerns the restaurant, and looks whether
// it calls before it publishes.
func playKitchen(ctx context.Context, st *stage.Stage) (bool, error) {
	var mu sync.Mutex
	called := map[string]bool{}
	var early *stage.Wrong
	st.Hits(func(p stage.Point) stage.Hit {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case p.Where == stage.Request:
			called[p.Order] = true
		case p.Where == stage.Publish && !called[p.Order] && early == nil:
			early = &stage.Wrong{
				Order:    p.Order,
				Sentence: fmt.Sprintf("Your restaurant published %s of order %s before it had asked the kitchen. If the kitchen refuses, that event was wrong.", p.Name, p.Order),
				Expected: "the call, and then the event about its outcome", Seen: "the event first",
			}
		}
		return stage.Pass
	})
	err := placeAndSettle(ctx, st, st.Orders(food.Completed, food.RestaurantFailed, food.NoPartner, food.Completed)...)
	mu.Lock()
	defer mu.Unlock()
	if early != nil {
		return true, early
	}
	return true, err
}

// For how long the kitchen answers no call, from the first one on: until it got fewestCalls,
// so that a message is delivered more often than anyone may take for enough, but not
// shorter than the first of these times and not longer than the second.
const (
	kitchenIsAway = time.Second
	kitchenIsBack = 3 * time.Second
	fewestCalls   = 12

	// mostCalls is how many it may get meanwhile. Waits of 50 ms make twenty. Without
	// waits it is hundreds, and on a busy machine still more than this.
	mostCalls = 40
)

// A kitchen counts the calls that it does not answer.
type kitchen struct {
	mu    sync.Mutex
	left  time.Time // at the first call
	calls int
}

// answers reports whether it is back.
func (k *kitchen) answers() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if k.left.IsZero() {
		k.left = now
	}
	away := now.Sub(k.left)
	if away >= kitchenIsBack || away >= kitchenIsAway && k.calls >= fewestCalls {
		return true
	}
	k.calls++
	return false
}

func (k *kitchen) missed() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.calls
}

func playKitchenAway(ctx context.Context, st *stage.Stage) (bool, error) {
	one := st.Order(food.Completed)
	var k kitchen
	st.Hits(func(p stage.Point) stage.Hit {
		if p.Where != stage.Request || k.answers() {
			return stage.Pass
		}
		return stage.Fail
	})
	err := placeAndSettle(ctx, st, one)
	if n := k.missed(); err == nil && n > mostCalls {
		err = &stage.Wrong{
			Order:    one.ID,
			Sentence: fmt.Sprintf("The kitchen was away for %v, and your restaurant called it %d times. What fails must wait before it is tried again: a provider that is called all the time does not come back.", kitchenIsAway, n),
			Expected: fmt.Sprintf("at most %d calls", mostCalls), Seen: fmt.Sprintf("%d calls", n),
		}
	}
	if err == nil {
		err = placeAndSettle(ctx, st, st.Orders(food.RestaurantFailed, food.NoPartner)...)
	}
	return st.Fired(stage.Fail) > 0, err
}

// playDeath hits one order at the first call for it, at its first event or its first ack. No
// other is in flight then. The others come when it has ended.
func playDeath(where stage.Where, hit stage.Hit) func(context.Context, *stage.Stage) (bool, error) {
	return func(ctx context.Context, st *stage.Stage) (bool, error) {
		one := st.Order([]food.Ending{food.Completed, food.RestaurantFailed}[st.Seed%2])
		st.Hits(func(p stage.Point) stage.Hit {
			if p.Where == where && p.Order == one.ID && p.N == 1 {
				return hit
			}
			return stage.Pass
		})
		err := placeAndSettle(ctx, st, one)
		if err == nil {
			err = placeAndSettle(ctx, st, st.Orders(food.Completed, food.RestaurantFailed, food.NoPartner)...)
		}
		return st.Fired(hit) == 1, err
	}
}

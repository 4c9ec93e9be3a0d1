package conformance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sagabench/sagabench/food"
)

// In a crowd one call of a service fails every few ms, each order's once, while another
// call of that service, an undo, must be tried again in its time. Fresh orders fail:
// those that fail again and again come in bunches, and leave the engine its pauses.

const (
	crowdLasts = 2 * time.Second
	crowdRate  = 500 // calls that fail a second, unless the harness has another rate
	undone     = 5   // orders with an undo that fails, in the first half of the crowd
)

// crowd is an order for each failing charge, and among them those that are undone.
func crowd(h Harness) []food.Order {
	failing := int(cmp.Or(h.Rate, crowdRate) * crowdLasts.Seconds())
	endings := times(failing, food.Completed)
	for n := range undone {
		endings = slices.Insert(endings, n*failing/2/undone, food.NoPartner)
	}
	return cast(endings...)
}

// inACrowd is the policy. At the usual rate far more calls wait for a retry than a
// service has slots.
func inACrowd(p *food.Policy) {
	p.FirstBackoff, p.MaxBackoff, p.Concurrency = 500*time.Millisecond, 500*time.Millisecond, 4
}

// failsOnce picks the first attempts: the charges of orders that complete, and the
// refunds.
func failsOnce(_ *stage, c food.Call) bool {
	return c.Attempt == 1 && (c.Action == food.Refund || c.Action == food.Charge && ending(c.Order) == food.Completed)
}

// playCrowd places the orders at an even rate.
var playCrowd = inTurn(start, func(st *stage, ctx context.Context) error {
	st.submitted = map[string]time.Time{}
	begin := time.Now()
	for n, o := range st.orders {
		time.Sleep(time.Until(begin.Add(crowdLasts * time.Duration(n) / time.Duration(len(st.orders)))))
		st.submitted[o.ID] = time.Now()
		if err := st.coordinator.Submit(ctx, o); err != nil {
			return doing("submit "+o.ID, err)
		}
	}
	return nil
}, settle(everyOrder))

// promptly is how late half of the retries may be in a crowd, beyond what the machine
// makes of it. On an idle machine they are 2 ms late. An engine that holds them up is
// late by seconds, so that a busy machine is not taken for one.
const promptly = 250 * time.Millisecond

// retriesOnTime holds when half of the retries of each call come in their time. On a
// machine that is busy some do not; where the engine holds them up, hardly any does. How
// busy it is shows in how long new orders take to their first call.
func retriesOnTime(st *stage) error {
	late := map[food.Action][]time.Duration{}
	var fresh []time.Duration
	for _, o := range st.orders {
		for action, all := range st.history.attempts[o.ID] {
			if action == food.Charge {
				fresh = append(fresh, all[0].began.Sub(st.submitted[o.ID]))
			}
			for n := 1; n < len(all); n++ {
				late[action] = append(late[action], all[n].began.Sub(all[n-1].ended)-st.cell.Policy.Backoff(n))
			}
		}
	}
	limit := promptly + 4*half(fresh)
	for _, action := range []food.Action{food.Charge, food.Refund} {
		if got := half(late[action]); len(late[action]) < undone || got > limit {
			return fmt.Errorf("half of %d retries of %s came %v or more later than the policy's back-off, want at most %v", len(late[action]), action, got, limit)
		}
	}
	return nil
}

// half is what half of them don't exceed.
func half(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

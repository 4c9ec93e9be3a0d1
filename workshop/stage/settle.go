package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop/program"
)

// tick is how often a waiter looks, and the most that it counts at a time: while the
// machine stands still nothing can happen, and the program is not blamed.
const tick = 20 * time.Millisecond

// A Halt is why orders don't end.
type Halt struct {
	Order string // of which it is known; "" is any
	Why   string
	Where program.Places // in the program's files, if it still ran
}

func (h *Halt) Error() string { return h.Why }

// Settle waits until the orders have ended and nothing of them waits for the program. It
// returns a [Halt] when nothing new has happened for twice the redelivery clock, or when
// the program has ended by itself. It returns early when something has happened twice:
// nothing mends that.
func (st *Stage) Settle(ctx context.Context, orders ...food.Order) error {
	return st.until(ctx, func() (bool, error) {
		all := true
		for _, o := range orders {
			if st.twice(o.ID) {
				return true, nil
			}
			all = all && st.ended(o.ID)
		}
		if st.Style == record.Orchestration {
			return st.closed(ctx, orders)
		}
		if !all {
			return false, nil
		}
		return st.acked(ctx)
	})
}

// Rest waits until the stream has nothing left for anyone: what followed from the last
// message has been handled too.
func (st *Stage) Rest(ctx context.Context) error {
	return st.until(ctx, func() (bool, error) { return st.handled(ctx, food.AllServices...) })
}

// Until waits until a condition holds, which is asked whenever something has happened. It
// returns a [Halt] as Settle does.
func (st *Stage) Until(ctx context.Context, holds func() bool) error {
	return st.until(ctx, func() (bool, error) { return holds(), nil })
}

func (st *Stage) until(ctx context.Context, holds func() (bool, error)) error {
	timer := time.NewTicker(tick)
	defer timer.Stop()
	var idle, all time.Duration
	seen, last := -1, time.Now()
	for {
		news, changed := st.journal.state()
		if ok, err := holds(); ok || err != nil {
			return err
		}
		if news != seen {
			st.took(idle)
			seen, idle = news, 0
		}
		if idle > st.patience()/2 && st.sleeps(ctx) { // half: when it wakes, that takes a moment to be seen
			idle = 0
		}
		if err := st.gaveUp(idle, all); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		passed := min(time.Since(last), 2*tick)
		idle, all, last = idle+passed, all+passed, time.Now()
	}
}

// patience is for how long nothing new may happen: twice the redelivery clock, or twice as
// long as anything has taken so far. On a machine that is busy with other things, that may
// be more.
func (st *Stage) patience() time.Duration {
	st.mu.Lock()
	defer st.mu.Unlock()
	return 2 * max(Policy.Redelivery, st.slowest)
}

// gaveUp reports whether it is time to wait no longer.
func (st *Stage) gaveUp(idle, all time.Duration) error {
	patience := st.patience()
	st.mu.Lock()
	halted, p := st.halted, st.program
	st.mu.Unlock()
	h := &Halt{Why: fmt.Sprintf("nothing new has happened for %v", idle.Round(time.Second))}
	switch {
	case halted != nil:
		return &Halt{Why: halted.Sentence, Where: halted.Places}
	case all > 5*patience:
		h.Why = fmt.Sprintf("it has come to no end within %v", all.Round(time.Second))
	case idle <= patience:
		return nil
	}
	if p != nil {
		h.Where = p.Dump()
	}
	return h
}

// took notes how long it took until something new happened.
func (st *Stage) took(d time.Duration) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.slowest = max(st.slowest, d)
}

// ended reports whether an order has all that its ending requires.
func (st *Stage) ended(order string) bool {
	t := st.journal.tally(order)
	st.mu.Lock()
	defer st.mu.Unlock()
	return t.Ended() && (!st.want[order] || t.Has(food.Cancel))
}

// Has reports whether an order has a row of an action, or can do without.
func (st *Stage) Has(order string, a food.Action) bool { return st.journal.tally(order).Has(a) }

// Took reports whether an action of an order took effect, or found that there was nothing
// to do. What can be spared does not count.
func (st *Stage) Took(order string, a food.Action) bool {
	st.journal.mu.Lock()
	defer st.journal.mu.Unlock()
	return slices.ContainsFunc(st.journal.rows, func(r food.Row) bool {
		return r.Order == order && r.Action == a && r.Outcome == food.Done
	})
}

// Returned reports whether the program has returned an event of an order unhandled.
func (st *Stage) Returned(order, kind string) bool {
	return slices.ContainsFunc(st.journal.of(order), func(f fact) bool { return f.what == nacked && f.name == kind })
}

// Attempt is which attempt at an activity of an order the server has given out, or waits
// to; 0 is none. given is whether a worker has it.
func (st *Stage) Attempt(ctx context.Context, order string, a food.Action) (n int, given bool, err error) {
	reply, err := st.temporal.DescribeWorkflowExecution(ctx, st.workflowID(order), "")
	if err != nil {
		return 0, false, err
	}
	for _, p := range reply.GetPendingActivities() {
		if p.GetActivityType().GetName() == string(a) {
			return int(p.GetAttempt()), p.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED, nil
		}
	}
	return 0, false, nil
}

// twice reports whether an action of the order took effect more than once.
func (st *Stage) twice(order string) bool {
	done := map[food.Action]bool{}
	for _, r := range st.journal.rowsOf(order) {
		if r.TookEffect() && done[r.Action] {
			return true
		}
		done[r.Action] = done[r.Action] || r.TookEffect()
	}
	return false
}

// closed reports whether the orders have no open workflow. One that closed before its
// order had ended leaves it as it is, for good.
func (st *Stage) closed(ctx context.Context, orders []food.Order) (bool, error) {
	for _, o := range orders {
		reply, err := st.temporal.DescribeWorkflowExecution(ctx, st.workflowID(o.ID), "")
		if err != nil {
			return false, err
		}
		status := reply.GetWorkflowExecutionInfo().GetStatus()
		if status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return false, nil
		}
		if st.ended(o.ID) && st.Without == Workflow && status == enums.WORKFLOW_EXECUTION_STATUS_FAILED {
			return false, st.failedAtTheEnd(ctx, o.ID)
		}
		if !st.ended(o.ID) {
			return false, &Halt{Order: o.ID, Why: fmt.Sprintf("the workflow of order %s is %s, and the order has not ended", o.ID, strings.ToLower(status.String()))}
		}
	}
	return true, nil
}

// acked reports whether the stream has nothing left for the program.
func (st *Stage) acked(ctx context.Context) (bool, error) {
	if st.Without == All {
		return st.handled(ctx, food.AllServices...)
	}
	return st.handled(ctx, st.service())
}

func (st *Stage) handled(ctx context.Context, by ...food.Service) (bool, error) {
	for _, service := range by {
		c, err := st.js.Consumer(ctx, st.name, string(service))
		if err != nil {
			return false, err
		}
		if i := c.CachedInfo(); i.NumPending > 0 || i.NumAckPending > 0 {
			return false, nil
		}
	}
	return true, nil
}

func (st *Stage) workflowID(order string) string { return st.name + "." + order }

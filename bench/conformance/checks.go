package conformance

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/food"
)

// A check looks, after everything has ended, at what the final rows alone don't
// show.
type check func(*stage) error

// everything is every action of every service.
var everything = slices.Concat(slices.Collect(maps.Values(food.Actions))...)

// rows are those of the orders that were placed.
func (st *stage) rows() (all []food.Row) {
	for _, o := range st.orders {
		all = append(all, st.history.rows[o.ID]...)
	}
	return all
}

// absorbs holds when each of these calls was made again after it had its row,
// and changed nothing. A customer who cancels may keep a call from being made again.
func absorbs(actions ...food.Action) check {
	return func(st *stage) error {
		var rows int64
		for _, r := range st.rows() {
			if slices.Contains(actions, r.Action) && !st.history.asked[r.Order] {
				rows++
			}
		}
		if got := st.world.Absorbed(); rows == 0 || got < rows {
			return fmt.Errorf("%d calls found their row written, want at least %d", got, rows)
		}
		return nil
	}
}

// outcome holds when that action has that outcome in every order.
func outcome(a food.Action, want food.Outcome) check {
	return func(st *stage) error {
		var errs []error
		for _, r := range st.rows() {
			if r.Action == a && r.Outcome != want {
				errs = append(errs, fmt.Errorf("order %s: %s is %s, want %s", r.Order, a, r.Outcome, want))
			}
		}
		return errors.Join(errs...)
	}
}

// givesUpInTime holds when the fatal calls, and no others, were given up, each
// after as many attempts as the policy grants.
func givesUpInTime(st *stage) error {
	var errs []error
	for _, r := range st.rows() {
		isFatal, gaveUp := fatal(st, food.Call{Order: r.Order, Action: r.Action}), r.Reason == food.GaveUp
		if gaveUp != (isFatal && r.Reason != food.NothingToUndo) {
			errs = append(errs, fmt.Errorf("order %s: %s given up is %v, want %v", r.Order, r.Action, gaveUp, isFatal))
		}
		if n, want := len(st.history.attempts[r.Order][r.Action]), st.cell.Policy.Limit(r.Action); isFatal && n != want {
			errs = append(errs, fmt.Errorf("order %s: %d attempts to %s, want %d", r.Order, n, r.Action, want))
		}
	}
	return errors.Join(errs...)
}

// givesNothingUp holds when every deciding call had its effect, although none
// ever answered: giving up finds the row.
func givesNothingUp(st *stage) error {
	var errs []error
	for _, r := range st.rows() {
		if r.Reason == food.GaveUp {
			errs = append(errs, fmt.Errorf("order %s: %s was given up although it had happened", r.Order, r.Action))
		}
	}
	return errors.Join(errs...)
}

const (
	// early is by how much a wait may be too short: clocks that count whole
	// milliseconds round.
	early = 2 * time.Millisecond

	// late is by how much the typical wait may be too long. It is generous,
	// because the machine may be busy, and still below the second to which an
	// engine may round its timers: then one style would be given longer waits
	// than the other, and the comparison would be one of settings.
	late = 500 * time.Millisecond
)

// backsOffAsThePolicyAsks holds when attempts are counted from 1 without gaps, none
// comes before its back-off is over, and half of them come soon after that.
func backsOffAsThePolicyAsks(st *stage) error {
	var errs []error
	var excess []time.Duration
	for _, o := range st.orders {
		for action, all := range st.history.attempts[o.ID] {
			for n, a := range all {
				if a.number != n+1 {
					errs = append(errs, fmt.Errorf("order %s: attempt %d to %s has attempt number %d", o.ID, n+1, action, a.number))
				}
				if n == 0 {
					continue
				}
				want, got := st.cell.Policy.Backoff(n), a.began.Sub(all[n-1].ended)
				excess = append(excess, got-want)
				if got < want-early {
					errs = append(errs, fmt.Errorf("order %s: %v between attempts %d and %d to %s, want %v", o.ID, got, n, n+1, action, want))
				}
			}
		}
	}
	slices.Sort(excess)
	if len(excess) == 0 {
		errs = append(errs, errors.New("no call was tried again"))
	} else if typical := excess[len(excess)/2]; typical > late {
		errs = append(errs, fmt.Errorf("half of %d attempts came %v or more later than the policy's back-off", len(excess), typical))
	}
	return errors.Join(errs...)
}

// peaksAtThePolicy holds when the restaurant was once as busy as the policy
// allows, and no service was ever busier.
func peaksAtThePolicy(st *stage) error {
	want := st.cell.Policy.Concurrency
	for service, got := range st.history.peak {
		if got > want || service == food.Restaurant && got < want {
			return fmt.Errorf("%s executed up to %d calls at a time, want %d", service, got, want)
		}
	}
	return nil
}

// leavesNothingRunning holds when the goroutines that came with the sides have
// gone with them.
func leavesNothingRunning(st *stage) error { return goleak.Find(st.before) }

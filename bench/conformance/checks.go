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
	counted := st.counted()
	for _, r := range st.rows() {
		isFatal, gaveUp := fatal(st, food.Call{Order: r.Order, Action: r.Action}), r.Reason == food.GaveUp
		if gaveUp != (isFatal && r.Reason != food.NothingToUndo) {
			errs = append(errs, fmt.Errorf("order %s: %s given up is %v, want %v", r.Order, r.Action, gaveUp, isFatal))
		}
		n, want := len(st.history.attempts[r.Order][r.Action]), st.cell.Policy.Limit(r.Action)
		counts := slices.ContainsFunc(counted, func(o food.Order) bool { return o.ID == r.Order })
		if isFatal && counts && n != want {
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

// A retry is an attempt at a call that followed another one.
type retry struct {
	food.Action
	order  string
	n      int           // of the attempt before it
	waited time.Duration // since that ended
	late   time.Duration // a bare timer, set for the wait that was due
}

// retries are those of the orders that were placed.
func (st *stage) retries() (all []retry) {
	st.history.mu.Lock() // a bare timer may still be late
	defer st.history.mu.Unlock()
	for _, o := range st.counted() {
		for action, attempts := range st.history.attempts[o.ID] {
			for i, again := range attempts[1:] {
				before := attempts[i]
				over := before.ended // for its caller, who does not wait for longer than this:
				if most := before.began.Add(st.cell.Policy.CallTimeout); over.After(most) {
					over = most
				}
				all = append(all, retry{action, o.ID, i + 1, again.began.Sub(over), before.late})
			}
		}
	}
	return all
}

// counted are the orders whose attempts count: all but those that a style which may do
// so has begun anew.
func (st *stage) counted() []food.Order {
	return slices.DeleteFunc(slices.Clone(st.orders), func(o food.Order) bool {
		for _, attempts := range st.history.attempts[o.ID] {
			for i := range attempts[1:] {
				if st.BeginsAnew && attempts[i+1].number <= attempts[i].number {
					return true
				}
			}
		}
		return false
	})
}

// countsAttempts holds when attempts are counted from 1 without gaps.
func countsAttempts(st *stage) error {
	orders := st.counted()
	if len(orders) == 0 {
		return errors.New("every order was begun anew, so that no attempt counts")
	}
	var errs []error
	for _, o := range orders {
		for action, all := range st.history.attempts[o.ID] {
			for n, a := range all {
				if a.number != n+1 {
					errs = append(errs, fmt.Errorf("order %s: attempt %d to %s has attempt number %d", o.ID, n+1, action, a.number))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// early is by how much a wait may be too short: clocks that count whole milliseconds
// round.
const early = 2 * time.Millisecond

// waitsLongEnough holds when no attempt comes before its back-off is over.
func waitsLongEnough(st *stage) error {
	all := st.retries()
	if len(all) == 0 {
		return errors.New("no call was tried again")
	}
	var errs []error
	for _, r := range all {
		if want := st.waits.after(r.n); r.waited < want-early {
			errs = append(errs, fmt.Errorf("order %s: %v between attempts %d and %d to %s, want %v", r.order, r.waited, r.n, r.n+1, r.Action, want))
		}
	}
	return errors.Join(errs...)
}

// slack is by how much a wait may be too long besides half of it: an engine's own way
// from a timer to a call.
const slack = 20 * time.Millisecond

// comesInTime holds when half of the retries come less than half a wait late, of each
// service's and of each attempt's. Not counted is by how much this process was late
// itself. A machine's hiccup makes no median, and a wait of twice the length is no hiccup.
func comesInTime(st *stage) error {
	groups := map[string][]retry{}
	for service, actions := range food.Actions {
		for _, r := range st.retries() {
			if slices.Contains(actions, r.Action) {
				groups[string(service)] = append(groups[string(service)], r)
				after := fmt.Sprint("attempt ", r.n)
				groups[after] = append(groups[after], r)
			}
		}
	}
	var errs []error
	for _, of := range slices.Sorted(maps.Keys(groups)) {
		over := median(groups[of], func(r retry) time.Duration {
			want := st.waits.after(r.n)
			return r.waited - want - want/2 - slack
		})
		if late := median(groups[of], func(r retry) time.Duration { return r.late }); over > late {
			errs = append(errs, fmt.Errorf("%s: half of %d waits were longer than one and a half of what the policy asks, by %v", of, len(groups[of]), over-late))
		}
	}
	return errors.Join(errs...)
}

func median(all []retry, of func(retry) time.Duration) time.Duration {
	var values []time.Duration
	for _, r := range all {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// comesAgainInTime holds when the calls that were under way in a worker that was killed
// have come again when the redelivery timeout was over, and the flows that waited for
// them went on within another one: an engine may have given the flow itself to the dead
// worker. Both are allowed half of it more. What comes when the timeout is over, and the
// next worker is not up yet, comes when that is.
func comesAgainInTime(st *stage) error {
	var errs []error
	limit := st.cell.Policy.Redelivery * 3 / 2
	for n, c := range underWay {
		id := st.orders[n].ID
		from := later(st.killed, st.forked.Add(-st.cell.Policy.Redelivery))
		for _, a := range []food.Action{c.call, c.next} {
			if a == "" {
				continue
			}
			at := st.history.came[id][a]
			if waited := at.Sub(from); waited > limit {
				errs = append(errs, fmt.Errorf("order %s: %s came %v after a worker died, or after what came again, want at most %v", id, a, waited, limit))
			}
			from = at
		}
	}
	return errors.Join(errs...)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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

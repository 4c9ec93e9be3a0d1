// Package conformance is the one suite that every style passes: the same
// orders, the same failures, the same rows in the ledger.
//
// A style's test defines how to open both of its sides and which server to kill:
//
//	func TestMain(m *testing.M) {
//		conformance.Main(work) // this test binary is the worker too
//		m.Run()
//	}
//
//	func TestConformance(t *testing.T) {
//		server := start(t)
//		conformance.Run(t, conformance.Harness{Endpoint: server.Addr(), Open: open, Work: work, Server: server})
//	}
//
// A scenario plays in a cell of its own. Faults are interceptors around the
// services' calls and never reach into a style. Nothing is timed by sleeping: a
// call that must come late is held until the row that it must follow is
// committed, so that the same thing happens on a slow machine.
//
//	orders ──► Submit ──► style ──► services ──► faults ──► ledger
//	                                                          │ commit feed
//	  verdict ◄── judge: exactly the rows of its ending ◄── history
//
// What is judged are the final rows of each order, against a table that this
// package states for itself, and then by the checker of the experiment. Checks
// return errors, so that a coordinator that is bad on purpose can be shown to
// fail.
package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A Cell is where one scenario plays. A style sees orders of its own cell only.
type Cell struct {
	Endpoint string // of the style's server, as the harness has it
	Name     string // unique, and a valid order id
	Policy   food.Policy
}

// A Worker is the running service side of a cell.
type Worker interface {
	// Close takes no more work and waits for the calls that run.
	Close(context.Context) error
}

// Work starts the service side of a cell.
type Work func(context.Context, Cell, *food.Services) (Worker, error)

// A Server can die and come back, in the same place and with its data.
type Server interface {
	Kill() error // SIGKILL, and waits for the end
	Restart(context.Context) error
}

// A Harness is what the suite needs to know of a style.
type Harness struct {
	Endpoint string
	Open     func(context.Context, Cell) (food.Coordinator, error) // the order side
	Work     Work                                                  // the same that Main was given
	Server   Server

	// Volatile is for a style without durability: the scenarios that only a
	// durable one passes are skipped, and reported as skipped.
	Volatile bool

	// BeginsAnew is for a style that may make the calls of an order again from their
	// first attempt on, when the machine is busy. What such an order waited and how
	// often it tried is not judged. At least one order must not be one of them.
	BeginsAnew bool

	// Rate is how many calls may fail a second while others are to be on time: what
	// the style can bear without a queue. 0 means 500.
	Rate float64

	// Patience is how long a scenario may take; 0 means two minutes.
	Patience time.Duration

	// Ledger replaces the ledger in memory; nil means a sound one. It is how
	// known-bad worlds are made.
	Ledger func(ledger.Options) ledger.Store
}

// Run plays every scenario as a subtest.
func Run(t *testing.T, h Harness) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			if s.durable && h.Volatile {
				t.Skip("the style is volatile: it keeps nothing")
			}
			if err := s.check(t.Context(), h); err != nil {
				t.Error(err)
			}
		})
	}
}

// Check plays one scenario by name and returns everything that was wrong.
func Check(ctx context.Context, h Harness, name string) error {
	s, err := find(name)
	if err != nil {
		return err
	}
	return s.check(ctx, h)
}

func find(name string) (scenario, error) {
	for _, s := range scenarios {
		if s.name == name {
			return s, nil
		}
	}
	return scenario{}, fmt.Errorf("no scenario is called %q", name)
}

// A scenario is one thing that can go wrong, and what must come of it.
type scenario struct {
	name string

	// orders are each named after the ending that they must come to; nil means
	// three of each.
	orders []food.Order

	// crowd makes them instead, where their number depends on the style.
	crowd func(Harness) []food.Order

	// no is how the fatal call of an order that is to fail is rejected; nil
	// means that it is refused.
	no func(when) fault

	// faults are what goes wrong besides, outermost first.
	faults []fault

	// play places the orders and returns when they have ended; nil means all
	// at once, with a worker in this process.
	play step

	// race is for customers who cancel at any moment: an order may end as cancelled
	// instead of as it was to.
	race bool

	// then is judged besides the rows, when everything has ended.
	then []check

	// onTime is judged besides that, and is about time alone. A busy machine may spoil
	// it, so a play in which nothing else is wrong may come three times.
	onTime []check

	policy  func(*food.Policy) // changes the quick one
	waits   waits              // between attempts, under that policy; nil means quickWaits
	durable bool               // only a durable style passes: a process crashes, or it must know an order again
}

// quick is a policy with which a scenario takes seconds and not minutes. What it does
// not change is as by default.
var quick = func() food.Policy {
	p := food.DefaultPolicy
	p.Attempts = 4
	p.FirstBackoff = 20 * time.Millisecond
	p.MaxBackoff = 100 * time.Millisecond
	p.CallTimeout = 700 * time.Millisecond
	p.Redelivery = time.Second
	p.Concurrency = 16
	return p
}()

// waits are those after the first attempt, the second, and so on; the last one stands
// for all that follow. They are written out, because [food.Policy.Backoff] is a part of
// what is tested.
type waits []time.Duration

func (w waits) after(attempt int) time.Duration { return w[max(1, min(attempt, len(w)))-1] }

// quickWaits are those of the quick policy.
var quickWaits = waits{20 * time.Millisecond, 40 * time.Millisecond, 80 * time.Millisecond, 100 * time.Millisecond}

// cells numbers the cells of this process, so that a scenario can be played
// twice on one server.
var cells atomic.Int64

func (s scenario) check(ctx context.Context, h Harness) error {
	if h.Server == nil && !h.Volatile {
		return errors.New("harness: a style that is not volatile needs a server to kill")
	}
	h.Patience = cmp.Or(h.Patience, 2*time.Minute)
	switch {
	case s.crowd != nil:
		s.orders = s.crowd(h)
	case s.orders == nil:
		s.orders = cast(times(3, food.Endings...)...)
	}
	for tries := 1; ; tries++ {
		still := stillness()
		wrong, late := s.once(ctx, h)
		excused := wrong == nil || still() > s.quick().Redelivery/4
		if err := errors.Join(wrong, late); err == nil || !excused || tries == mostTries {
			return err
		}
	}
}

// mostTries is how often a scenario is played in which calls come late, or while the
// machine stood still for so long that an engine must have taken a call for lost.
const mostTries = 3

// stillness begins to watch the clock. What it returns ends that, and returns for how
// long nothing happened in this process at most.
func stillness() (longest func() time.Duration) {
	done, most := make(chan struct{}), make(chan time.Duration)
	go func() {
		var longest time.Duration
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for last := time.Now(); ; {
			select {
			case <-tick.C:
				longest, last = max(longest, time.Since(last)), time.Now()
			case <-done:
				most <- longest
				return
			}
		}
	}()
	return func() time.Duration { close(done); return <-most }
}

// once plays the scenario and returns what was wrong, and apart from that what was late.
func (s scenario) once(ctx context.Context, h Harness) (wrong, late error) {
	ctx, cancel := context.WithTimeoutCause(ctx, h.Patience, fmt.Errorf("not over after %v", h.Patience))
	defer cancel()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)

	st := newStage(h, s, Cell{
		Endpoint: h.Endpoint,
		Name:     fmt.Sprintf("conformance-%d", cells.Add(1)),
		Policy:   s.quick(),
	})
	st.abort = abort
	play := s.play
	if play == nil {
		play = playAtOnce
	}
	err := play(st, ctx)
	if err != nil {
		err = errors.Join(err, st.history.unsettled(s.orders))
	}
	if err := errors.Join(err, st.close()); err != nil {
		return err, nil
	}
	wrong = errors.Join(st.history.judge(s.orders, s.race), st.history.violations(s.orders), st.holds(s.then))
	return wrong, st.holds(s.onTime)
}

// holds returns what the checks find.
func (st *stage) holds(all []check) error {
	var errs []error
	for _, holds := range all {
		errs = append(errs, holds(st))
	}
	return errors.Join(errs...)
}

func (s scenario) quick() food.Policy {
	p := quick
	if s.policy != nil {
		s.policy(&p)
	}
	return p
}

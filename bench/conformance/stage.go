package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A stage is one scenario in its cell: the two sides of the style, the world
// behind the services, and the history of what happens.
type stage struct {
	Harness
	scenario
	cell    Cell
	history *history

	// life ends when the stage is taken down, and with it every call that is
	// still held.
	life context.Context
	end  context.CancelFunc

	// abort ends the scenario early, for a reason.
	abort context.CancelCauseFunc

	coordinator food.Coordinator
	worker      Worker // in this process, over the world
	world       *world.World
	process     *process // or the worker as a process of its own

	mayDie bool          // this is a worker process that will be killed, so it may hang
	down   bool          // the server has been killed; guarded by the history
	killed time.Time     // when the worker was, the last time
	forked time.Time     // when the worker process was ready, the last time
	before goleak.Option // what ran before the stage was set up

	submitted map[string]time.Time // when orders were, if a play notes it
}

func newStage(h Harness, s scenario, c Cell) *stage {
	if s.waits == nil {
		s.waits = quickWaits
	}
	st := &stage{Harness: h, scenario: s, cell: c, history: newHistory(s.waits), before: goleak.IgnoreCurrent()}
	st.life, st.end = context.WithCancel(context.Background())
	return st
}

// around is what stands between the services and their effects.
func (st *stage) around() []food.Interceptor {
	all := []food.Interceptor{st.history.watch}
	for _, f := range st.faults {
		all = append(all, f.on(st))
	}
	no := st.no
	if no == nil {
		no = refuse
	}
	return append(all, no(fatal).on(st), inTime.on(st), notTooEarly.on(st))
}

// work starts the worker in this process. The world outlives it.
func (st *stage) work(ctx context.Context) (err error) {
	if st.world == nil {
		if st.world, err = st.inMemory(); err != nil {
			return err
		}
	}
	if st.worker, err = st.Work(ctx, st.cell, st.world.Services); err != nil {
		st.worker = nil // and not a nil pointer in an interface
	}
	return doing("start the worker", err)
}

// inMemory makes the world of this process, over the harness's own ledger if it
// has one.
func (st *stage) inMemory() (*world.World, error) {
	c := world.Config{Cell: st.cell.Name, Durability: durability.Memory, Policy: st.cell.Policy}
	if st.Ledger == nil {
		return world.Open(c, st.history.commit, st.around()...)
	}
	return world.Over(st.Ledger(ledger.Options{Committed: st.history.commit}), c, st.around()...)
}

// rest closes the worker of this process.
func (st *stage) rest(ctx context.Context) error {
	w := st.worker
	st.worker = nil
	return doing("close the worker", w.Close(ctx))
}

func (st *stage) open(ctx context.Context) (err error) {
	if st.coordinator, err = st.Open(ctx, st.cell); err != nil {
		st.coordinator = nil
	}
	return doing("open the order side", err)
}

// closeOrders closes the order side.
func (st *stage) closeOrders(ctx context.Context) error {
	c := st.coordinator
	st.coordinator = nil
	return doing("close the order side", c.Close(ctx))
}

// insist does something for an order again and again until it is accepted: what a client
// does whose server is away.
func (st *stage) insist(ctx context.Context, o food.Order, do func(context.Context, food.Order) error) error {
	for attempt := 1; ; attempt++ {
		err := do(ctx, o)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(st.cell.Policy.Backoff(attempt)):
		case <-ctx.Done():
			return err
		}
	}
}

// place submits an order. A customer who is to cancel does so at once.
func (st *stage) place(ctx context.Context, o food.Order) error {
	if err := st.coordinator.Submit(ctx, o); err != nil || route(o.ID) != food.CustomerCancelled {
		return err
	}
	return st.cancel(ctx, o)
}

// cancel cancels an order.
func (st *stage) cancel(ctx context.Context, o food.Order) error {
	st.history.change(func() { st.history.asked[o.ID] = true })
	return doing("cancel", st.coordinator.Cancel(ctx, o))
}

// submit places the orders, several at a time.
func (st *stage) submit(ctx context.Context, orders []food.Order, one func(context.Context, food.Order) error) error {
	var all errgroup.Group
	all.SetLimit(st.cell.Policy.Concurrency)
	for _, o := range orders {
		all.Go(func() error { return doing("submit "+o.ID, one(ctx, o)) })
	}
	return all.Wait()
}

// closeWithin bounds how long the sides may take to close.
const closeWithin = 15 * time.Second

// close takes the stage down, in the order in which a program would.
func (st *stage) close() error {
	st.end()
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	var errs []error
	if st.coordinator != nil {
		errs = append(errs, st.closeOrders(ctx))
	}
	if st.worker != nil {
		errs = append(errs, st.rest(ctx))
	}
	if st.process != nil {
		errs = append(errs, st.process.stop(ctx))
	}
	if err := errors.Join(errs...); err != nil || st.world == nil {
		return err // and leave the world to whoever still makes calls
	}
	return st.world.Close()
}

// doing adds to an error what was being done.
func doing(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

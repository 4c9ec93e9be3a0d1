package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/food"
)

// A step is something that happens on a stage. A play is made of steps, and is
// one itself.
type step func(*stage, context.Context) error

// inTurn takes one step after another, up to the first that fails.
func inTurn(steps ...step) step {
	return func(st *stage, ctx context.Context) error {
		for _, s := range steps {
			if err := s(st, ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// A part picks some of a scenario's orders.
type part func([]food.Order) []food.Order

func everyOrder(all []food.Order) []food.Order { return all }
func firstHalf(all []food.Order) []food.Order  { return all[:len(all)/2] }
func secondHalf(all []food.Order) []food.Order { return all[len(all)/2:] }

// start brings up both sides in this process.
var start = inTurn((*stage).work, (*stage).open)

// place submits orders, several at a time.
func place(p part) step {
	return func(st *stage, ctx context.Context) error {
		return st.submit(ctx, p(st.orders), st.place)
	}
}

// settle waits until nothing more is to be expected of the orders.
func settle(p part) step {
	return await("for orders to settle", p, func(st *stage, id string) bool {
		return st.history.quiet(id, st.cell.Policy)
	})
}

// await waits until something holds of each of the orders.
func await(what string, p part, holds func(st *stage, id string) bool) step {
	return func(st *stage, ctx context.Context) error {
		return doing("wait "+what, st.history.wait(ctx, func() bool {
			return each(p(st.orders), func(o food.Order) bool { return holds(st, o.ID) })
		}))
	}
}

// awaitRow waits until the ledger has its nth row.
func awaitRow(what string, n int) step {
	return func(st *stage, ctx context.Context) error {
		return doing("wait for "+what, st.history.wait(ctx, func() bool { return st.history.last >= int64(n) }))
	}
}

var playAtOnce = inTurn(start, place(everyOrder), settle(everyOrder))

// playDuplicates places half of the orders eight times at once and again when
// they are settled. The other half come after that, so that what the copies
// have set off has its time to show.
var playDuplicates = inTurn(start,
	place(func(all []food.Order) []food.Order { return slices.Repeat(firstHalf(all), 8) }), settle(firstHalf),
	place(firstHalf), settle(firstHalf),
	place(secondHalf), settle(secondHalf),
)

// playInvalid places what is no order, and then one that is. A row of one of
// the former is found by the judge.
var playInvalid = inTurn(start, placeInvalid, place(everyOrder), settle(everyOrder))

func placeInvalid(st *stage, ctx context.Context) error {
	for what, spoil := range map[string]func(*food.Order){
		"no id":            func(o *food.Order) { o.ID = "" },
		"a dot":            func(o *food.Order) { o.ID = "a.b" },
		"a star":           func(o *food.Order) { o.ID = "*" },
		"everything":       func(o *food.Order) { o.ID = ">" },
		"a long id":        func(o *food.Order) { o.ID = fmt.Sprintf("%065d", 1) },
		"no customer":      func(o *food.Order) { o.ID, o.Customer = "spoilt-1", "" },
		"no restaurant":    func(o *food.Order) { o.ID, o.Restaurant = "spoilt-2", "" },
		"no items":         func(o *food.Order) { o.ID, o.Items = "spoilt-3", nil },
		"a negative price": func(o *food.Order) { o.ID, o.Items = "spoilt-4", []food.Item{{Dish: "soup", Quantity: 1, Price: -1}} },
	} {
		o := st.orders[0]
		spoil(&o)
		if st.coordinator.Submit(ctx, o) == nil {
			return fmt.Errorf("an order with %s was accepted", what)
		}
	}
	return nil
}

// The refunds of the starving orders fail until all others are settled. They are
// more than a service may execute calls at a time.
func starving(all []food.Order) []food.Order { return all[:quick.Concurrency+4] }
func others(all []food.Order) []food.Order   { return all[quick.Concurrency+4:] }

func starved(st *stage, c food.Call) bool {
	return ending(c.Order) == food.NoPartner && number(c.Order) < len(starving(st.orders))
}

func othersSettled(st *stage, _ food.Call) bool { return st.history.allEnded(others(st.orders)) }

var playStarved = inTurn(start, place(starving),
	await("until every slot could be taken", starving, func(st *stage, id string) bool {
		return st.history.begun(id, food.Refund)
	}),
	place(others), settle(everyOrder))

// playClosing closes the order side with orders in flight. They are not affected.
var playClosing = inTurn(start, place(everyOrder), submitLate, settle(everyOrder))

func submitLate(st *stage, ctx context.Context) error {
	c := st.coordinator
	if err := st.closeOrders(ctx); err != nil {
		return err
	}
	o := cast(food.Completed)[0]
	o.ID = "late"
	if c.Submit(ctx, o) == nil {
		return errors.New("a closed coordinator accepted an order")
	}
	return nil
}

// playRelay places orders when no worker runs yet, and takes the worker away for
// a while. Accepted is accepted.
var playRelay = inTurn(
	(*stage).open, place(firstHalf),
	(*stage).work, awaitRow("the first row", 1), (*stage).rest, place(secondHalf),
	(*stage).work, settle(everyOrder))

// hangsBefore and hangsAfter pick the calls in which the worker that is to be
// killed hangs: a third of the orders before an effect, a third after one
// that has not been reported yet. Two attempts are not enough for a call to be
// given up.
var (
	hangsBefore = allOf(doomed, third(1), is(food.Confirm), first(2))
	hangsAfter  = allOf(doomed, third(2), is(food.Refund, food.Award, food.Cancel))
)

// doomed picks the calls of a worker that is to be killed.
func doomed(st *stage, _ food.Call) bool { return st.mayDie }

var playKilledAtPoints = inTurn(
	forked(true), (*stage).open, place(everyOrder), await("for orders to hang in a call", everyOrder, reachedItsPoint),
	(*stage).killWorker, forked(false), settle(everyOrder))

// forked starts the worker as a process of its own.
func forked(mayDie bool) step {
	return func(st *stage, ctx context.Context) error { return st.fork(ctx, mayDie) }
}

// reachedItsPoint reports whether an order is as far as it gets before the kill.
func reachedItsPoint(st *stage, id string) bool {
	h := st.history
	switch {
	case ending(id) == food.PaymentDeclined, number(id)%3 == 0:
		return h.ended(id)
	case number(id)%3 == 1:
		return h.has(id, food.Charge)
	}
	return h.has(id, food.Refund) || h.has(id, food.Award) || h.has(id, food.Cancel)
}

// playKilledUnderLoad kills a worker three times and starts another.
var playKilledUnderLoad = inTurn(forked(false), (*stage).open, place(everyOrder),
	killAfter(1), killAfter(2), killAfter(3), settle(everyOrder))

// killAfter waits for so many rows to each order, which has more than seven.
func killAfter(rows int) step {
	return func(st *stage, ctx context.Context) error {
		n := rows * len(st.orders)
		return inTurn(awaitRow(fmt.Sprint("row ", n), n), (*stage).killWorker, forked(false))(st, ctx)
	}
}

// killWorker kills the worker process. A kill that hits nothing shows nothing.
func (st *stage) killWorker(context.Context) error {
	if err := doing("kill the worker", st.process.kill()); err != nil {
		return err
	}
	st.history.mu.Lock()
	defer st.history.mu.Unlock()
	if st.history.allEnded(st.orders) {
		return errors.New("no order was in flight when the worker was killed")
	}
	return nil
}

func serverIsDown(st *stage, _ food.Call) bool { return st.down }

// playServerKilled kills the server while a third of the first orders are in
// the middle of a call, which then takes effect while the server is away. The
// other orders are placed before it is back.
var playServerKilled = inTurn(
	start, place(firstHalf), await("for orders to be in a call", firstHalf, inACall),
	(*stage).killServer, insistAndRestart, settle(everyOrder))

func inACall(st *stage, id string) bool {
	return number(id)%3 != 1 || ending(id) == food.PaymentDeclined ||
		st.history.begun(id, food.Award) || st.history.begun(id, food.Refund)
}

func (st *stage) killServer(context.Context) error {
	if err := doing("kill the server", st.Server.Kill()); err != nil {
		return err
	}
	st.history.change(func() { st.down = true })
	return nil
}

func insistAndRestart(st *stage, ctx context.Context) error {
	var both errgroup.Group
	both.Go(func() error {
		return st.submit(ctx, secondHalf(st.orders), func(ctx context.Context, o food.Order) error { return st.insist(ctx, o, st.place) })
	})
	both.Go(func() error { return st.Server.Restart(ctx) })
	return both.Wait()
}

package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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

// playUsurped places other orders under the ids of the first half: while those are under
// way, when they are settled, and when the server was restarted. The rows are those of
// the orders that came first.
var playUsurped = inTurn(start,
	place(firstHalf), usurp, settle(firstHalf), usurp,
	(*stage).killServer, insistAndRestart, usurp, place(firstHalf),
	settle(everyOrder))

// usurp places other orders under the ids of those that were accepted.
func usurp(st *stage, ctx context.Context) error {
	for what, change := range map[string]func(*food.Order){
		"another customer":   func(o *food.Order) { o.Customer += "'s neighbour" },
		"another restaurant": func(o *food.Order) { o.Restaurant = "Next Door" },
		"another price":      func(o *food.Order) { o.Items = slices.Clone(o.Items); o.Items[0].Price++ },
		"another item":       func(o *food.Order) { o.Items = append(slices.Clone(o.Items), o.Items[0]) },
	} {
		for _, o := range firstHalf(st.orders) {
			change(&o)
			if err := st.coordinator.Submit(ctx, o); !errors.Is(err, food.ErrOtherOrder) {
				return fmt.Errorf("order %s with %s: %v, want %v", o.ID, what, err, food.ErrOtherOrder)
			}
		}
	}
	return nil
}

// playInvalid places what is no order, each by one step over one bound, and then the
// largest that is one. A row of one of the former is found by the judge.
var playInvalid = inTurn(start, placeInvalid, place(everyOrder), settle(everyOrder))

func placeInvalid(st *stage, ctx context.Context) error {
	for what, spoil := range map[string]func(*food.Order){
		"no id":      func(o *food.Order) { o.ID = "" },
		"a dot":      func(o *food.Order) { o.ID = "a.b" },
		"a star":     func(o *food.Order) { o.ID = "*" },
		"everything": func(o *food.Order) { o.ID = ">" },
		"a long id":  func(o *food.Order) { o.ID += "0" },

		"no customer":             func(o *food.Order) { o.Customer = "" },
		"a long customer":         func(o *food.Order) { o.Customer += "<" },
		"a broken customer":       func(o *food.Order) { o.Customer = "\xff" },
		"a restaurant of 2 lines": func(o *food.Order) { o.Restaurant = "Meze\nHouse" },
		"no restaurant":           func(o *food.Order) { o.Restaurant = "" },
		"a long restaurant":       func(o *food.Order) { o.Restaurant += "<" },

		"no items":          func(o *food.Order) { o.Items = nil },
		"many items":        func(o *food.Order) { o.Items = append(o.Items, o.Items[0]) },
		"no dish":           func(o *food.Order) { o.Items[0].Dish = "" },
		"a long dish":       func(o *food.Order) { o.Items[0].Dish += "<" },
		"an invisible dish": func(o *food.Order) { o.Items[0].Dish = "\u0085" },
		"none of a dish":    func(o *food.Order) { o.Items[0].Quantity = 0 },
		"much of a dish":    func(o *food.Order) { o.Items[0].Quantity++ },
		"a negative price":  func(o *food.Order) { o.Items[0].Price = -1 },
		"a high price":      func(o *food.Order) { o.Items[0].Price++ },
	} {
		o := largest("spoilt")[0]
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

// underWay lists a call of each service that is under way when the worker is killed, the
// nth for the nth order, with the call that comes before it and one that has to wait for
// it.
var underWay = []struct{ before, call, next food.Action }{
	{"", food.Charge, food.Confirm},
	{food.Charge, food.Confirm, food.Assign},
	{food.Confirm, food.Assign, food.StatusCompleted},
	{food.Confirm, food.Award, ""},
	{food.Confirm, food.StatusConfirmed, ""},
	{food.Confirm, food.MailConfirmed, ""},
}

func isUnderWay(_ *stage, c food.Call) bool {
	n := number(c.Order)
	return n < len(underWay) && underWay[n].call == c.Action
}

// playOverdue kills the worker when it has all those calls. It has them when an order
// that came later is settled.
var playOverdue = inTurn(
	forked(true), (*stage).open, place(overdue),
	await("for orders to come to their call", overdue, func(st *stage, id string) bool {
		before := underWay[number(id)].before
		return before == "" || st.history.has(id, before)
	}),
	place(theLast), settle(theLast), (*stage).killWorker, forked(false), settle(everyOrder))

func overdue(all []food.Order) []food.Order { return all[:len(underWay)] }
func theLast(all []food.Order) []food.Order { return all[len(underWay):] }

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
	st.killed = time.Now()
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

package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/food"
)

func playAtOnce(ctx context.Context, st *stage) error {
	if err := st.start(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, st.orders); err != nil {
		return err
	}
	return st.settle(ctx, st.orders)
}

// playDuplicates places half of the orders eight times at once and again when
// they are settled. The other half come after that, so that what the copies
// have set off has its time to show.
func playDuplicates(ctx context.Context, st *stage) error {
	half := st.orders[:len(st.orders)/2]
	if err := st.start(ctx); err != nil {
		return err
	}
	for _, orders := range [][]food.Order{slices.Repeat(half, 8), half, st.orders[len(half):]} {
		if err := st.place(ctx, orders); err != nil {
			return err
		}
		if err := st.settle(ctx, orders); err != nil {
			return err
		}
	}
	return nil
}

// playInvalid places what is no order, and then one that is. A row of one of
// the former is found by the judge.
func playInvalid(ctx context.Context, st *stage) error {
	if err := st.start(ctx); err != nil {
		return err
	}
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
	if err := st.place(ctx, st.orders); err != nil {
		return err
	}
	return st.settle(ctx, st.orders)
}

// starved picks the orders whose refunds fail until all others are settled.
// They are more than a service may execute calls at a time.
func starved(_ *stage, c food.Call) bool { return number(c.Order) < quick.Concurrency+4 }

func othersSettled(st *stage, _ food.Call) bool {
	return st.history.allSettled(st.orders[quick.Concurrency+4:])
}

func playStarved(ctx context.Context, st *stage) error {
	starved, others := st.orders[:quick.Concurrency+4], st.orders[quick.Concurrency+4:]
	if err := st.start(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, starved); err != nil {
		return err
	}
	err := st.history.wait(ctx, func() bool {
		return !slices.ContainsFunc(starved, func(o food.Order) bool { return !st.history.begun(o.ID, food.Refund) })
	})
	if err != nil {
		return fmt.Errorf("wait until every slot could be taken: %w", err)
	}
	if err := st.place(ctx, others); err != nil {
		return err
	}
	return st.settle(ctx, st.orders)
}

// playClosing closes the order side with orders in flight. They are not affected.
func playClosing(ctx context.Context, st *stage) error {
	st.before = goleak.IgnoreCurrent()
	if err := st.start(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, st.orders); err != nil {
		return err
	}
	c := st.coordinator
	st.coordinator = nil
	if err := c.Close(ctx); err != nil {
		return fmt.Errorf("close the order side: %w", err)
	}
	late := cast(food.Completed)[0]
	late.ID = "late"
	if c.Submit(ctx, late) == nil {
		return errors.New("a closed coordinator accepted an order")
	}
	return st.settle(ctx, st.orders)
}

// playRelay places orders when nobody works yet, and takes the worker away for
// a while. Accepted is accepted.
func playRelay(ctx context.Context, st *stage) error {
	early, late := st.orders[:len(st.orders)/2], st.orders[len(st.orders)/2:]
	if err := st.open(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, early); err != nil {
		return err
	}
	if err := st.work(ctx); err != nil {
		return err
	}
	if err := st.history.wait(ctx, func() bool { return st.history.last > 0 }); err != nil {
		return fmt.Errorf("wait for the first row: %w", err)
	}
	if err := st.rest(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, late); err != nil {
		return err
	}
	if err := st.work(ctx); err != nil {
		return err
	}
	return st.settle(ctx, st.orders)
}

// stuckBefore and stuckAfter pick the calls in which the worker that is to be
// killed gets stuck: a third of the orders before an effect, a third after one
// of which nobody has heard yet.
func stuckBefore(st *stage, c food.Call) bool {
	// Two attempts are not enough for the call to be given up.
	return st.mayDie && c.Action == food.Confirm && number(c.Order)%3 == 1 && c.Attempt <= 2
}

func stuckAfter(st *stage, c food.Call) bool {
	return st.mayDie && (c.Action == food.Refund || c.Action == food.Award) && number(c.Order)%3 == 2
}

func playKilledAtPoints(ctx context.Context, st *stage) error {
	if err := st.fork(ctx, true); err != nil {
		return err
	}
	if err := st.open(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, st.orders); err != nil {
		return err
	}
	err := st.history.wait(ctx, func() bool {
		return !slices.ContainsFunc(st.orders, func(o food.Order) bool { return !st.reachedItsPoint(o) })
	})
	if err != nil {
		return fmt.Errorf("wait for orders to get stuck: %w", err)
	}
	if err := st.killWorker(); err != nil {
		return err
	}
	if err := st.fork(ctx, false); err != nil {
		return err
	}
	return st.settle(ctx, st.orders)
}

// reachedItsPoint says whether an order is as far as it gets before the kill.
func (st *stage) reachedItsPoint(o food.Order) bool {
	h := st.history
	switch {
	case ending(o.ID) == food.PaymentDeclined, number(o.ID)%3 == 0:
		return h.settled(o.ID)
	case number(o.ID)%3 == 1:
		return h.has(o.ID, food.Charge)
	}
	return h.has(o.ID, food.Refund) || h.has(o.ID, food.Award)
}

// killWorker kills the worker process. A kill that hits nothing shows nothing.
func (st *stage) killWorker() error {
	if err := st.process.kill(); err != nil {
		return fmt.Errorf("kill the worker: %w", err)
	}
	st.history.mu.Lock()
	defer st.history.mu.Unlock()
	if st.history.allSettled(st.orders) {
		return errors.New("no order was in flight when the worker was killed")
	}
	return nil
}

func playKilledUnderLoad(ctx context.Context, st *stage) error {
	if err := st.fork(ctx, false); err != nil {
		return err
	}
	if err := st.open(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, st.orders); err != nil {
		return err
	}
	for kill := range int64(3) {
		rows := (kill + 1) * int64(len(st.orders)) // of more than seven for each order
		if err := st.history.wait(ctx, func() bool { return st.history.last >= rows }); err != nil {
			return fmt.Errorf("wait for row %d: %w", rows, err)
		}
		if err := st.killWorker(); err != nil {
			return err
		}
		if err := st.fork(ctx, false); err != nil {
			return err
		}
	}
	return st.settle(ctx, st.orders)
}

func serverIsDown(st *stage, _ food.Call) bool { return st.down }

// playServerKilled kills the server while a third of the first orders are in
// the middle of a call, which then takes effect while the server is away. The
// other orders are placed before it is back.
func playServerKilled(ctx context.Context, st *stage) error {
	first, second := st.orders[:len(st.orders)/2], st.orders[len(st.orders)/2:]
	if err := st.start(ctx); err != nil {
		return err
	}
	if err := st.place(ctx, first); err != nil {
		return err
	}
	inACall := func(o food.Order) bool {
		return number(o.ID)%3 != 1 || ending(o.ID) == food.PaymentDeclined ||
			st.history.begun(o.ID, food.Award) || st.history.begun(o.ID, food.Refund)
	}
	err := st.history.wait(ctx, func() bool {
		return !slices.ContainsFunc(first, func(o food.Order) bool { return !inACall(o) })
	})
	if err != nil {
		return fmt.Errorf("wait for orders to be in a call: %w", err)
	}
	if err := st.Server.Kill(); err != nil {
		return fmt.Errorf("kill the server: %w", err)
	}
	st.history.change(func() { st.down = true })
	var both errgroup.Group
	both.Go(func() error { return st.insist(ctx, second) })
	both.Go(func() error { return st.Server.Restart(ctx) })
	if err := both.Wait(); err != nil {
		return err
	}
	return st.settle(ctx, st.orders)
}

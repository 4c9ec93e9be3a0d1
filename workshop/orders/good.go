// Package orders makes orders with their rows: good ones, and some that break a promise.
// They follow from a seed alone.
//
//	good.go     orders as the project's own services, ledger and flow make them
//	broken.go   promises, and three ways of breaking each
//	sheet.go    what one learner is shown of it
package orders

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/workshop/kit"
)

// This file makes good orders: the project's services, ledger and faults, and the flow
// that the choreography's participants make up. One call is made at a time, and the seed
// draws which of those that may come next. So a seed's orders are always the same, and
// calls overtake each other as they would between services.

// An Order is one with its rows.
type Order struct {
	food.Order
	Rows kit.Rows
}

// History is the order as a promise gets it.
func (o Order) History() kit.History {
	h := kit.History{Order: kit.Order{ID: o.ID, Customer: o.Customer, Restaurant: o.Restaurant}, Rows: o.Rows}
	for _, it := range o.Items {
		h.Order.Items = append(h.Order.Items, kit.Item{Dish: it.Dish, Quantity: it.Quantity, Price: int64(it.Price)})
	}
	return h
}

// Violations are what the project's own judge has against the order.
func (o Order) Violations() []invariant.Violation {
	h := invariant.History{Offered: true, Order: record.Order{
		ID: o.ID, Customer: o.Customer, Restaurant: o.Restaurant, Items: load.Items(o.Order),
	}}
	for i, r := range o.Rows {
		h.Rows = append(h.Rows, record.Effect{
			Order: o.ID, Seq: int64(i + 1), Service: r.Service, Action: r.Action,
			Outcome: r.Outcome, Reason: r.Reason, For: r.For, Amount: r.Amount,
		})
	}
	return invariant.OfRows(h)
}

// troubles are what goes wrong meanwhile. Deciding calls have three attempts and undos
// four, so fail(3) and fail(4) make them give up.
var troubles = []string{
	"*:fail@10%", "*:lose-reply@10%",
	"payment.charge:refuse@6%", "payment.charge:fail(3)@3%",
	"restaurant.confirm:refuse@12%", "restaurant.confirm:fail(3)@4%",
	"delivery.assign:refuse@18%", "delivery.assign:fail(3)@5%",
	"payment.refund:refuse@8%", "payment.refund:fail(4)@5%",
	"restaurant.cancel-ticket:refuse@9%", "restaurant.cancel-ticket:fail(4)@8%",
	"loyalty.revoke:refuse@12%", "loyalty.revoke:fail(4)@10%",
}

// Good makes n orders of a seed.
func Good(seed uint64, n int) (all []Order, err error) {
	p := &player{draw: rand.New(rand.NewPCG(seed, 5)), flow: choreography.Flow()}
	policy := food.DefaultPolicy
	policy.Attempts, policy.UndoAttempts, policy.CallTimeout = 3, 4, time.Minute
	store := ledger.NewMemory(ledger.Options{Committed: p.see})
	w, err := world.Over(store, world.Config{Policy: policy, Seed: seed, Faults: troubles, Durability: durability.Memory})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	p.steps = w.Steps()
	mix := load.Mix{Scenario: "o", Rate: float64(1 + seed%997), Seed: seed}
	for i := 0; i < n && err == nil; i++ {
		var o Order
		o, err = p.play(mix.Order(i))
		all = append(all, o)
	}
	return all, errors.Join(err, w.Close())
}

// A player plays orders by the flow.
type player struct {
	draw  *rand.Rand
	flow  flow.Flow
	steps map[food.Action]food.Step
	rows  kit.Rows // of the order that is played
}

// see takes what is committed. The ledger answers a call after that, and one call is made
// at a time.
func (p *player) see(c ledger.Commit) {
	for _, r := range c.Rows {
		p.rows = append(p.rows, kit.Row{
			Service: string(r.Service), Action: string(r.Action), Outcome: string(r.Outcome),
			Reason: r.Reason, For: r.For, Amount: int64(r.Amount),
		})
	}
}

// play takes an order from its placing to its end. Each attempt that got no answer is
// made again, sooner or later. What was called for before is not called for again.
func (p *player) play(o food.Order) (Order, error) {
	o.Items = o.Items[:1] // one line is read faster than five
	p.rows = nil
	attempts := map[food.Action]int{}
	cancels, resolves := p.cancelsAt(), p.draw.IntN(2) == 0
	todo := p.after(flow.OrderPlaced)
	for n := 0; len(todo) > 0 || n <= cancels; n++ {
		if n == cancels || n < cancels && len(todo) == 0 {
			todo, cancels = append(todo, p.after(flow.CustomerCancels)...), -1
		}
		i := p.draw.IntN(len(todo))
		call := todo[i]
		todo = slices.Delete(todo, i, i+1)
		attempts[call]++
		row, err := p.steps[call](context.Background(), o, attempts[call])
		switch {
		case err != nil && attempts[call] > 10:
			return Order{}, fmt.Errorf("%s of %s: %w", call, o.ID, err)
		case err != nil:
			todo = append(todo, call)
			continue
		}
		next := p.after(flow.Point{Call: call, Answer: flow.AnswerOf(row)})
		if call == food.MailEscalated && resolves {
			next = p.after(flow.PersonResolves)
		}
		for _, a := range next {
			if attempts[a] == 0 && !slices.Contains(todo, a) {
				todo = append(todo, a)
			}
		}
	}
	return Order{o, p.rows}, nil
}

// cancelsAt is after how many attempts the customer cancels; -1 is never. A quarter of
// the customers cancel at once, and as many later, perhaps too late.
func (p *player) cancelsAt() int {
	switch p.draw.IntN(4) {
	case 0:
		return 0
	case 1:
		return 1 + p.draw.IntN(8)
	}
	return -1
}

// after is what follows from a point.
func (p *player) after(point flow.Point) []food.Action {
	for _, e := range p.flow.Edges {
		if e.Call == point.Call && slices.Contains(e.Answers, point.Answer) {
			return slices.Clone(e.Then)
		}
	}
	return nil
}

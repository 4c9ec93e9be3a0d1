package stage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/food"
)

// customers have names, because the messages are about them.
var customers = []string{"Ada", "Grace", "Alan", "Edsger", "Barbara", "Leslie", "Frances", "Donald", "Radia", "Tony", "Mary", "Edgar"}

// Order makes an order that must come to an ending. Which call is refused follows from
// that, and what is ordered from the seed.
func (st *Stage) Order(ending food.Ending) food.Order {
	st.mu.Lock()
	defer st.mu.Unlock()
	n := len(st.orders)
	o := load.Mix{Scenario: "learn", Seed: st.Seed}.Order(n)
	draw := rand.New(rand.NewPCG(st.Seed, uint64(n)))
	o.ID = fmt.Sprintf("o-%s%d", strconv.FormatUint(draw.Uint64N(36*36), 36), n)
	o.Customer = customers[draw.IntN(len(customers))]
	st.orders = append(st.orders, o)
	st.endings[o.ID] = ending
	return o
}

// Orders makes several orders, in an order that follows from the seed.
func (st *Stage) Orders(endings ...food.Ending) (all []food.Order) {
	for _, e := range endings {
		all = append(all, st.Order(e))
	}
	draw := rand.New(rand.NewPCG(st.Seed, uint64(len(all))))
	draw.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// OnceMore makes an order of the same customer for the same things.
func (st *Stage) OnceMore(o food.Order) food.Order {
	again := st.Order(food.Completed)
	again.Customer, again.Restaurant, again.Items = o.Customer, o.Restaurant, o.Items
	st.mu.Lock()
	defer st.mu.Unlock()
	st.orders[len(st.orders)-1] = again
	return again
}

// all are the stage's orders.
func (st *Stage) all() []food.Order {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.Clone(st.orders)
}

// order returns one of the stage's orders, or nil.
func (st *Stage) order(id string) *food.Order {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, o := range st.orders {
		if o.ID == id {
			return &o
		}
	}
	return nil
}

// named returns the order whose id is in a key, or "".
func (st *Stage) named(key string) string {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, o := range st.orders {
		if strings.Contains(key, o.ID) {
			return o.ID
		}
	}
	return ""
}

// event reads the subject of an event.
func (st *Stage) event(subject string) (kind, order string, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 || parts[0] != st.name || parts[1] != "order" {
		return "", "", false
	}
	return parts[2], parts[3], true
}

// refuse makes a service refuse the call at which an order's ending is decided.
func (st *Stage) refuse(ctx context.Context, c food.Call, next func(context.Context) error) error {
	st.mu.Lock()
	ending, relented := st.endings[c.Order], st.relented && c.Service == st.service()
	st.mu.Unlock()
	if relented {
		return next(ctx)
	}
	fatal := map[food.Ending]food.Action{
		food.PaymentDeclined: food.Charge, food.RestaurantFailed: food.Confirm, food.NoPartner: food.Assign,
	}
	reasons := map[food.Action]string{food.Charge: "card_declined", food.Confirm: "kitchen_closed", food.Assign: "no_courier"}
	if fatal[ending] == c.Action {
		ctx = food.Refusing(ctx, reasons[c.Action])
	}
	return next(ctx)
}

// Place submits orders, one after the other.
func (st *Stage) Place(ctx context.Context, orders ...food.Order) error {
	for _, o := range orders {
		st.journal.note(fact{what: asked, order: o.ID, text: "places the order"})
		if err := st.placing.Submit(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// Cancel asks for a customer that an order be taken back.
func (st *Stage) Cancel(ctx context.Context, o food.Order) error {
	st.journal.note(fact{what: asked, order: o.ID, text: "the customer cancels"})
	st.mu.Lock()
	st.want[o.ID] = true
	st.mu.Unlock()
	return st.placing.Cancel(ctx, o)
}

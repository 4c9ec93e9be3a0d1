package selftest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// settings is how many settings a made run has; each is run in both styles. A
// bigger run has bigger cells and not more of them.
const settings = 5

// rate at which the made orders were due, a second; and the seed of all that is drawn.
const (
	rate = 2000
	seed = 1
)

// Write makes a run folder of many orders without running anything: the same
// orders in both styles, about one in fourteen refused by each of payment, restaurant
// and delivery, all of them as they should be. The same number of orders makes
// the same rows.
func Write(dir string, orders int) (err error) {
	perCell := orders / (2 * settings)
	if perCell < 20 || perCell*2*settings != orders {
		return fmt.Errorf("%d orders: want a multiple of %d, and at least %d", orders, 2*settings, 40*settings)
	}
	rules, err := fault.ParseAll(faults)
	if err != nil {
		return err
	}
	lottery := fault.NewPlan(seed, rules)
	w, err := record.Create(dir)
	if err != nil {
		return err
	}
	for repeat := 1; repeat <= settings; repeat++ {
		for _, style := range []string{record.Choreography, record.Orchestration} {
			if err := w.Add(cell(lottery, style, repeat, perCell)); err != nil {
				return errors.Join(err, w.Discard())
			}
		}
	}
	return w.Close(record.Run{
		ID: "selftest", Plan: "selftest", Started: began, Finished: began, Seed: seed, Retry: bench.RetryOf(food.DefaultPolicy),
	})
}

// began is when the made run began.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// cell makes one cell of n orders.
func cell(lottery *fault.Plan, style string, repeat, n int) record.Data {
	length := float64(n) / rate
	d := record.Data{Cell: record.Cell{
		ID: fmt.Sprintf("selftest-%s-%d", style, repeat), Style: style, Scenario: "selftest", Repeat: repeat, Kind: record.KindCustom,
		Faults: faults, Offered: rate, Window: length, Started: began, LoadEnd: 1000 * length, DrainEnd: 1000 * (length + 1), Drained: true, LeftOver: map[string]float64{},
	}}
	luck := rand.New(rand.NewPCG(seed, uint64(repeat)))
	mix := load.Mix{Scenario: "selftest", Rate: rate, Repeat: repeat, Seed: seed}
	for i := range n {
		o := mix.Order(i)
		play(&d, luck, flowOf(lottery, o.ID), o, 1000*float64(i)/rate)
	}
	return d
}

// A flow is how an order goes: its rows in their order, and the call that is
// refused, if one is.
type flow struct {
	outcome, refused string
	rows             []string
}

var flows = []flow{
	{"payment_declined", "payment.charge", []string{
		"payment.charge", "order.status-cancelled", "notification.mail-payment-failed",
	}},
	{"restaurant_failed", "restaurant.confirm", []string{
		"payment.charge", "restaurant.confirm", "payment.refund",
		"order.status-cancelled", "notification.mail-cancelled", "notification.mail-refunded",
	}},
	{"no_partner", "delivery.assign", []string{
		"payment.charge", "restaurant.confirm", "loyalty.award", "order.status-confirmed", "notification.mail-confirmed",
		"delivery.assign", "payment.refund", "restaurant.cancel-ticket", "loyalty.revoke",
		"order.status-cancelled", "notification.mail-cancelled", "notification.mail-refunded",
	}},
	{"completed", "", []string{
		"payment.charge", "restaurant.confirm", "loyalty.award", "order.status-confirmed", "notification.mail-confirmed",
		"delivery.assign", "order.status-completed", "notification.mail-partner-assigned",
	}},
}

// faults make the calls that flows name be refused.
var faults = []string{planned("payment.charge"), planned("restaurant.confirm"), planned("delivery.assign")}

func planned(call string) string { return call + ":refuse@7%" }

// flowOf is the one that is drawn for an order: that of the first refusal on its way.
func flowOf(lottery *fault.Plan, order string) flow {
	for _, f := range flows {
		service, action, _ := strings.Cut(f.refused, ".")
		if len(lottery.Picks(order, food.Service(service), food.Action(action))) > 0 {
			return f
		}
	}
	return flows[len(flows)-1]
}

// play adds an order that was due then, with its calls, its rows and its fault. The
// times are drawn, because equal ones would be easier to read than real ones.
func play(d *record.Data, luck *rand.Rand, f flow, placed food.Order, due float64) {
	o := record.Order{ID: placed.ID, Customer: placed.Customer, Restaurant: placed.Restaurant, Items: load.Items(placed), Outcome: f.outcome, Due: due}
	o.Sent, o.Accept = 0.1*luck.Float64(), luck.Float64()
	amounts, whom := amountsOf(placed), whomOf(placed)
	at, never := due+0.1, math.NaN()
	rejected, decided, undone, refunded := never, never, never, never
	for _, row := range f.rows {
		service, action, _ := strings.Cut(row, ".")
		called := at + 2*luck.Float64()
		applied := called + 0.1*luck.Float64()
		at = applied + 0.1*luck.Float64()
		d.Calls = append(d.Calls, record.Call{Order: o.ID, Service: service, Action: action, Attempt: 1, At: called})
		e := record.Effect{
			Order: o.ID, Seq: int64(len(d.Effects) + 1), Service: service, Action: action, Outcome: "done", For: whom[service],
			Amount: amounts[action], Attempt: 1, At: applied, Committed: at,
		}
		switch action {
		case "status-completed", "status-cancelled":
			decided = at
		case "refund":
			refunded, undone = at, at
		case "cancel-ticket", "revoke":
			undone = at
		}
		if row == f.refused {
			rejected = at
			e.Outcome, e.Reason, e.Amount = "refused", "planned", 0
			d.Faults = append(d.Faults, record.Fault{
				Rule: planned(row), Kind: "refuse", Order: o.ID, Service: service, Action: action, Attempt: 1,
				At: began.Add(time.Duration(called * 1e6)),
			})
		}
		d.Effects = append(d.Effects, e)
	}
	o.Decision, o.Settled = decided-due, at-due
	o.Compensation, o.Inconsistent = undone-rejected, refunded-rejected
	d.Orders = append(d.Orders, o)
}

// amountsOf is what each action moves.
func amountsOf(o food.Order) map[string]int64 {
	total := int64(o.Total())
	return map[string]int64{"charge": total, "refund": total, "award": total / 100, "revoke": total / 100}
}

// whomOf is whom and what the rows of each service are for.
func whomOf(o food.Order) map[string]string {
	dishes := make([]string, len(o.Items))
	for i, it := range o.Items {
		dishes[i] = fmt.Sprintf("%d %s", it.Quantity, it.Dish)
	}
	return map[string]string{
		"order": o.Customer, "payment": o.Customer, "loyalty": o.Customer, "notification": o.Customer,
		"restaurant": o.Restaurant + ": " + strings.Join(dishes, ", "),
		"delivery":   o.Restaurant + " to " + o.Customer,
	}
}

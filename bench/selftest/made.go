package selftest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// settings is how many settings a made run has; each is run in both styles. A
// bigger run has bigger cells and not more of them.
const settings = 5

// rate at which the made orders were due, a second.
const rate = 2000

// Write makes a run folder of many orders without running anything: the same
// orders in both styles, one in twenty refused by each of payment, restaurant
// and delivery, all of them as they should be. The same number of orders makes
// the same rows.
func Write(dir string, orders int) (err error) {
	perCell := orders / (2 * settings)
	if perCell < 20 || perCell*2*settings != orders {
		return fmt.Errorf("%d orders: want a multiple of %d, and at least %d", orders, 2*settings, 40*settings)
	}
	w, err := record.Create(dir)
	if err != nil {
		return err
	}
	for repeat := 1; repeat <= settings; repeat++ {
		for _, style := range []string{record.Choreography, record.Orchestration} {
			if err := w.Add(cell(style, repeat, perCell)); err != nil {
				return errors.Join(err, w.Discard())
			}
		}
	}
	return w.Close(record.Run{ID: "selftest", Plan: "selftest", Started: began, Finished: began, Seed: 1})
}

// began is when the made run began.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// cell makes one cell of n orders.
func cell(style string, repeat, n int) record.Data {
	length := float64(n) / rate
	d := record.Data{Cell: record.Cell{
		ID: fmt.Sprintf("selftest-%s-%d", style, repeat), Style: style, Scenario: "selftest", Repeat: repeat, Kind: record.KindCustom,
		Offered: rate, Window: length, Started: began, LoadEnd: 1000 * length, DrainEnd: 1000 * (length + 1), Drained: true,
	}}
	for _, f := range flows {
		if f.fault != "" {
			d.Cell.Faults = append(d.Cell.Faults, f.fault)
		}
	}
	luck := rand.New(rand.NewPCG(1, uint64(repeat)))
	mix := load.Mix{Scenario: "selftest", Rate: rate, Repeat: repeat, Seed: 1}
	for i := range n {
		o := mix.Order(i)
		add(&d, luck, i, int64(o.Total()), record.Order{ID: o.ID, Customer: o.Customer, Restaurant: o.Restaurant, Items: itemsOf(o.Items), Due: 1000 * float64(i) / rate})
	}
	return d
}

// itemsOf writes down what was ordered as a run does.
func itemsOf(items []food.Item) string {
	lines := make([]string, len(items))
	for i, it := range items {
		lines[i] = fmt.Sprintf("%d*%d %s", it.Quantity, int64(it.Price), it.Dish)
	}
	return strings.Join(lines, ";")
}

// A flow is how an order goes: its rows in their order, and the fault that makes
// the call it names fail for good, by a rejection.
type flow struct {
	outcome, fault string
	rows           []string
}

var flows = []flow{
	{"completed", "", []string{
		"payment.charge", "restaurant.confirm", "loyalty.award", "order.status-confirmed", "notification.mail-confirmed",
		"delivery.assign", "order.status-completed", "notification.mail-partner-assigned",
	}},
	{"payment_declined", "payment.charge:refuse@5%", []string{
		"payment.charge", "order.status-cancelled", "notification.mail-payment-failed",
	}},
	{"restaurant_failed", "restaurant.confirm:refuse@5%", []string{
		"payment.charge", "restaurant.confirm", "payment.refund",
		"order.status-cancelled", "notification.mail-cancelled", "notification.mail-refunded",
	}},
	{"no_partner", "delivery.assign:refuse@5%", []string{
		"payment.charge", "restaurant.confirm", "loyalty.award", "order.status-confirmed", "notification.mail-confirmed",
		"delivery.assign", "payment.refund", "restaurant.cancel-ticket", "loyalty.revoke",
		"order.status-cancelled", "notification.mail-cancelled", "notification.mail-refunded",
	}},
}

// add adds order number i of a cell, with its rows and its fault. The times
// are drawn, because equal ones would be easier to read than real ones.
func add(d *record.Data, luck *rand.Rand, i int, total int64, o record.Order) {
	f := flows[0]
	if turn := i % 20; turn < len(flows) {
		f = flows[turn]
	}
	amounts := map[string]int64{"charge": total, "refund": total, "award": total / 100, "revoke": total / 100}
	at, never := o.Due, math.NaN()
	rejected, decided, undone, refunded := never, never, never, never
	for _, row := range f.rows {
		service, action, _ := strings.Cut(row, ".")
		at += 2 * luck.Float64()
		e := record.Effect{
			Order: o.ID, Seq: int64(len(d.Effects) + 1), Service: service, Action: action, Outcome: "done",
			Amount: amounts[action], Attempt: 1, At: at - 0.2*luck.Float64(), Committed: at,
		}
		switch action {
		case "status-completed", "status-cancelled":
			decided = at
		case "refund":
			refunded, undone = at, at
		case "cancel-ticket", "revoke":
			undone = at
		}
		if strings.HasPrefix(f.fault, row+":") {
			rejected = at
			e.Outcome, e.Reason, e.Amount = "refused", "planned", 0
			d.Faults = append(d.Faults, record.Fault{
				Rule: f.fault, Kind: "refuse", Order: o.ID, Service: service, Action: action, Attempt: 1,
				At: began.Add(time.Duration(at * 1e6)),
			})
		}
		d.Effects = append(d.Effects, e)
	}
	o.Outcome = f.outcome
	o.Sent, o.Accept, o.Decision, o.Settled = 0.1*luck.Float64(), luck.Float64(), decided-o.Due, at-o.Due
	o.Compensation, o.Inconsistent = undone-rejected, refunded-rejected
	d.Orders = append(d.Orders, o)
}

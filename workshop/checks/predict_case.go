package checks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/lists"
)

// A predictPath is what becomes of an order, written down by hand. That it is so is
// measured whenever the exercise is checked.
type predictPath struct {
	refused   food.Action // the call that its service refuses, or else
	cancelled food.Action // the call that is under way when the customer cancels

	events []string                    // on the stream, in their order
	calls  [][]food.Action             // those in a group begin together, the groups one after another
	rows   map[food.Action]flow.Answer // of all calls but statuses and mails, made or not
	ending food.Ending
}

// predictUndos is what begins when everything may have to be undone.
var predictUndos = []food.Action{food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled}

var (
	predictCharge    = []food.Action{food.Charge}
	predictConfirm   = []food.Action{food.Confirm}
	predictCancel    = []food.Action{food.Cancel}
	predictConfirmed = []food.Action{food.Assign, food.Award, food.StatusConfirmed, food.MailConfirmed}
	predictRefunded  = []food.Action{food.MailRefunded}
)

var predictPaths = []predictPath{
	{
		refused: food.Charge, ending: food.PaymentDeclined,
		events: []string{"order_placed", "payment_failed"},
		calls:  [][]food.Action{predictCharge, {food.StatusCancelled, food.MailPaymentFailed}},
		rows:   map[food.Action]flow.Answer{food.Charge: flow.Refused},
	},
	{
		refused: food.Confirm, ending: food.RestaurantFailed,
		events: []string{"order_placed", "payment_success", "restaurant_order_confirmation_failed", "payment_reversed"},
		calls:  [][]food.Action{predictCharge, predictConfirm, {food.Refund, food.StatusCancelled, food.MailCancelled}, predictRefunded},
		rows:   map[food.Action]flow.Answer{food.Charge: flow.Done, food.Confirm: flow.Refused, food.Refund: flow.Done},
	},
	{
		refused: food.Assign, ending: food.NoPartner,
		events: []string{"order_placed", "payment_success", "restaurant_confirmed_order", "delivery_partner_unavailable", "payment_reversed"},
		calls:  [][]food.Action{predictCharge, predictConfirm, predictConfirmed, predictUndos, predictRefunded},
		rows: map[food.Action]flow.Answer{
			food.Charge: flow.Done, food.Confirm: flow.Done, food.Award: flow.Done, food.Assign: flow.Refused,
			food.Refund: flow.Done, food.CancelTicket: flow.Done, food.Revoke: flow.Done,
		},
	},
	{
		cancelled: food.Charge, ending: food.CustomerCancelled,
		events: []string{"order_placed", "cancellation_requested", "order_cancelled"},
		calls:  [][]food.Action{predictCharge, predictCancel, predictUndos},
		rows: map[food.Action]flow.Answer{
			food.Cancel: flow.Done,
			food.Charge: flow.Undone, food.Confirm: flow.Undone, food.Award: flow.Undone, food.Assign: flow.Undone,
			food.Refund: flow.Nothing, food.CancelTicket: flow.Nothing, food.Revoke: flow.Nothing,
		},
	},
	{
		cancelled: food.Confirm, ending: food.CustomerCancelled,
		events: []string{"order_placed", "payment_success", "cancellation_requested", "order_cancelled", "payment_reversed"},
		calls:  [][]food.Action{predictCharge, predictConfirm, predictCancel, predictUndos, predictRefunded},
		rows: map[food.Action]flow.Answer{
			food.Cancel: flow.Done, food.Charge: flow.Done,
			food.Confirm: flow.Undone, food.Award: flow.Undone, food.Assign: flow.Undone,
			food.Refund: flow.Done, food.CancelTicket: flow.Nothing, food.Revoke: flow.Nothing,
		},
	},
	{
		cancelled: food.Assign, ending: food.CustomerCancelled,
		events: []string{"order_placed", "payment_success", "restaurant_confirmed_order", "cancellation_requested", "order_cancelled", "payment_reversed"},
		calls:  [][]food.Action{predictCharge, predictConfirm, predictConfirmed, predictCancel, predictUndos, predictRefunded},
		rows: map[food.Action]flow.Answer{
			food.Cancel: flow.Done, food.Charge: flow.Done, food.Confirm: flow.Done, food.Award: flow.Done,
			food.Assign: flow.Undone,
			food.Refund: flow.Done, food.CancelTicket: flow.Done, food.Revoke: flow.Done,
		},
	},
}

// held is the call that is answered when all beside it is over.
func (p predictPath) held() food.Action {
	if p.refused != "" {
		return p.refused
	}
	return p.cancelled
}

// pivot is the call whose answer takes the order back.
func (p predictPath) pivot() food.Action {
	if p.refused != "" {
		return p.refused
	}
	return food.Cancel
}

// event is the one that follows from it.
func (p predictPath) event() string {
	i := slices.IndexFunc(p.events, func(e string) bool { return slices.Contains(predictEvents, e) })
	return p.events[i]
}

var predictEvents = []string{"payment_failed", "restaurant_order_confirmation_failed", "delivery_partner_unavailable", "order_cancelled"}

// closing are the calls that begin then.
func (p predictPath) closing() []food.Action { return p.with(food.StatusCancelled) }

// beside are the calls that begin together with the one that is held.
func (p predictPath) beside() []food.Action {
	return lists.Filter(p.with(p.held()), func(a food.Action) bool { return a != p.held() })
}

// with is the group of a call.
func (p predictPath) with(a food.Action) []food.Action {
	i := slices.IndexFunc(p.calls, func(group []food.Action) bool { return slices.Contains(group, a) })
	return p.calls[i]
}

// made are all calls that are made.
func (p predictPath) made() []food.Action { return slices.Concat(p.calls...) }

func (p predictPath) makes(a food.Action) bool { return slices.Contains(p.made(), a) }

// mails are what the customer gets.
func (p predictPath) mails() []food.Action { return lists.Filter(p.made(), predictMail) }

func predictMail(a food.Action) bool { return strings.HasPrefix(string(a), "mail-") }

// A predictCase is the order of one learner, and what happens to it.
type predictCase struct {
	predictPath
	learner uint64
	order   food.Order
	lost    food.Action // its first reply is lost, after its effect; never the call that is held
	failing food.Action // fails before it has an effect; another one
	fails   int         // times
	draw    *rand.Rand  // for what is drawn besides
}

var predictCustomers = []string{"Ada", "Barbara", "Edsger", "Frances", "Grace", "Hector", "Jim", "Leslie", "Pat", "Radia", "Robin", "Tony"}

// predictCaseOf draws a learner's case. It follows from the seed alone.
func predictCaseOf(learner uint64) predictCase {
	draw := rand.New(rand.NewPCG(learner, 1))
	c := predictCase{learner: learner, draw: draw, predictPath: predictPaths[draw.IntN(len(predictPaths))]}
	c.order = load.Mix{Scenario: "learn", Seed: draw.Uint64()}.Order(0)
	c.order.ID = fmt.Sprintf("o-%06x", draw.IntN(1<<24))
	c.order.Customer = predictCustomers[draw.IntN(len(predictCustomers))]
	others := lists.Filter(c.made(), func(a food.Action) bool { return a != c.held() })
	two := draw.Perm(len(others))
	c.lost, c.failing, c.fails = others[two[0]], others[two[1]], 1+draw.IntN(3)
	return c
}

// predictTimes is a count in words.
func predictTimes(n int) string { return []string{"never", "once", "twice", "three times"}[n] }

// text is what a learner reads about their order.
func (c predictCase) text() string {
	var b strings.Builder
	var dishes []string
	for _, it := range c.order.Items {
		dishes = append(dishes, fmt.Sprintf("%d × %s", it.Quantity, it.Dish))
	}
	fmt.Fprintf(&b, "# Your order\n\n")
	fmt.Fprintf(&b, "Order `%s`: %s orders at %s for %v:\n%s.\n\n", c.order.ID, c.order.Customer, c.order.Restaurant, c.order.Total(), strings.Join(dishes, ", "))
	fmt.Fprintf(&b, "What happens to it, in both styles:\n\n")
	for _, line := range c.happens() {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	fmt.Fprintf(&b, "\nAll else goes well.\n")
	return b.String()
}

// happens lists what is unusual about the order.
func (c predictCase) happens() (lines []string) {
	switch {
	case c.cancelled != "":
		lines = append(lines, fmt.Sprintf("The customer cancels while `%s` is under way.", c.cancelled))
		if len(c.beside()) > 0 {
			lines = append(lines, fmt.Sprintf("By then the calls that began together with `%s` have been answered.", c.cancelled))
		}
		lines = append(lines, fmt.Sprintf("`%s` takes effect, if it still can, when all that follows from the cancellation is over.", c.cancelled))
	default:
		lines = append(lines, fmt.Sprintf("`%s` is refused.", c.refused))
		if len(c.beside()) > 0 {
			lines = append(lines, "That answer comes when the calls that began together with it have been answered.")
		}
	}
	return append(lines,
		fmt.Sprintf("`%s` is recorded, but the first reply to it is lost.", c.lost),
		fmt.Sprintf("`%s` fails %s before it has an effect.", c.failing, predictTimes(c.fails)))
}

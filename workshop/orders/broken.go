package orders

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/workshop/5-write-the-promise/given"
	"github.com/sagabench/sagabench/workshop/kit"
)

// A Promise is one that the given checker lacks, with three ways of breaking it.
// The learner sees an order with the first, and nothing of the other two.
type Promise struct {
	Name      string
	Invariant string // by which the project's judge knows it
	Ways      [3]Way
}

// A Way is an edit of a good order.
type Way struct {
	Fits  func(Order) bool // orders in which it can be made
	edit  func(*Order)
	Nudge string // for whom it gets past
}

// Promises are those that a checker may lack.
var Promises = []Promise{
	{"money", "money", [3]Way{
		{Fits: all(cancelled, took("refund")), edit: func(o *Order) { o.of("refund").Amount /= 2 }},
		{
			Fits: all(cancelled, took("refund")), edit: edits(nothingToUndo("refund"), drop("mail-refunded")),
			Nudge: "What a row reports and what it moved are two things. Which row says that there was nothing to do?",
		},
		{
			Fits: all(cancelled, took("refund")), edit: edits(drop("refund"), drop("mail-refunded")),
			Nudge: "A promise is broken by what is not there as well.",
		},
	}},
	{"points", "goods", [3]Way{
		{Fits: all(cancelled, took("revoke")), edit: drop("revoke")},
		{
			Fits:  all(overtaken("award"), inTurn("confirm", "revoke")),
			edit:  edits(done("award", func(o *Order) string { return o.Customer }), award, move("award", "revoke")),
			Nudge: "All the rows that you want are there. But what does each say, and when was it written?",
		},
		{
			Fits: all(cancelled, took("revoke"), worth(2)), edit: func(o *Order) { o.of("revoke").Amount /= 2 },
			Nudge: "All the rows that you want are there. But how much of it was taken back?",
		},
	}},
	{"order", "causes-first", [3]Way{
		{Fits: all(inTurn("cancel", "charge"), took("refund")), edit: move("charge", "refund")},
		{Fits: took("revoke"), edit: move("award", "revoke"), Nudge: "The payment service is not the only one that can undo."},
		{
			Fits: took("cancel-ticket"), edit: lateOrNever("confirm", "cancel-ticket"),
			Nudge: "Of three services that can undo, you watch two; or an undo of what has no row gets past you.",
		},
	}},
	{"mails", "settles", [3]Way{
		{Fits: all(took("charge"), took("mail-cancelled")), edit: drop("mail-cancelled")},
		{Fits: took("mail-refunded"), edit: drop("mail-refunded"), Nudge: "It is about another mail: that something good has happened."},
		{Fits: took("mail-escalated"), edit: drop("mail-escalated"), Nudge: "It is about another mail: that an undo was rejected, and a person takes over."},
	}},
	{"blocked", "causes-first", [3]Way{
		{
			Fits: all(overtaken("charge"), overtaken("confirm"), did("cancel-ticket")),
			edit: edits(done("confirm", ticketOf), undid("cancel-ticket"), ahead("confirm", "cancel-ticket"), ahead("refund", "confirm"), ahead("charge", "refund")),
		},
		{
			Fits: all(overtaken("confirm"), none("mail-confirmed"), did("mail-cancelled")), edit: add("confirm", "notification", "mail-confirmed"),
			Nudge: "It is about another blocked call. The kitchen, too, can come too late.",
		},
		{
			Fits: all(overtaken("assign"), none("mail-partner-assigned")), edit: add("assign", "notification", "mail-partner-assigned"),
			Nudge: "It is about another blocked call: the last of those that decide how an order ends.",
		},
	}},
	{"whose", "as-ordered", [3]Way{
		{Fits: all(cancelled, took("charge")), edit: forAnother("charge")},
		{Fits: took("award"), edit: forAnother("award"), Nudge: "Money is not the only thing that a customer gets, or loses."},
		{
			Fits: took("assign"), edit: func(o *Order) { o.of("assign").For = o.Restaurant + " to " + another(o) },
			Nudge: "Look at what the other services write down as whom they did it for.",
		},
	}},
}

// Broken returns an order that is as good as o but for this.
func (w Way) Broken(o Order) Order {
	o.Rows = slices.Clone(o.Rows)
	w.edit(&o)
	return o
}

// Breaks lists the promises of the given checker that an order breaks.
func Breaks(o Order) (names []string) {
	h := o.History()
	for _, name := range slices.Sorted(maps.Keys(given.Promises)) {
		if given.Promises[name].Broken(h.Order, h.Rows) != "" {
			names = append(names, name)
		}
	}
	return names
}

// What orders are there, and how they are edited.

func (o *Order) of(action string) *kit.Row {
	if i := o.Rows.Place(action); i >= 0 {
		return &o.Rows[i]
	}
	return &kit.Row{}
}

func all(these ...func(Order) bool) func(Order) bool {
	return func(o Order) bool {
		return !slices.ContainsFunc(these, func(one func(Order) bool) bool { return !one(o) })
	}
}

func cancelled(o Order) bool { return o.Rows.Of("status-cancelled").TookEffect() }
func completed(o Order) bool { return o.Rows.Of("status-completed").TookEffect() }

func took(action string) func(Order) bool {
	return func(o Order) bool { return o.Rows.Of(action).TookEffect() }
}

func did(action string) func(Order) bool {
	return func(o Order) bool { return o.Rows.Of(action).Outcome == "done" }
}

// lateOrNever moves a row behind its undo, or drops it.
func lateOrNever(action, undo string) func(*Order) {
	return func(o *Order) {
		if len(o.Rows)%2 == 0 {
			drop(action)(o)
		} else {
			move(action, undo)(o)
		}
	}
}

func overtaken(action string) func(Order) bool {
	return func(o Order) bool { return o.Rows.Of(action).Overtaken() }
}

func none(action string) func(Order) bool {
	return func(o Order) bool { return o.Rows.Place(action) < 0 }
}

// inTurn is for orders in which both were done, one after the other.
func inTurn(first, then string) func(Order) bool {
	return func(o Order) bool {
		return o.Rows.Of(first).TookEffect() && did(then)(o) && o.Rows.Place(first) < o.Rows.Place(then)
	}
}

func worth(points int64) func(Order) bool {
	return func(o Order) bool { return int64(o.Points()) >= points }
}

func edits(these ...func(*Order)) func(*Order) {
	return func(o *Order) {
		for _, edit := range these {
			edit(o)
		}
	}
}

func drop(action string) func(*Order) {
	return func(o *Order) {
		o.Rows = slices.DeleteFunc(o.Rows, func(r kit.Row) bool { return r.Action == action })
	}
}

// put takes the row of an action to where another's is, or right behind it.
func put(action, to string, behind int) func(*Order) {
	return func(o *Order) {
		row := *o.of(action)
		drop(action)(o)
		o.Rows = slices.Insert(o.Rows, o.Rows.Place(to)+behind, row)
	}
}

func move(action, behind string) func(*Order) { return put(action, behind, 1) }
func ahead(action, of string) func(*Order)    { return put(action, of, 0) }

// done makes a blocked call one that was done.
func done(action string, whom func(*Order) string) func(*Order) {
	return func(o *Order) {
		r := o.of(action)
		r.Outcome, r.Reason, r.For = "done", "", whom(o)
	}
}

func award(o *Order) { o.of("award").Amount = int64(o.Points()) }

func undid(action string) func(*Order) {
	return func(o *Order) { o.of(action).Reason, o.of(action).For = "", ticketOf(o) }
}

func nothingToUndo(action string) func(*Order) {
	return func(o *Order) { o.of(action).Reason, o.of(action).Amount = "nothing_to_undo", 0 }
}

// add puts a new row, done for the customer, behind one that is there.
func add(behind, service, action string) func(*Order) {
	return func(o *Order) {
		row := kit.Row{Service: service, Action: action, Outcome: "done", For: o.Customer}
		o.Rows = slices.Insert(o.Rows, o.Rows.Place(behind)+1, row)
	}
}

func forAnother(action string) func(*Order) {
	return func(o *Order) { o.of(action).For = another(o) }
}

// another is a customer who has not ordered this, and not always the same one.
func another(o *Order) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(o.Customer, "customer-"))
	return fmt.Sprintf("customer-%03d", 1+(n+136)%400)
}

// ticketOf is what the kitchen reads of an order.
func ticketOf(o *Order) string {
	var dishes []string
	for _, it := range o.Items {
		dishes = append(dishes, fmt.Sprintf("%d %s", it.Quantity, it.Dish))
	}
	return o.Restaurant + ": " + strings.Join(dishes, ", ")
}

// bugsGiven are edits that the given checker finds, each by one of its promises.
var bugsGiven = map[string]func(draw *rand.Rand, o *Order){
	"once": func(draw *rand.Rand, o *Order) {
		r := o.Rows[draw.IntN(len(o.Rows))]
		o.Rows = slices.Insert(o.Rows, o.Rows.Place(r.Action)+1+draw.IntN(len(o.Rows)-o.Rows.Place(r.Action)), r)
	},
	"one-end": func(_ *rand.Rand, o *Order) {
		drop("status-completed")(o)
		drop("status-cancelled")(o)
	},
	"complete": func(draw *rand.Rand, o *Order) {
		if completed(*o) {
			drop([]string{"charge", "confirm", "assign"}[draw.IntN(3)])(o)
		}
	},
	"not-delivered": func(_ *rand.Rand, o *Order) {
		if !cancelled(*o) || o.Rows.Place("confirm") < 0 {
			return
		}
		drop("assign")(o)
		add("confirm", "delivery", "assign")(o)
		o.of("assign").For = o.Restaurant + " to " + o.Customer
	},
}

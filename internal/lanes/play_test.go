package lanes_test

import (
	"fmt"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lanes"
	"github.com/sagabench/sagabench/internal/story"
	"github.com/sagabench/sagabench/internal/stuck"
)

// A play makes the evidence of an order as an engine would have left it. Times are in ms
// since the order was due, which was a second after its cell began.
type play struct {
	e    lanes.Evidence
	rows []food.Row
	n    int // events of the history
}

var began = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const order = "lunch-1"

func newPlay(style string) *play {
	o := record.Order{
		Cell: "lunch-" + style + "-1", Style: style, ID: order, Customer: "customer-7", Restaurant: "Golden Wok",
		Items: "2*1090 Mapo tofu;1*870 Fried rice", Due: 1000, Sent: 0.1, Accept: 0.6, Decision: never, Settled: never,
	}
	return &play{e: lanes.Evidence{Style: style, Place: o.Cell, Start: began, Placed: &o, Story: &story.Story{Order: order}}}
}

func (p *play) clock(ms float64) time.Time { return began.Add(time.Second + time.Duration(ms*1e6)) }

// call is an attempt that was noted.
func (p *play) call(a food.Action, attempt int, at float64) {
	p.e.Calls = append(p.e.Calls, record.Call{Cell: p.e.Place, Order: order, Service: string(of(a)), Action: string(a), Attempt: attempt, At: 1000 + at})
}

// row is what the ledger has.
func (p *play) row(a food.Action, o food.Outcome, reason string, attempt int, at float64) {
	amount := int64(0)
	if o == food.Done && (a == food.Charge || a == food.Refund) {
		amount = 3050
	}
	p.e.Rows = append(p.e.Rows, record.Effect{
		Cell: p.e.Place, Order: order, Seq: int64(len(p.e.Rows) + 1), Service: string(of(a)), Action: string(a), Outcome: string(o),
		Reason: reason, Amount: amount, Attempt: attempt, At: 1000 + at - 0.1, Committed: 1000 + at,
	})
	p.rows = append(p.rows, food.Row{Order: order, Service: of(a), Action: a, Outcome: o, Reason: reason, Amount: food.Cents(amount), Attempt: attempt})
}

// fault is one that fired.
func (p *play) fault(rule, kind string, a food.Action, attempt int, at float64) {
	p.e.Faults = append(p.e.Faults, record.Fault{Cell: p.e.Place, Rule: rule, Kind: kind, Order: order, Service: string(of(a)), Action: string(a), Attempt: attempt, At: p.clock(at)})
}

// event is a message of the choreography, and what it reports.
func (p *play) event(kind, cause, by string, a food.Action, o food.Outcome, at float64) {
	id := func(kind string) string {
		if kind == "" {
			return ""
		}
		return order + "." + kind
	}
	p.moment(story.Moment{At: p.clock(at), ID: id(kind), Cause: id(cause), What: kind, By: by, Call: a, Outcome: o})
}

func (p *play) moment(m story.Moment) { p.e.Story.Moments = append(p.e.Story.Moments, m) }

// history adds an event of a workflow's history, and returns its id.
func (p *play) history(m story.Moment, at float64) string {
	p.n++
	m.At, m.ID = p.clock(at), fmt.Sprintf("place.%d", p.n)
	p.moment(m)
	return m.ID
}

// task is a workflow task.
func (p *play) task(cause string, from, to float64) string {
	id := p.history(story.Moment{What: "WorkflowTaskScheduled", By: "server", Cause: cause}, from)
	id = p.history(story.Moment{What: "WorkflowTaskStarted", By: "workflow", Cause: id}, from+0.2)
	return p.history(story.Moment{What: "WorkflowTaskCompleted", By: "workflow", Cause: id}, to)
}

// activity is a call that a workflow task asks for, with its last attempt and its row.
func (p *play) activity(task string, a food.Action, o food.Outcome, reason string, attempt int, asked, at, end float64) string {
	id := p.history(story.Moment{What: "ActivityTaskScheduled", By: "workflow", Cause: task, Call: a}, asked)
	p.call(a, attempt, at)
	p.row(a, o, reason, attempt, end)
	id = p.history(story.Moment{What: "ActivityTaskStarted", By: string(of(a)), Cause: id, Call: a, Attempt: attempt}, at-0.3)
	return p.history(story.Moment{What: "ActivityTaskCompleted", By: string(of(a)), Cause: id, Call: a, Attempt: attempt, Outcome: o, Detail: reason}, end+1)
}

// done is a call of the choreography, and its row.
func (p *play) done(a food.Action, at float64) {
	p.call(a, 1, at)
	p.row(a, food.Done, "", 1, at+0.8)
}

// ends fills in what the harness noted of the order's end.
func (p *play) ends(decided, settled float64) *play {
	p.e.Placed.Decision, p.e.Placed.Settled = decided, settled
	return p
}

func (p *play) evidence() lanes.Evidence {
	p.e.Stuck = stuck.Order{ID: order, Rows: p.rows, Waits: p.e.Stuck.Waits}
	return p.e
}

func of(a food.Action) food.Service {
	for s, all := range food.Actions {
		for _, b := range all {
			if a == b {
				return s
			}
		}
	}
	panic(a)
}

// begin is how every order of the choreography begins: it is placed and charged.
func choreography() *play {
	p := newPlay(record.Choreography)
	p.event("order_placed", "", "customer", "", "", 0.4)
	p.done(food.Charge, 0.9)
	p.event("payment_success", "order_placed", "payment", food.Charge, food.Done, 2)
	return p
}

// confirmed goes on to the restaurant and what may go on beside the search for a partner.
func (p *play) confirmed() *play {
	p.done(food.Confirm, 2.4)
	p.event("restaurant_confirmed_order", "payment_success", "restaurant", food.Confirm, food.Done, 3.6)
	p.done(food.StatusConfirmed, 4)
	p.done(food.MailConfirmed, 4.1)
	p.done(food.Award, 4.2)
	return p
}

func orchestration() *play {
	p := newPlay(record.Orchestration)
	begun := p.history(story.Moment{What: "WorkflowExecutionStarted", By: "customer", Detail: "PlaceOrder"}, 1.1)
	task := p.task(begun, 1.1, 4)
	p.task(p.activity(task, food.Charge, food.Done, "", 1, 4, 7, 8.5), 9.5, 12)
	return p
}

// last is the id of the last event of the history.
func (p *play) last() string { return fmt.Sprintf("place.%d", p.n) }

func (p *play) confirmedByWorkflow() *play {
	p.task(p.activity(p.last(), food.Confirm, food.Done, "", 1, 12, 15, 16), 17, 20)
	task := p.last()
	p.activity(task, food.StatusConfirmed, food.Done, "", 1, 20, 23, 24)
	p.activity(task, food.MailConfirmed, food.Done, "", 1, 20, 23.2, 24.3)
	p.activity(task, food.Award, food.Done, "", 1, 20, 23.5, 24.6)
	return p
}

func completed() []lanes.Evidence {
	c := choreography().confirmed()
	c.done(food.Assign, 4.3)
	c.event("delivery_partner_assigned", "restaurant_confirmed_order", "delivery", food.Assign, food.Done, 5.5)
	c.done(food.StatusCompleted, 6)
	c.done(food.MailPartnerAssigned, 6.1)
	o := orchestration().confirmedByWorkflow()
	o.task(o.activity("place.16", food.Assign, food.Done, "", 1, 20, 23.8, 25), 26, 29)
	task := o.last()
	o.activity(task, food.StatusCompleted, food.Done, "", 1, 29, 32, 33)
	o.task(o.activity(task, food.MailPartnerAssigned, food.Done, "", 1, 29, 32, 33), 34, 37)
	return []lanes.Evidence{c.ends(6.8, 6.9).evidence(), o.ends(33, 33).evidence()}
}

// refused has every compensation: there is no delivery partner.
func refused() []lanes.Evidence {
	const reason, rule = "nobody is free", "delivery.assign:refuse@35%"
	c := choreography().confirmed()
	c.call(food.Assign, 1, 4.3)
	c.fault(rule, "refuse", food.Assign, 1, 4.3)
	c.row(food.Assign, food.Refused, reason, 1, 5)
	c.event("delivery_partner_unavailable", "restaurant_confirmed_order", "delivery", food.Assign, food.Refused, 5.4)
	c.done(food.Refund, 6)
	c.done(food.CancelTicket, 6.1)
	c.done(food.Revoke, 6.2)
	c.done(food.StatusCancelled, 6.2)
	c.done(food.MailCancelled, 6.3)
	c.event("payment_reversed", "delivery_partner_unavailable", "payment", food.Refund, food.Done, 7.1)
	c.done(food.MailRefunded, 7.6)
	o := orchestration().confirmedByWorkflow()
	o.fault(rule, "refuse", food.Assign, 1, 23.8)
	o.task(o.activity("place.16", food.Assign, food.Refused, reason, 1, 20, 23.8, 25), 26, 29)
	task := o.last()
	o.activity(task, food.Refund, food.Done, "", 1, 29, 32, 33)
	o.activity(task, food.CancelTicket, food.Done, "", 1, 29, 32.2, 33.2)
	o.activity(task, food.Revoke, food.Done, "", 1, 29, 32.3, 33.3)
	one := o.activity(task, food.StatusCancelled, food.Done, "", 1, 29, 32.5, 33.6)
	other := o.activity(task, food.MailCancelled, food.Done, "", 1, 29, 32.6, 33.7)
	task = o.task("", 35, 37)
	o.activity(task, food.MailRefunded, food.Done, "", 1, 37, 40, 41)
	o.e.Story.Notes = []string{one + ", " + other + " were new before " + task + ": which of them led to its decisions is not recorded"}
	return []lanes.Evidence{c.ends(6.9, 8.4).evidence(), o.ends(33.5, 41).evidence()}
}

// retried fails twice and loses a reply.
func retried() []lanes.Evidence {
	c := choreography()
	for n, at := range []float64{2.4, 103, 304} {
		c.call(food.Confirm, n+1, at)
		if n < 2 {
			c.fault("restaurant.confirm:fail(2)@20%", "fail", food.Confirm, n+1, at)
		}
	}
	c.row(food.Confirm, food.Done, "", 3, 305)
	c.event("restaurant_confirmed_order", "payment_success", "restaurant", food.Confirm, food.Done, 305.6)
	c.done(food.StatusConfirmed, 306)
	c.done(food.MailConfirmed, 306)
	c.done(food.Award, 306.2)
	c.call(food.Award, 2, 4310)
	c.fault("loyalty.award:lose-reply@20%", "lose-reply", food.Award, 1, 306.2)
	c.done(food.Assign, 306)
	c.event("delivery_partner_assigned", "restaurant_confirmed_order", "delivery", food.Assign, food.Done, 307)
	c.done(food.StatusCompleted, 308)
	c.done(food.MailPartnerAssigned, 308)
	return []lanes.Evidence{c.ends(308.8, 308.9).evidence()}
}

// cancelled is taken back because the customer wants that.
func cancelled() []lanes.Evidence {
	c := choreography().confirmed()
	c.event("cancellation_requested", "", "customer", "", "", 4.2)
	c.done(food.Cancel, 4.4)
	c.event("order_cancelled", "cancellation_requested", "delivery", food.Cancel, food.Done, 5.4)
	c.row(food.Assign, food.Blocked, food.Undone, 1, 5.2)
	c.done(food.Refund, 6)
	c.done(food.CancelTicket, 6)
	c.done(food.Revoke, 6)
	c.event("payment_reversed", "order_cancelled", "payment", food.Refund, food.Done, 7)
	c.done(food.StatusCancelled, 6.2)
	c.done(food.MailCancelled, 6.3)
	c.done(food.MailRefunded, 7.5)
	return []lanes.Evidence{c.ends(7, 8.3).evidence()}
}

// escalated can't be refunded, after many attempts.
func escalated() []lanes.Evidence {
	c := choreography()
	c.call(food.Confirm, 1, 2.4)
	c.row(food.Confirm, food.Refused, "closed", 1, 3)
	c.event("restaurant_order_confirmation_failed", "payment_success", "restaurant", food.Confirm, food.Refused, 3.4)
	at := 4.0
	for n := range 12 {
		c.call(food.Refund, n+1, at)
		c.fault("payment.refund:fail@100%", "fail", food.Refund, n+1, at)
		at += 200
	}
	c.row(food.Refund, food.Blocked, food.GaveUp, 12, at)
	c.event("payment_reversal_failed", "restaurant_order_confirmation_failed", "payment", food.Refund, food.Blocked, at+1)
	c.done(food.StatusCancelled, 4)
	c.done(food.MailCancelled, 4)
	c.done(food.MailEscalated, at+2)
	c.e.Stuck.Waits = []stuck.Wait{{Service: food.Payment, Call: food.Refund, Since: c.clock(at), Attempt: 12, Who: stuck.Person, Why: "it was rejected: gave_up"}}
	return []lanes.Evidence{c.ends(4.8, never).evidence()}
}

// waiting has lost its refund, and breaks an invariant by that.
func waiting() []lanes.Evidence {
	c := choreography()
	c.call(food.Confirm, 1, 2.4)
	c.row(food.Confirm, food.Refused, "closed", 1, 3)
	c.event("restaurant_order_confirmation_failed", "payment_success", "restaurant", food.Confirm, food.Refused, 3.4)
	c.done(food.StatusCancelled, 4)
	c.done(food.MailCancelled, 4)
	c.e.Breaks = []string{"refunded-once: charged 30.50 and cancelled, and no refund came"}
	c.e.Stuck.Waits = []stuck.Wait{{Call: food.Refund, Since: c.clock(4.8), Who: stuck.Unknown, Why: "it has no row, and no attempt at it was noted"}}
	return []lanes.Evidence{c.ends(4.8, never).evidence()}
}

// unkept is the refused order without what the engines kept.
func unkept() []lanes.Evidence {
	all := refused()
	for i := range all {
		all[i].Story = nil
	}
	return all
}

// live is the refused order as servers have it: no ledger, no calls, no faults.
func live() []lanes.Evidence {
	all := refused()
	for i, e := range all {
		all[i] = lanes.Evidence{Style: e.Style, Place: "food-lunch", Story: e.Story, Stuck: e.Stuck}
	}
	return all
}

var plays = map[string]func() []lanes.Evidence{
	"completed": completed, "refused": refused, "retried": retried, "cancelled": cancelled,
	"escalated": escalated, "waiting": waiting, "unkept": unkept, "live": live,
}

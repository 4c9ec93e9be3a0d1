package invariant_test

import (
	"fmt"
	"math"
	"slices"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// This file plays orders by the book: a ledger and a flow in miniature, written
// for the tests, so that good histories take nothing from the code under test or
// to the services.

// endings lists every way in which an order ends: the call that is refused, and how.
var endings = []struct{ name, no, how string }{
	{"completed", "", ""},
	{"payment_declined", "charge", "refused"},
	{"payment_declined", "charge", "gave_up"},
	{"restaurant_failed", "confirm", "refused"},
	{"restaurant_failed", "confirm", "gave_up"},
	{"no_partner", "assign", "refused"},
	{"no_partner", "assign", "gave_up"},
}

// next lists what each row sets off.
var next = map[string][]string{
	"charge done":  {"confirm"},
	"charge no":    {"status-cancelled", "mail-payment-failed"},
	"confirm done": {"assign", "award", "status-confirmed", "mail-confirmed"},
	"confirm no":   {"refund", "status-cancelled", "mail-cancelled"},
	"assign done":  {"status-completed", "mail-partner-assigned"},
	"assign no":    {"refund", "cancel-ticket", "revoke", "status-cancelled", "mail-cancelled"},
	"refund done":  {"mail-refunded"},
}

var (
	undoes    = map[string]string{"refund": "charge", "cancel-ticket": "confirm", "revoke": "award"}
	overtaken = map[string][]string{
		"status-confirmed": {"status-cancelled", "status-completed"},
		"mail-confirmed":   {"mail-cancelled"},
	}
	doers = map[string]string{
		"charge": "payment", "refund": "payment", "confirm": "restaurant", "cancel-ticket": "restaurant", "assign": "delivery",
		"award": "loyalty", "revoke": "loyalty", "status-confirmed": "order", "status-completed": "order", "status-cancelled": "order",
	}
)

// play takes one order from its placing to its end. The calls that could come
// next race with each other, and pick chooses which of n wins.
func play(id string, total int64, no, how string, pick func(n int) int) invariant.History {
	h := invariant.History{Offered: true, Order: record.Order{
		ID: id, Customer: "customer of " + id, Total: total,
		Sent: 0.1, Accept: 1,
	}}
	for _, e := range endings {
		if e.no == no {
			h.Order.Outcome = e.name
		}
	}
	todo := []string{"charge"}
	for len(todo) > 0 {
		i := pick(len(todo))
		action := todo[i]
		todo = slices.Delete(todo, i, i+1)
		if find(h.Rows, action) >= 0 {
			continue // absorbed
		}
		outcome := "done"
		if action == no {
			outcome = "no"
			refuse(&h, action, how)
		} else {
			do(&h, action)
		}
		todo = append(todo, next[action+" "+outcome]...)
	}
	clock(&h)
	return h
}

// clock commits a row each millisecond and reads the stopwatch.
func clock(h *invariant.History) {
	var no, undone, refunded = math.NaN(), math.NaN(), math.NaN()
	for i := range h.Rows {
		r := &h.Rows[i]
		r.Committed = h.Order.Due + float64(i+1)
		switch {
		case len(h.Faults) > 0 && r.Action == h.Faults[0].Action:
			no = r.Committed
		case r.Action == "status-completed", r.Action == "status-cancelled":
			h.Order.Decision = float64(i + 1)
		case undoes[r.Action] != "" && r.Reason != "nothing_to_undo":
			undone = r.Committed
			if r.Action == "refund" {
				refunded = r.Committed
			}
		}
	}
	h.Order.Settled = float64(len(h.Rows))
	h.Order.Compensation, h.Order.Inconsistent = undone-no, refunded-no
}

// refuse records a refusal, or a call that was given up, and the fault behind it.
func refuse(h *invariant.History, action, how string) {
	r := effect(h, action, "refused", "kitchen closed", 0)
	f := record.Fault{Order: r.Order, Service: r.Service, Action: action, Attempt: 1, Kind: "refuse", Rule: ruleFor(action, how)}
	if how == "gave_up" {
		r.Outcome, r.Reason, r.Attempt = "blocked", how, 8
		f.Kind, f.Attempt = "fail", 8
	}
	h.Rows, h.Faults = append(h.Rows, r), append(h.Faults, f)
}

func ruleFor(action, how string) string {
	if how == "gave_up" {
		return fmt.Sprintf("%s.%s:fail(8)@10%%", doers[action], action)
	}
	return fmt.Sprintf("%s.%s:refuse@10%%", doers[action], action)
}

// do records what a ledger with a barrier records.
func do(h *invariant.History, action string) {
	amount := map[string]int64{"charge": h.Order.Total, "award": h.Order.Total / 100}[action]
	if forward, undo := undoes[action]; undo {
		at := find(h.Rows, forward)
		if at < 0 || h.Rows[at].Outcome != "done" {
			if at < 0 {
				h.Rows = append(h.Rows, effect(h, forward, "blocked", "undone", 0))
			}
			h.Rows = append(h.Rows, effect(h, action, "done", "nothing_to_undo", 0))
			return
		}
		amount = h.Rows[at].Amount
	}
	for _, b := range overtaken[action] {
		if find(h.Rows, b) >= 0 {
			h.Rows = append(h.Rows, effect(h, action, "blocked", "undone", 0))
			return
		}
	}
	h.Rows = append(h.Rows, effect(h, action, "done", "", amount))
}

func effect(h *invariant.History, action, outcome, reason string, amount int64) record.Effect {
	service := doers[action]
	if service == "" {
		service = "notification"
	}
	return record.Effect{Order: h.Order.ID, Service: service, Action: action, Outcome: outcome, Reason: reason, Amount: amount, Attempt: 1}
}

func find(rows []record.Effect, action string) int {
	return slices.IndexFunc(rows, func(e record.Effect) bool { return e.Action == action })
}

// first lets calls happen in the order in which they were set off.
func first(int) int { return 0 }

// last lets the newest call win every race.
func last(n int) int { return n - 1 }

// rush lets a decision overtake all that it makes pointless.
func rush(n int) int {
	if n == 4 { // the search for a partner and what runs beside it
		return 0
	}
	return n - 1
}

// orders plays one order of each ending.
func orders(pick func(int) int) (all []invariant.History) {
	for i, e := range endings {
		all = append(all, play(fmt.Sprintf("o-%d", i), int64(1090+100*i), e.no, e.how, pick))
	}
	return all
}

// planned is a cell in which all that orders plays was planned.
func planned() record.Cell {
	c := record.Cell{ID: "c", Style: "choreography", Scenario: "s", Repeat: 1, Window: 10, Drained: true}
	for _, e := range endings[1:] {
		c.Faults = append(c.Faults, ruleFor(e.no, e.how))
	}
	return c
}

// number gives the rows of a cell their seq, as if one order came after another.
func number(all []invariant.History) {
	seq := int64(0)
	for _, h := range all {
		for i := range h.Rows {
			seq++
			h.Rows[i].Seq = seq
		}
	}
}

// judge checks a cell.
func judge(c record.Cell, all []invariant.History) invariant.CellJudgement {
	number(all)
	checker := invariant.NewChecker(c)
	for _, h := range all {
		checker.Order(h)
	}
	return checker.Judgement()
}

// broken lists the invariants that did not hold.
func broken(counts []invariant.Count) (names []string) {
	for _, c := range counts {
		if c.Broken > 0 {
			names = append(names, c.Invariant)
		}
	}
	return names
}

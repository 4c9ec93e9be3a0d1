package invariant_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// This file plays orders by the book: a ledger, a flow and a lottery in miniature,
// written for the tests, so that good histories take nothing from the code under
// test or from the services.

// endings lists every way in which an order ends: the call that is rejected, and how.
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

// began is when every cell begins.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// The policy, in ms.
var retry = record.Retry{Attempts: 8, FirstBackoff: 100, MaxBackoff: 2000, CallTimeout: 4000, Redelivery: 5000}

// the run that cells are of.
var theRun = record.Run{Seed: 1, Retry: retry}

// play takes one order from its placing to its end. The calls that could come
// next race with each other, and pick chooses which of n wins. The order's id begins
// with name, and is one that the lottery draws for that end.
func play(name string, total int64, no, how string, pick func(n int) int) invariant.History {
	h := invariant.History{Offered: true, Order: record.Order{
		ID: drawnFor(name, no, how), Customer: "customer of " + name, Restaurant: "Da Mario",
		Items: fmt.Sprintf("1*%d Margherita;2*100 Cola", total-200), Sent: 0.1, Accept: 1,
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
			reject(&h, action, how)
		} else {
			do(&h, action, total)
		}
		todo = append(todo, next[action+" "+outcome]...)
	}
	clock(&h)
	return h
}

// drawnFor is the first id that the rules of planned draw for an end and no other.
func drawnFor(name, no, how string) string {
	for k := 0; ; k++ {
		id := fmt.Sprintf("%s-%d", name, k)
		fits := true
		for _, e := range endings[1:] {
			fits = fits && lottery(ruleFor(e.no, e.how), id, e.no) == (e.no == no && e.how == how)
		}
		if fits {
			return id
		}
	}
}

// lottery reports whether a rule of 10 % draws an order.
func lottery(rule, order, action string) bool {
	sum := sha256.Sum256([]byte(fmt.Sprintf("1\n%s\n%s\n%s", rule, order, action)))
	return float64(binary.BigEndian.Uint64(sum[:])>>11)/(1<<53) < 0.1
}

// clock commits a row each 10 ms, each called 5 ms before, and reads the stopwatch.
// What was given up was called for eight times before that.
func clock(h *invariant.History) {
	h.Calls = nil
	var no, undone, refunded = math.NaN(), math.NaN(), math.NaN()
	at := h.Order.Due
	for i := range h.Rows {
		r := &h.Rows[i]
		at += 10
		if r.Reason == "gave_up" {
			at = failEight(h, at, r)
		} else if r.Reason != "undone" || overtaken[r.Action] != nil {
			called := at - 5
			if i > 0 && h.Rows[i-1].Reason == "undone" && h.Rows[i-1].Action == undoes[r.Action] {
				called = at - 15 // it wrote the block as well
			}
			h.Calls = append(h.Calls, call(r, 1, called))
		}
		r.At, r.Committed = at, at
		switch {
		case len(h.Faults) > 0 && r.Action == h.Faults[0].Action:
			no = r.Committed
		case r.Action == "status-completed", r.Action == "status-cancelled":
			h.Order.Decision = at - h.Order.Due
		case undoes[r.Action] != "" && r.Reason != "nothing_to_undo":
			undone = r.Committed
			if r.Action == "refund" {
				refunded = r.Committed
			}
		}
	}
	for i := range h.Faults {
		if f := &h.Faults[i]; f.Kind == "refuse" {
			k := slices.IndexFunc(h.Calls, func(c record.Call) bool { return c.Action == f.Action })
			f.At = moment(h.Calls[k].At + 1)
		}
	}
	slices.SortStableFunc(h.Calls, func(a, b record.Call) int { return int(a.At - b.At) })
	h.Order.Settled = at - h.Order.Due
	h.Order.Compensation, h.Order.Inconsistent = undone-no, refunded-no
}

// failEight makes eight attempts with the back-off between them, and returns when
// the call was given up.
func failEight(h *invariant.History, at float64, r *record.Effect) float64 {
	wait := retry.FirstBackoff
	for n := 1; n <= 8; n++ {
		h.Calls = append(h.Calls, call(r, n, at))
		for i := range h.Faults {
			if f := &h.Faults[i]; f.Action == r.Action && f.Attempt == n {
				f.At = moment(at + 1)
			}
		}
		if n < 8 {
			at += 1 + wait
			wait = min(2*wait, retry.MaxBackoff)
		}
	}
	return at + 2
}

func moment(ms float64) time.Time { return began.Add(time.Duration(ms * 1e6)) }

func call(r *record.Effect, attempt int, at float64) record.Call {
	return record.Call{Order: r.Order, Service: r.Service, Action: r.Action, Attempt: attempt, At: at}
}

// reject records a refusal, or a call that was given up, and the faults behind it.
func reject(h *invariant.History, action, how string) {
	r := effect(h, action, "refused", "kitchen closed", 0)
	f := record.Fault{Order: r.Order, Service: r.Service, Action: action, Attempt: 1, Kind: "refuse", Rule: ruleFor(action, how)}
	h.Faults = append(h.Faults, f)
	if how == "gave_up" {
		r.Outcome, r.Reason, r.Attempt, r.For = "blocked", how, 8, ""
		h.Faults[0].Kind = "fail"
		for n := 2; n <= 8; n++ {
			f.Kind, f.Attempt = "fail", n
			h.Faults = append(h.Faults, f)
		}
	}
	h.Rows = append(h.Rows, r)
}

func ruleFor(action, how string) string {
	if how == "gave_up" {
		return fmt.Sprintf("%s.%s:fail(8)@10%%", doers[action], action)
	}
	return fmt.Sprintf("%s.%s:refuse@10%%", doers[action], action)
}

// do records what a ledger with a barrier records.
func do(h *invariant.History, action string, total int64) {
	amount := map[string]int64{"charge": total, "award": total / 100}[action]
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
	whom := h.Order.Customer
	switch {
	case outcome == "blocked":
		whom = ""
	case service == "restaurant":
		whom = "Da Mario: 1 Margherita, 2 Cola"
	case service == "delivery":
		whom = "Da Mario to " + h.Order.Customer
	}
	return record.Effect{Order: h.Order.ID, Service: service, Action: action, Outcome: outcome, Reason: reason, For: whom, Amount: amount, Attempt: 1}
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
	c := record.Cell{
		ID: "c", Style: "choreography", Scenario: "s", Repeat: 1, Started: began, Window: 10, Drained: true,
		DrainEnd: 20_000, Busy: new(float64), LeftOver: map[string]float64{"pending": 0},
	}
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

// judge checks a cell of the run.
func judge(c record.Cell, all []invariant.History) invariant.CellJudgement {
	number(all)
	checker := invariant.NewChecker(theRun, c)
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

package invariant_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// This file plays orders by the book: a ledger, a flow and a lottery in miniature,
// written for the tests, so that good histories take nothing from the code under
// test or from the services.

// endings lists every way in which an order ends: what is rejected, and how. "cancel" is
// that its customer cancels, and an order that wins against that is completed.
var endings = []struct{ name, no, how string }{
	{"completed", "", ""},
	{"payment_declined", "charge", "refused"},
	{"payment_declined", "charge", "gave_up"},
	{"restaurant_failed", "confirm", "refused"},
	{"restaurant_failed", "confirm", "gave_up"},
	{"no_partner", "assign", "refused"},
	{"no_partner", "assign", "gave_up"},

	{"customer_cancelled", "cancel", ""},
	{"payment_declined", "cancel charge", "refused"},
	{"restaurant_failed", "cancel confirm", "refused"},
	{"no_partner", "cancel assign", "refused"},
	{"escalated", "confirm refund", "refused"},
	{"escalated", "assign cancel-ticket revoke", "refused"},
	{"escalated", "assign cancel-ticket", "gave_up"},
	{"escalated", "cancel refund", "refused"},
	{"escalated", "cancel refund", "gave_up"},
}

// next lists what each row sets off.
var next = map[string][]string{
	"charge done":      {"confirm"},
	"charge no":        {"status-cancelled", "mail-payment-failed"},
	"confirm done":     {"assign", "award", "status-confirmed", "mail-confirmed"},
	"confirm no":       {"refund", "status-cancelled", "mail-cancelled"},
	"assign done":      {"status-completed", "mail-partner-assigned"},
	"assign no":        {"refund", "cancel-ticket", "revoke", "status-cancelled", "mail-cancelled"},
	"cancel done":      {"refund", "cancel-ticket", "revoke", "status-cancelled", "mail-cancelled"},
	"refund done":      {"mail-refunded"},
	"refund no":        {"mail-escalated"},
	"cancel-ticket no": {"mail-escalated"},
	"revoke no":        {"mail-escalated"},
}

var (
	undoes    = map[string]string{"refund": "charge", "cancel-ticket": "confirm", "revoke": "award"}
	closes    = map[string]string{"refund": "charge", "cancel-ticket": "confirm", "revoke": "award", "cancel": "assign"}
	overtaken = map[string][]string{
		"status-confirmed": {"status-cancelled", "status-completed"},
		"mail-confirmed":   {"mail-cancelled"},
	}
	doers = map[string]string{
		"charge": "payment", "refund": "payment", "confirm": "restaurant", "cancel-ticket": "restaurant", "assign": "delivery", "cancel": "delivery",
		"award": "loyalty", "revoke": "loyalty", "status-confirmed": "order", "status-completed": "order", "status-cancelled": "order", "resolve": "order",
	}
	rejectable = []string{"charge", "confirm", "assign", "refund", "cancel-ticket", "revoke"}
)

// began is when every cell begins.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// The policy, in ms.
var retry = record.Retry{Attempts: 8, UndoAttempts: 10, FirstBackoff: 100, MaxBackoff: 2000, CallTimeout: 4000, Redelivery: 5000}

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
	drawn, todo := strings.Fields(no), []string{"charge"}
	if slices.Contains(drawn, "cancel") {
		todo = append(todo, "cancel")
		h.Faults = append(h.Faults, record.Fault{Order: h.Order.ID, Service: "order", Attempt: 1, Kind: "cancel", Rule: cancelled, At: moment(3)})
	}
	var again []record.Call // of what was called for twice
	for len(todo) > 0 {
		i := pick(len(todo))
		action := todo[i]
		todo = slices.Delete(todo, i, i+1)
		if find(h.Rows, action) >= 0 {
			r := effect(&h, action, "", "", 0)
			again = append(again, call(&r, len(h.Rows), 0))
			continue
		}
		outcome := do(&h, action, total, slices.Contains(drawn, action), how)
		todo = append(todo, next[action+" "+outcome]...)
	}
	clock(&h)
	for _, c := range again {
		absorb(&h, c.Action, h.Rows[c.Attempt-1].At+5, how == "refused" && slices.Contains(drawn, c.Action))
	}
	h.Order.Outcome = outcome(h.Rows)
	return h
}

// absorb makes a call of what has a row already, because something else calls for it as
// well. If the action is drawn to be refused, so is the call.
func absorb(h *invariant.History, action string, at float64, drawn bool) {
	r := h.Rows[find(h.Rows, action)]
	h.Calls = append(h.Calls, call(&r, 1, at))
	if drawn {
		h.Faults = append(h.Faults, record.Fault{
			Order: r.Order, Service: r.Service, Action: action, Attempt: 1, Kind: "refuse", Rule: ruleFor(action, "refused"), At: moment(at + 1),
		})
	}
	slices.SortStableFunc(h.Calls, func(a, b record.Call) int { return int(a.At - b.At) })
}

// outcome is how the rows end an order.
func outcome(rows []record.Effect) string {
	is := func(action string, done bool) bool {
		i := find(rows, action)
		return i >= 0 && (rows[i].Outcome == "done") == done && rows[i].Reason != "undone"
	}
	switch {
	case is("refund", false), is("cancel-ticket", false), is("revoke", false):
		return "escalated"
	case is("charge", false):
		return "payment_declined"
	case is("confirm", false):
		return "restaurant_failed"
	case is("assign", false):
		return "no_partner"
	case is("assign", true):
		return "completed"
	}
	return "customer_cancelled"
}

// cancelled is the rule by which customers cancel.
const cancelled = "order:cancel@10%+2ms"

// drawnFor is the first id that the rules of planned draw for an end and no other.
func drawnFor(name, no, how string) string {
	key := name + ":" + no + ":" + how
	for k := 0; ids[key] == ""; k++ {
		if id := fmt.Sprintf("%s-%d", name, k); fits(id, strings.Fields(no), how) {
			ids[key] = id
		}
	}
	return ids[key]
}

// ids keeps what was found: it takes some thousand drawings.
var ids = map[string]string{}

func fits(id string, drawn []string, how string) bool {
	if lottery(cancelled, id, "") != slices.Contains(drawn, "cancel") {
		return false
	}
	for _, action := range rejectable {
		for _, end := range []string{"refused", "gave_up"} {
			if lottery(ruleFor(action, end), id, action) != (slices.Contains(drawn, action) && how == end) {
				return false
			}
		}
	}
	return true
}

// lottery reports whether a rule of 10 % draws an order.
func lottery(rule, order, action string) bool {
	sum := sha256.Sum256([]byte(fmt.Sprintf("1\n%s\n%s\n%s", rule, order, action)))
	return float64(binary.BigEndian.Uint64(sum[:])>>11)/(1<<53) < 0.1
}

// clock commits a row each 10 ms, each called 5 ms before, and reads the stopwatch.
// What was given up was called for as often as it may be before that.
func clock(h *invariant.History) {
	h.Calls = nil
	var no, undone, refunded, settled = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	at := h.Order.Due
	for i := range h.Rows {
		r := &h.Rows[i]
		at += 10
		if r.Attempt > 1 && r.Reason != "undone" {
			at = failAll(h, at, r)
		} else if r.Reason != "undone" || overtaken[r.Action] != nil || r.Action == "cancel" {
			h.Calls = append(h.Calls, call(r, 1, at-5))
		}
		r.At, r.Committed = at, at
		if i > 0 && h.Rows[i-1].Reason == "undone" && h.Rows[i-1].Action == closes[r.Action] {
			h.Rows[i-1].At, h.Rows[i-1].Committed = at, at // it wrote the block as well
		}
		rejected := r.Outcome != "done" && r.Reason != "undone" && undoes[r.Action] == ""
		switch {
		case math.IsNaN(no) && (rejected || r.Action == "cancel" && r.Outcome == "done"):
			no = r.Committed
		case r.Action == "status-completed", r.Action == "status-cancelled":
			h.Order.Decision = at - h.Order.Due
		case undoes[r.Action] != "" && r.Outcome == "done" && r.Reason != "nothing_to_undo":
			undone = r.Committed
			if r.Action == "refund" {
				refunded = r.Committed
			}
		}
		if !mayBeAbsent(h, r.Action) {
			settled = at
		}
	}
	for i := range h.Faults {
		if f := &h.Faults[i]; f.Kind == "refuse" {
			if k := slices.IndexFunc(h.Calls, func(c record.Call) bool { return c.Action == f.Action }); k >= 0 {
				f.At = moment(h.Calls[k].At + 1)
			}
		}
	}
	slices.SortStableFunc(h.Calls, func(a, b record.Call) int { return int(a.At - b.At) })
	h.Order.Settled = settled - h.Order.Due
	h.Order.Compensation, h.Order.Inconsistent = undone-no, refunded-no
}

// mayBeAbsent reports whether an order has ended whether or not it has the row. A
// customer who cancels need not learn that the order was confirmed, unless it
// was for so long that a partner was looked for.
func mayBeAbsent(h *invariant.History, action string) bool {
	i, k := find(h.Rows, "cancel"), find(h.Rows, "assign")
	cancelled := i >= 0 && h.Rows[i].Outcome == "done" && k >= 0 && h.Rows[k].Reason == "undone"
	return action == "resolve" || cancelled && (action == "status-confirmed" || action == "mail-confirmed")
}

// failAll makes all attempts with the back-off between them, and returns when the call
// was given up.
func failAll(h *invariant.History, at float64, r *record.Effect) float64 {
	wait := retry.FirstBackoff
	for n := 1; n <= r.Attempt; n++ {
		h.Calls = append(h.Calls, call(r, n, at))
		for i := range h.Faults {
			if f := &h.Faults[i]; f.Action == r.Action && f.Attempt == n {
				f.At = moment(at + 1)
			}
		}
		if n < r.Attempt {
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

// attempts is how often a call is tried before it is given up.
func attempts(action string) int {
	if undoes[action] != "" {
		return retry.UndoAttempts
	}
	return retry.Attempts
}

func ruleFor(action, how string) string {
	if how == "gave_up" {
		return fmt.Sprintf("%s.%s:fail(%d)@10%%", doers[action], action, attempts(action))
	}
	return fmt.Sprintf("%s.%s:refuse@10%%", doers[action], action)
}

// do records what a ledger with a barrier records of a call that may be drawn to be
// rejected, and returns what that is followed by: "done", "no" or nothing.
func do(h *invariant.History, action string, total int64, rejected bool, how string) string {
	r := effect(h, action, "done", "", map[string]int64{"charge": total, "award": total / 100}[action])
	if rejected && action != "cancel" {
		reject(h, &r, how)
	}
	if forward, undo := undoes[action]; undo {
		at := find(h.Rows, forward)
		if at < 0 {
			b := effect(h, forward, "blocked", "undone", 0)
			b.Attempt = r.Attempt
			h.Rows = append(h.Rows, b)
		}
		if at < 0 || h.Rows[at].Outcome != "done" {
			r.Outcome, r.Reason = "done", "nothing_to_undo" // whatever it was drawn for
			h.Rows = append(h.Rows, r)
			return ""
		}
		if r.Outcome == "done" {
			r.Amount = h.Rows[at].Amount
		}
	}
	if assigned := find(h.Rows, "assign"); action == "cancel" && assigned < 0 {
		h.Rows = append(h.Rows, effect(h, "assign", "blocked", "undone", 0))
	} else if action == "cancel" && h.Rows[assigned].Outcome == "done" {
		h.Rows = append(h.Rows, effect(h, "cancel", "blocked", "undone", 0))
		return ""
	}
	for _, b := range overtaken[action] {
		if find(h.Rows, b) >= 0 {
			r = effect(h, action, "blocked", "undone", 0)
		}
	}
	h.Rows = append(h.Rows, r)
	if r.Outcome != "done" {
		return "no"
	}
	return "done"
}

// reject makes a row a refusal, or one of a call that was given up, and notes the faults
// behind it.
func reject(h *invariant.History, r *record.Effect, how string) {
	r.Outcome, r.Reason, r.Amount = "refused", "kitchen closed", 0
	f := record.Fault{Order: r.Order, Service: r.Service, Action: r.Action, Attempt: 1, Kind: "refuse", Rule: ruleFor(r.Action, how)}
	if how == "gave_up" {
		r.Outcome, r.Reason, r.Attempt, r.For = "blocked", how, attempts(r.Action), ""
		f.Kind = "fail"
		for ; f.Attempt < r.Attempt; f.Attempt++ {
			h.Faults = append(h.Faults, f)
		}
	}
	h.Faults = append(h.Faults, f)
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
	case action == "assign":
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
	for _, e := range endings {
		for _, action := range strings.Fields(e.no) {
			rule := cancelled
			if action != "cancel" {
				rule = ruleFor(action, e.how)
			}
			if !slices.Contains(c.Faults, rule) {
				c.Faults = append(c.Faults, rule)
			}
		}
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

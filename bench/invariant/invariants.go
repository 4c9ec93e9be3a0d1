package invariant

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An Invariant is a sentence that must be true of every order it is about.
type Invariant struct {
	Name     string
	Sentence string
	TestedBy string // the orders that could have broken it, in words

	// tests reports the same of an order that the sentence is about, see tested.go.
	tests func(h *History) bool

	// judge reports whether the sentence is about this order, and what is wrong
	// with it if it is not true. It is nil where a whole cell is judged.
	judge func(h *History) (about bool, wrong string)
}

// All lists the invariants in the order of every table. The first need only rows,
// and what was ordered; see [OfRows]. The others need calls, faults and the plan.
var All = []Invariant{
	{"settles", "Every accepted order ends, and the ledger gets every entry that its ending calls for. One of which a compensation failed for good ends when the customer knows that a person takes over.",
		"orders that were accepted or left a row", every, everyOrderSettles},
	{"no-stray-rows", "The ledger gets no entry of an order that its ending does not call for.",
		"orders with a row", every, noStrayRows},
	{"as-ordered", "Whatever is done is done for an order that was placed: for its customer, its restaurant and its dishes.",
		"orders with a row", every, asOrdered},
	{"once", "No call takes effect twice; where services know no idempotency keys, no more often than it was made.",
		"orders with a call that reached its service at least twice", reachedTwice, once},
	{"money", "A completed order has paid exactly what its dishes cost; a cancelled one nothing, or it got back all that it was charged, or the refund was rejected and the customer knows that a person takes over.",
		"ended orders that were charged, refunded or completed", movesMoney, moneyIsRight},
	{"goods", "A completed order has its courier, its ticket in the kitchen and its loyalty points; a cancelled one keeps none of them, but where taking it back was rejected, and then the customer knows that a person takes over.",
		"completed orders, and cancelled ones that had been given something", somethingWasGiven, goodsAreRight},
	{"no-stale-news", "Once the app has shown how an order ends it shows nothing else, and once a mail has said that it is off, no mail of progress follows.",
		"orders with an end that was shown or mailed, and news on the way to it", goodNewsIsAround, noStaleNews},
	{"causes-first", "Nothing is done before what it follows from: no cooking before the charge, no refund before a refusal or a cancellation.",
		"orders with a row that needs a cause", hasEffects, causesComeFirst},

	{endsAsDrawn, "Charge, confirm, assign and compensations are refused, or given up after their last attempt, exactly where the plan's lottery says so. Where nothing is to be undone, nothing is rejected.",
		"orders with such a call that was drawn to be refused, or to fail to the end", wasDrawnToEnd, endsAsItWasDrawn},
	{"faults-as-drawn", "Each attempt at a call meets the faults that the plan's lottery draws for it, and no others; customers cancel and submit again the orders that it draws, and no others.",
		"orders that were drawn, or with an attempt that a fault was drawn for", meetsFaults, faultsAsDrawn},
	{callsExplained, "Every effect comes from a call to its service. A call without an answer is made again; any other is not, unless a process died.",
		"orders with a call that was made at least twice", anyCallAgain, callsAreExplained},
	{onTime, "A call comes right after what it follows from, and a repeated one when its back-off, the wait between attempts, is over: never early, and as a rule not much later.",
		"orders with a call", every, callsAreOnTime},
	{nothingLeftOver, "When all orders have settled the engine has nothing left to do: no message, no dead letter, no open or failed workflow.",
		"cells whose engine was asked", nil, nil},
}

// rowsAlone is how many of All need only rows and what was ordered.
var rowsAlone = slices.IndexFunc(All, func(inv Invariant) bool { return inv.Name == endsAsDrawn })

// Names that are needed elsewhere.
const (
	endsAsDrawn     = "ends-as-drawn"
	callsExplained  = "calls-explained"
	onTime          = "on-time"
	nothingLeftOver = "nothing-left-over"
)

// everyOrderSettles is about orders without an answer as well, if they left a
// row: then they were accepted after all.
func everyOrderSettles(h *History) (bool, string) {
	switch {
	case !h.accepted() && !h.judged():
		return false, ""
	case len(h.Rows) == 0:
		return true, "accepted, and not recorded in the ledger"
	case h.ending() == "":
		return true, "no deciding call has ended it"
	case h.settledAt() < 0:
		return true, fmt.Sprintf("%s lacks %s", h.ending(), strings.Join(h.missing(), ", "))
	}
	return true, ""
}

// noStrayRows is about orders that are still open, too: there any ending's rows
// may stand.
func noStrayRows(h *History) (bool, string) {
	ends := h.ending()
	for _, r := range h.rows {
		if !slices.Contains(services[r.Service], r.Action) {
			return true, fmt.Sprintf("%s.%s is no call of that service", r.Service, r.Action)
		}
		called := false
		for entry := range h.calledFor {
			called = called || r.is(entry)
		}
		if !called {
			return true, fmt.Sprintf("%s does not call for %v", cmp.Or(ends, "an open order"), r)
		}
	}
	return h.judged(), ""
}

// asOrdered compares what services wrote down with what the load generator wrote
// down before it placed the order. What was given up is for nobody in particular, also
// where that made it one with nothing to undo.
func asOrdered(h *History) (bool, string) {
	switch {
	case len(h.Rows) == 0:
		return false, ""
	case !h.Offered:
		return true, "the load generator never offered this order"
	case !h.sent():
		return true, "the order was never sent"
	}
	for _, r := range h.rows {
		if want := h.orderedOf(r); r.Outcome != blocked && r.For != want && !(r.Reason == nothingToUndo && r.For == "") {
			return true, fmt.Sprintf("%v is for %q, and the order for %q", r, r.For, want)
		}
	}
	return true, ""
}

// once counts effects in a sound world. In one without keys a call that is made
// again takes effect again: then no more often than it reached its service, and that
// it was made again must be explained, by calls-explained.
func once(h *History) (bool, string) {
	for i := range h.Repeated {
		r := (*row)(&h.Repeated[i])
		if !h.cell.keyless() {
			return true, fmt.Sprintf("a second row of %s: %v", r.Action, r)
		}
		if n, made := h.effects(r.Action), h.reached(r.Action); n > made {
			return true, fmt.Sprintf("%s took effect %d times in %d calls", r.Action, n, made)
		}
		if first := h.of(r.Action); r.Outcome == done && first.Outcome == done && (r.For != first.For || r.Amount != first.Amount) {
			return true, fmt.Sprintf("%s took effect in two ways: %v and %v", r.Action, first, r)
		}
	}
	return h.judged(), ""
}

// moneyIsRight is about orders whose ending is known, settled or not.
func moneyIsRight(h *History) (bool, string) {
	if !h.Offered || h.ending() == "" {
		return false, ""
	}
	for _, r := range h.rows {
		if r.Amount != 0 && (r.Outcome != done || r.Service != "payment" && r.Service != "loyalty") {
			return true, fmt.Sprintf("%v moves money", r)
		}
	}
	charged, refunded, total := h.sum("charge"), h.sum("refund"), h.total()
	due := int64(0)
	switch {
	case h.decided() == completed:
		due = total
	case h.has("no refund"): // a person gives it back
		due = charged
	}
	switch {
	case charged != 0 && charged != total:
		return true, fmt.Sprintf("charged %s for an order of %s", money(charged), money(total))
	case h.has("no refund") && !h.has("mail-escalated"):
		return true, fmt.Sprintf("%s is kept, and the customer does not know that a person takes over", money(charged))
	case charged-refunded != due:
		return true, fmt.Sprintf("%s, charged %s and refunded %s", h.ending(), money(charged), money(refunded))
	}
	return true, ""
}

func goodsAreRight(h *History) (bool, string) {
	partners, tickets, points := h.count("assign"), h.count("confirm")-h.count("cancel-ticket"), h.sum("award")-h.sum("revoke")
	var wrong []string
	note := func(is bool, format string, args ...any) {
		if is {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	due := h.total() / 100 // one point for each whole unit of money
	switch {
	case !h.Offered || h.ending() == "":
		return false, ""
	case h.decided() == completed:
		note(partners != 1, "%d partners", partners)
		note(h.has("cancel"), "a partner is on the way, and the order was cancelled")
		note(tickets != 1, "%d tickets", tickets)
		note(points != due, "%d points, want %d", points, due)
		return true, strings.Join(wrong, ", ")
	}
	keptTicket, keptPoints := h.has("no cancel-ticket"), h.has("no revoke")
	note(partners != 0, "a partner is on the way")
	note(tickets != 0 && !keptTicket, "the kitchen has a ticket")
	note(points != 0 && !keptPoints && !h.letThrough("award"), "%d points are left", points)
	note(points != due && keptPoints, "%d points, and %d could not be revoked", points, due)
	note((keptTicket || keptPoints) && !h.has("mail-escalated"), "the customer does not know that a person takes over")
	return true, strings.Join(wrong, ", ")
}

// noStaleNews is about what a customer sees: the status in the app, and mails.
// The two are not compared: a mail may be slower than the app.
func noStaleNews(h *History) (bool, string) {
	var shown, mailed *row // how the order ends
	for _, r := range h.rows {
		stale := shown != nil && r.isOneOf("status-confirmed", "status-completed", "status-cancelled") ||
			mailed != nil && r.isOneOf("mail-confirmed", "mail-partner-assigned")
		if stale && !h.letThrough(r.Action) {
			return true, fmt.Sprintf("%v came after the end was known", r)
		}
		switch {
		case r.isOneOf("status-completed", "status-cancelled"):
			shown = cmp.Or(shown, r)
		case r.isOneOf("mail-cancelled", "mail-payment-failed"):
			mailed = cmp.Or(mailed, r)
		}
	}
	return shown != nil || mailed != nil, ""
}

func causesComeFirst(h *History) (bool, string) {
	for i, r := range h.rows {
		before, needs := h.Rows[:i], causes[r.Action]
		if r.overtaken() {
			if needs = blockers[r.Action]; len(needs) > 0 && closes[needs[0]] == r.Action {
				before = h.Rows
			}
		}
		if len(needs) > 0 && !anyIs(before, needs...) {
			return true, fmt.Sprintf("%v is there, and what it follows from is not before it: %s", r, inWords(needs))
		}
		if forward := undoes[r.Action]; forward != "" && r.Reason != nothingToUndo && !anyIs(h.Rows[:i], forward) {
			return true, fmt.Sprintf("%v compensates what was never done", r)
		}
	}
	return h.judged(), ""
}

// inWords lists entries of a table, one of which is needed.
func inWords(entries []string) string {
	var all []string
	for _, e := range entries {
		if action, ok := strings.CutPrefix(e, "no "); ok {
			all = append(all, action+" rejected")
		} else {
			all = append(all, e+" done")
		}
	}
	return strings.Join(all, ", or ")
}

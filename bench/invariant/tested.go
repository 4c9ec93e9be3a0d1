package invariant

import (
	"slices"

	"github.com/sagabench/sagabench/bench/record"
)

// An order that could not have broken an invariant is no evidence for it: an
// order that was not cancelled keeps nothing that it should give back. So each
// invariant has a predicate on what is known of an order, its rows and the faults
// that it met. An order that breaks the invariant is always one that could have.

// loseReply is the kind of a fault that takes effect and loses the answer.
const loseReply = "lose-reply"

// every order that the sentence is about could have broken it.
func every(*History) bool { return true }

// chargedAgain is the test of "at most once", and anyCallAgain that of all calls.
func chargedAgain(h *History) bool { return h.again("charge") }
func anyCallAgain(h *History) bool { return h.again("") }

// again reports whether a call, or any call if none is named, was made at least twice,
// as far as rows and faults show it: by a second row, an attempt after the first,
// or a reply that got lost. Other repeats that were absorbed leave no trace in
// the order, so this is a lower bound.
func (h *History) again(action string) bool {
	of := func(call string) bool { return action == "" || action == call }
	for i, r := range h.rows {
		if of(r.Action) && (r.Attempt > 1 || h.recordedBefore(i)) {
			return true
		}
	}
	return slices.ContainsFunc(h.Faults, func(f record.Fault) bool {
		return of(f.Action) && (f.Attempt > 1 || f.Kind == loseReply)
	})
}

// refundIsAtStake leaves out the completed orders: that none of them was
// refunded is no evidence about refunds.
func refundIsAtStake(h *History) bool {
	return h.count("refund") > 0 || h.dead() && h.has("charge")
}

// somethingWasGiven is about a cancelled order. Points that were revoked were given.
func somethingWasGiven(h *History) bool {
	return h.has("confirm") || h.has("assign") || h.has("award") || h.count("revoke") > 0
}

// goodNewsIsAround is about an order with bad news, a mail of failure. Good news is a
// mail of progress: it is due from the confirmation on, and a blocked one was about to
// be sent.
func goodNewsIsAround(h *History) bool {
	if h.has("confirm") {
		return true
	}
	for _, r := range h.rows {
		if r.Action == "mail-confirmed" || r.Action == "mail-partner-assigned" {
			return true
		}
	}
	return false
}

// hasEffects reports whether a row is there that is not the first cause of all.
func hasEffects(h *History) bool {
	for _, r := range h.rows {
		if causes[r.Action] != nil {
			return true
		}
	}
	return false
}

// movesMoney reports whether the order is in its customer's balance, or should be.
func movesMoney(h *History) bool {
	return h.count("charge") > 0 || h.count("refund") > 0 || h.completed()
}

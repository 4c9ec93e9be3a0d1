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
	// with it if it is not true.
	judge func(h *History) (about bool, wrong string)

	// Both are nil where one order is not enough to judge. Then customers are
	// counted, or orders that ran in both styles.
}

// All lists the invariants in the order of every table.
var All = []Invariant{
	{"not-lost", "No accepted order is lost.",
		"accepted orders", every, noAcceptedOrderIsLost},
	{"not-from-nowhere", "No order comes from nowhere.",
		"orders with a row", every, noOrderComesFromNowhere},
	{"settles", "Every accepted order settles.",
		"orders that were accepted or left a row", every, everyAcceptedOrderSettles},
	{"charged-once", "An order is charged at most once.",
		"orders whose charge was called for at least twice", chargedAgain, chargedAtMostOnce},
	{"charged-its-total", "What is charged is the order's total.",
		"charged orders", every, whatIsChargedIsTheTotal},
	{"refunded-if-cancelled", "A refund comes exactly when a charged order is cancelled, once, of the charged amount.",
		"charged orders that were cancelled, and any with a refund", refundIsAtStake, refundedExactlyIfCancelled},
	{"completed-was-charged", "A completed order was charged.",
		"completed orders", every, completedWasCharged},
	{"completed-has-all", "A completed order has its partner, its ticket and its points.",
		"completed orders", every, completedHasAll},
	{"cancelled-has-nothing", "A cancelled order keeps no partner, no ticket and no points.",
		"cancelled orders that had been given a partner, a ticket or points", somethingWasGiven, cancelledHasNothing},
	{moneyIsConserved, "Money is conserved, in total and for each customer.",
		"customers with an order that was charged, refunded or completed", nil, nil},
	{"mails-sent", "The customer gets the mails that the outcome calls for.",
		"orders that came to an ending", every, requiredMailsWereSent},
	{"no-good-news-after-bad", "No customer is mailed \"confirmed\" after \"cancelled\".",
		"orders mailed as cancelled or declined, with a mail of progress due or sent", goodNewsIsAround, noGoodNewsAfterBad},
	{"nothing-after-settled", "Nothing new comes after an order is settled.",
		"settled orders", every, nothingNewAfterSettled},
	{"only-undos-after-cancelled", "Between cancelled and settled there are only compensations, required mails and an award that is revoked.",
		"orders that were shown as cancelled", every, onlyUndosAfterCancelled},
	{"causes-first", "Causes come before effects.",
		"orders with a row that needs a cause", hasEffects, causesComeFirst},
	{"one-row-per-call", "No call is recorded twice.",
		"orders of which a call was made at least twice", anyCallAgain, noCallIsRecordedTwice},
	{"no-stray-rows", "An order gets no row that its ending does not call for.",
		"orders with a row", every, noStrayRows},
	{sameStory, "Both styles end each order with the same rows.",
		"orders that ran in both styles", nil, nil},
}

// Names of the invariants that take more than one order to judge.
const (
	moneyIsConserved = "money-conserved"
	sameStory        = "same-story"
)

func noAcceptedOrderIsLost(h *History) (bool, string) {
	if h.accepted() && len(h.Rows) == 0 {
		return true, "accepted, and not recorded in the ledger"
	}
	return h.accepted(), ""
}

func noOrderComesFromNowhere(h *History) (bool, string) {
	switch {
	case len(h.Rows) == 0:
		return false, ""
	case !h.Offered:
		return true, "the load generator never offered this order"
	case !h.sent():
		return true, "the order was never sent"
	}
	return true, ""
}

// everyAcceptedOrderSettles is about orders without an answer as well, if they
// left a row: then they were accepted after all.
func everyAcceptedOrderSettles(h *History) (bool, string) {
	switch {
	case !h.accepted() && !h.judged():
		return false, ""
	case h.ending() == "":
		return true, "nothing decided how it ends"
	case h.settledAt() < 0:
		return true, fmt.Sprintf("%s lacks %s", h.ending(), strings.Join(h.missing(), ", "))
	}
	return true, ""
}

func chargedAtMostOnce(h *History) (bool, string) {
	if n := h.count("charge"); n > 1 {
		return true, fmt.Sprintf("charged %d times", n)
	}
	return h.judged(), ""
}

func whatIsChargedIsTheTotal(h *History) (bool, string) {
	if !h.judged() || h.count("charge") == 0 {
		return false, ""
	}
	for _, r := range h.rows {
		if r.is("charge") && r.Amount != h.total() {
			return true, fmt.Sprintf("charged %s for an order of %s", money(r.Amount), money(h.total()))
		}
	}
	return true, ""
}

func refundedExactlyIfCancelled(h *History) (bool, string) {
	charged, refunds := h.first("charge"), h.count("refund")
	want := 0
	if charged >= 0 && h.dead() {
		want = 1
	}
	switch {
	case refunds != want:
		return true, fmt.Sprintf("refunded %d times, want %d", refunds, want)
	case want == 1 && h.sum("refund") != h.Rows[charged].Amount:
		return true, fmt.Sprintf("refunded %s of %s", money(h.sum("refund")), money(h.Rows[charged].Amount))
	}
	return charged >= 0, ""
}

func completedWasCharged(h *History) (bool, string) {
	if h.completed() && h.count("charge") == 0 {
		return true, "completed, and never charged"
	}
	return h.completed(), ""
}

func completedHasAll(h *History) (bool, string) {
	if !h.judged() || !h.completed() {
		return false, ""
	}
	var wrong []string
	if h.count("assign") == 0 {
		wrong = append(wrong, "no partner")
	}
	if h.count("confirm") == 0 || h.count("cancel-ticket") > 0 {
		wrong = append(wrong, "no ticket")
	}
	// One point for each whole unit of money.
	if has, want := h.sum("award")-h.sum("revoke"), h.total()/100; has != want {
		wrong = append(wrong, fmt.Sprintf("%d points, want %d", has, want))
	}
	return true, strings.Join(wrong, ", ")
}

func cancelledHasNothing(h *History) (bool, string) {
	if !h.dead() {
		return false, ""
	}
	var wrong []string
	if h.count("assign") > 0 {
		wrong = append(wrong, "a partner is on the way")
	}
	if h.count("confirm") > h.count("cancel-ticket") {
		wrong = append(wrong, "the kitchen has a ticket")
	}
	if left := h.sum("award") - h.sum("revoke"); left != 0 {
		wrong = append(wrong, fmt.Sprintf("%d points are left", left))
	}
	return true, strings.Join(wrong, ", ")
}

func requiredMailsWereSent(h *History) (bool, string) {
	if h.ending() == "" {
		return false, ""
	}
	missing := slices.DeleteFunc(h.missing(), func(entry string) bool { return !strings.Contains(entry, "mail-") })
	if len(missing) > 0 {
		return true, fmt.Sprintf("%s lacks %s", h.ending(), strings.Join(missing, ", "))
	}
	return true, ""
}

func noGoodNewsAfterBad(h *History) (bool, string) {
	bad := false
	for _, r := range h.rows {
		if bad && r.isOneOf("mail-confirmed", "mail-partner-assigned") {
			return true, "a mail of progress came after one of failure: " + r.String()
		}
		bad = bad || r.isOneOf("mail-cancelled", "mail-payment-failed")
	}
	return bad, ""
}

func nothingNewAfterSettled(h *History) (bool, string) {
	at := h.settledAt()
	if at >= 0 && at+1 < len(h.Rows) {
		return true, fmt.Sprintf("settled at %d, and then came %v", h.Rows[at].Seq, (*row)(&h.Rows[at+1]))
	}
	return at >= 0, ""
}

// onlyUndosAfterCancelled lets a call pass that was blocked, for then nothing
// happened. An award may come late, as long as a revoke comes later.
func onlyUndosAfterCancelled(h *History) (bool, string) {
	at := h.first("status-cancelled")
	for i, r := range h.rows {
		if at < 0 || i <= at || r.overtaken() || r.isOneOf("refund", "cancel-ticket", "revoke") {
			continue
		}
		if strings.HasPrefix(r.Action, "mail-") && r.isOneOf(required[h.ending()]...) {
			continue
		}
		if r.is("award") && anyIs(h.Rows[i:], "revoke") {
			continue
		}
		return true, fmt.Sprintf("cancelled at %d, and then came %v", h.Rows[at].Seq, r)
	}
	return at >= 0, ""
}

func causesComeFirst(h *History) (bool, string) {
	for i, r := range h.rows {
		before, needs := h.Rows[:i], causes[r.Action]
		if r.overtaken() {
			needs = blockers[r.Action]
			if r.Action == "award" {
				before = h.Rows
			}
		}
		if len(needs) > 0 && !anyIs(before, needs...) {
			return true, fmt.Sprintf("%v is there without %s before it", r, strings.Join(needs, " or "))
		}
		if forward := undoes[r.Action]; forward != "" && r.Reason != nothingToUndo && !anyIs(h.Rows[:i], forward) {
			return true, fmt.Sprintf("%v compensates what was never done", r)
		}
	}
	return h.judged(), ""
}

func noCallIsRecordedTwice(h *History) (bool, string) {
	for i, r := range h.rows {
		if h.recordedBefore(i) {
			return true, "a second row of " + r.Action
		}
	}
	return h.judged(), ""
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
		for ending, entries := range required {
			if ends == "" || ends == ending {
				called = called || r.isOneOf(entries...)
			}
		}
		if !called {
			return true, fmt.Sprintf("%s does not call for %v", cmp.Or(ends, "an open order"), r)
		}
	}
	return h.judged(), ""
}

package invariant_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// A bug is planted in one order of an otherwise good cell. Exactly the
// invariants named must notice.
type bug struct {
	name    string
	no, how string // the ending of the order before the bug; "" for completed
	plant   func(*invariant.History)
	fires   string
}

var bugs = []bug{
	// Orders that get lost, or come from nowhere.
	{"lost", "", "", func(h *invariant.History) { h.Rows = nil }, "not-lost settles"},
	{"never offered", "confirm", "refused", func(h *invariant.History) { h.Offered, h.Order = false, record.Order{ID: h.Order.ID} }, "not-from-nowhere"},
	{"never offered, and paid", "", "", func(h *invariant.History) { h.Offered, h.Order = false, record.Order{ID: h.Order.ID} }, "not-from-nowhere money-conserved"},
	{"never sent", "", "", func(h *invariant.History) { h.Order.Sent, h.Order.Accept = math.NaN(), math.NaN() }, "not-from-nowhere"},
	{"no answer, and unsettled", "", "", func(h *invariant.History) { h.Order.Accept = math.NaN(); drop("status-confirmed")(h) }, "settles"},

	// Orders that stop half-way.
	{"unsettled after the charge", "", "", func(h *invariant.History) { h.Rows = h.Rows[:1] }, "settles money-conserved"},
	{"never shown as confirmed", "", "", drop("status-confirmed"), "settles"},
	{"never shown as completed", "", "", drop("status-completed"), "settles money-conserved"},
	{"never shown as cancelled", "charge", "refused", drop("status-cancelled"), "settles"},

	// Money.
	{"charged twice under two keys", "", "", twice("charge"), "charged-once money-conserved one-row-per-call"},
	{"charged too little", "", "", amount("charge", 1), "charged-its-total money-conserved"},
	{"charged and refunded too little", "confirm", "refused", all(amount("charge", 1), amount("refund", 1)), "charged-its-total"},
	{"not refunded", "confirm", "refused", all(drop("refund"), drop("mail-refunded")), "settles refunded-if-cancelled money-conserved mails-sent"},
	{"not refunded after giving up", "assign", "gave_up", all(drop("refund"), drop("mail-refunded")), "settles refunded-if-cancelled money-conserved mails-sent"},
	{"refunded half", "confirm", "refused", amount("refund", 595), "refunded-if-cancelled money-conserved"},
	{"refunded twice", "confirm", "refused", twice("refund"), "refunded-if-cancelled money-conserved one-row-per-call"},
	{"refund finds nothing, though it was charged", "confirm", "refused", set("refund", func(e *record.Effect) { e.Reason, e.Amount = "nothing_to_undo", 0 }), "refunded-if-cancelled money-conserved"},
	{"completed and refunded", "", "", insert("status-completed", "refund", 1190), "refunded-if-cancelled money-conserved causes-first no-stray-rows"},
	{"refunded without a charge", "charge", "refused", insert("charge", "refund", 1190), "refunded-if-cancelled money-conserved causes-first no-stray-rows"},
	{"food for free", "", "", drop("charge"), "settles completed-was-charged money-conserved causes-first"},
	{"completed though the card was declined", "charge", "refused", set("status-cancelled", func(e *record.Effect) { e.Action = "status-completed" }),
		"settles completed-was-charged completed-has-all money-conserved causes-first no-stray-rows"},

	// Partner, ticket, points.
	{"no points", "", "", drop("award"), "settles completed-has-all"},
	{"too many points", "", "", amount("award", 12), "completed-has-all"},
	{"ticket cancelled by mistake", "", "", insert("confirm", "cancel-ticket", 0), "completed-has-all causes-first no-stray-rows"},
	{"delivered by no partner", "", "", drop("assign"), "settles completed-has-all causes-first"},
	{"cooks for a cancelled order", "assign", "refused", drop("cancel-ticket"), "settles cancelled-has-nothing"},
	{"delivers a cancelled order", "assign", "refused", insert("assign", "assign", 0), "cancelled-has-nothing one-row-per-call no-stray-rows"},
	{"points not revoked", "assign", "refused", drop("revoke"), "settles cancelled-has-nothing"},
	{"revokes other points", "assign", "refused", amount("revoke", 3), "cancelled-has-nothing"},
	{"revokes points that were never given", "confirm", "refused", insert("confirm", "revoke", 3), "cancelled-has-nothing causes-first no-stray-rows"},
	{"award slips in after the revoke", "assign", "refused", all(drop("award"), set("revoke", func(e *record.Effect) { e.Reason, e.Amount = "nothing_to_undo", 0 }), insert("revoke", "award", 11)), "cancelled-has-nothing"},

	// Mails.
	{"no mail about the partner", "", "", drop("mail-partner-assigned"), "settles mails-sent"},
	{"no mail about the decline", "charge", "refused", drop("mail-payment-failed"), "settles mails-sent"},
	{"mail blocked that must go", "confirm", "refused", block("mail-refunded"), "settles mails-sent no-stray-rows"},
	{"confirmed after cancelled", "assign", "refused", move("mail-confirmed", "mail-cancelled"), "no-good-news-after-bad"},
	{"partner mailed after cancelled", "assign", "refused", insert("mail-cancelled", "mail-partner-assigned", 0),
		"no-good-news-after-bad only-undos-after-cancelled causes-first no-stray-rows"},
	{"confirmed after declined", "charge", "refused", insert("mail-payment-failed", "mail-confirmed", 0),
		"no-good-news-after-bad nothing-after-settled only-undos-after-cancelled causes-first no-stray-rows"},

	// Order of things.
	{"cancelled when all was over", "", "", func(h *invariant.History) { h.Rows = append(h.Rows, effect(h, "mail-cancelled", "done", "", 0)) }, "nothing-after-settled causes-first no-stray-rows"},
	{"a mail again when all was over", "", "", func(h *invariant.History) { h.Rows = append(h.Rows, effect(h, "mail-confirmed", "done", "", 0)) }, "nothing-after-settled one-row-per-call"},
	{"shown as confirmed after cancelled", "assign", "refused", move("status-confirmed", "status-cancelled"), "only-undos-after-cancelled"},
	{"partner sought after cancelled", "confirm", "refused", insert("status-cancelled", "assign", 0), "cancelled-has-nothing only-undos-after-cancelled causes-first no-stray-rows"},
	{"late award that is never revoked", "assign", "refused", all(drop("award"), drop("revoke"), insert("status-cancelled", "award", 11)), "settles cancelled-has-nothing only-undos-after-cancelled"},
	{"confirmed before it was charged", "", "", move("charge", "confirm"), "causes-first"},
	{"mailed the refund before it", "confirm", "refused", move("refund", "mail-refunded"), "causes-first"},
	{"refunded before the refusal", "confirm", "refused", move("confirm", "refund"), "causes-first"},
	{"points before the confirmation", "", "", ahead("award", "confirm"), "causes-first"},
	{"shown as confirmed before it was", "", "", ahead("status-confirmed", "confirm"), "causes-first"},
	{"mailed as confirmed before it was", "", "", ahead("mail-confirmed", "confirm"), "causes-first"},
	{"mailed the decline before it", "charge", "refused", ahead("mail-payment-failed", "charge"), "causes-first"},
	{"shown as cancelled before the refusal", "confirm", "refused", ahead("status-cancelled", "confirm"), "only-undos-after-cancelled causes-first"},
	{"revoked before the refusal", "assign", "refused", all(ahead("award", "assign"), ahead("revoke", "assign")), "causes-first"},
	{"revoked before the award", "assign", "refused", move("award", "revoke"), "causes-first"},
	{"mail blocked by nothing", "", "", block("mail-confirmed"), "causes-first"},
	{"status blocked by nothing", "", "", block("status-confirmed"), "causes-first"},
	{"award blocked by nothing", "assign", "refused", all(block("award"), drop("revoke")), "settles causes-first"},

	// Rows that should not be there.
	{"a mail twice", "assign", "refused", twice("mail-confirmed"), "one-row-per-call"},
	{"an unknown call", "", "", insert("charge", "tip", 0), "no-stray-rows"},
	{"a call of another service", "", "", set("confirm", func(e *record.Effect) { e.Service = "delivery" }), "no-stray-rows"},
	{"mailed a cancellation that never was", "", "", all(insert("confirm", "mail-cancelled", 0), drop("mail-confirmed"), insert("charge", "mail-confirmed", 0)),
		"no-good-news-after-bad causes-first no-stray-rows"},
}

func TestPlantedBugs(t *testing.T) {
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			cell, good := planned(), orders(first)
			victim := play("victim", 1190, b.no, b.how, first)
			b.plant(&victim)
			got := judge(cell, append(good, victim))
			if fired := strings.Join(broken(got.Counts), " "); fired != b.fires {
				t.Errorf("fired %q, want %q", fired, b.fires)
			}
			if got.Verdict != invariant.Broken {
				t.Errorf("the verdict is %v", got.Verdict)
			}
			for _, v := range got.Violations {
				if v.Invariant != "money-conserved" && v.Order != "victim" || v.Cell != "c" || v.Detail == "" {
					t.Errorf("accused %+v", v)
				}
			}
		})
	}
}

// An invariant that no bug has ever broken proves nothing.
func TestEveryInvariantWasSeenToFail(t *testing.T) {
	seen := "same-story" // by its own test
	for _, b := range bugs {
		seen += " " + b.fires
	}
	for _, inv := range invariant.All {
		if !slices.Contains(strings.Fields(seen), inv.Name) {
			t.Errorf("no bug is planted for %s", inv.Name)
		}
		if !strings.HasSuffix(inv.Sentence, ".") {
			t.Errorf("%q is no sentence", inv.Sentence)
		}
		if inv.TestedBy == "" {
			t.Errorf("no text names the orders that test %s", inv.Name)
		}
	}
}

func TestEvidence(t *testing.T) {
	victim := play("victim", 1190, "confirm", "refused", first)
	twice("refund")(&victim)
	got := judge(planned(), []invariant.History{victim}).Violations
	want := []invariant.Violation{
		{Cell: "c", Style: "choreography", Invariant: "refunded-if-cancelled", Order: "victim", Detail: "refunded 2 times, want 1: 1 charge done 11.90, 2 confirm refused (kitchen closed), " +
			"3 refund done 11.90, 4 refund done 11.90, 5 status-cancelled done, 6 mail-cancelled done, 7 mail-refunded done"},
	}
	if got[0] != want[0] {
		t.Errorf("got  %+v\nwant %+v", got[0], want[0])
	}
	const sums = "was charged 11.90 and refunded 23.80, and has completed orders of 0.00"
	var accounts []string
	for _, v := range got {
		if v.Invariant == "money-conserved" {
			accounts = append(accounts, v.Detail)
		}
	}
	if want := []string{`customer "customer of victim" ` + sums, "all customers together: " + sums}; !slices.Equal(accounts, want) {
		t.Errorf("of the money it reports %q, want %q", accounts, want)
	}
}

// A cell with a thousand wrong orders counts them all and lists a few.
func TestManyViolations(t *testing.T) {
	var all []invariant.History
	for range 1000 {
		h := play("o", 1190, "", "", first)
		drop("status-confirmed")(&h)
		all = append(all, h)
	}
	got := judge(planned(), all)
	for _, c := range got.Counts {
		if c.Invariant == "settles" && (c.Broken != 1000 || c.Of != 1000) {
			t.Errorf("%+v, want 1000 of 1000", c)
		}
	}
	if n := len(got.Violations); n != 20 {
		t.Errorf("%d are listed", n)
	}
}

// The edits that bugs are made of.

func all(edits ...func(*invariant.History)) func(*invariant.History) {
	return func(h *invariant.History) {
		for _, edit := range edits {
			edit(h)
		}
	}
}

func set(action string, edit func(*record.Effect)) func(*invariant.History) {
	return func(h *invariant.History) { edit(&h.Rows[find(h.Rows, action)]) }
}

func amount(action string, to int64) func(*invariant.History) {
	return set(action, func(e *record.Effect) { e.Amount = to })
}

func drop(action string) func(*invariant.History) {
	return func(h *invariant.History) {
		i := find(h.Rows, action)
		h.Rows = slices.Delete(h.Rows, i, i+1)
	}
}

// insert puts a row of another action, done, behind one that is there.
func insert(after, action string, amount int64) func(*invariant.History) {
	return func(h *invariant.History) {
		h.Rows = slices.Insert(h.Rows, find(h.Rows, after)+1, effect(h, action, "done", "", amount))
	}
}

func twice(action string) func(*invariant.History) {
	return func(h *invariant.History) {
		i := find(h.Rows, action)
		h.Rows = slices.Insert(h.Rows, i, h.Rows[i])
	}
}

// block makes a row one of a call that was overtaken.
func block(action string) func(*invariant.History) {
	return set(action, func(e *record.Effect) { e.Outcome, e.Reason, e.Amount = "blocked", "undone", 0 })
}

// ahead puts a row right before an earlier one.
func ahead(action, of string) func(*invariant.History) {
	return func(h *invariant.History) {
		i := find(h.Rows, action)
		row := h.Rows[i]
		h.Rows = slices.Delete(h.Rows, i, i+1)
		h.Rows = slices.Insert(h.Rows, find(h.Rows, of), row)
	}
}

// move puts a row right behind a later one.
func move(action, behind string) func(*invariant.History) {
	return func(h *invariant.History) {
		i := find(h.Rows, action)
		row := h.Rows[i]
		h.Rows = slices.Delete(h.Rows, i, i+1)
		h.Rows = slices.Insert(h.Rows, find(h.Rows, behind)+1, row)
	}
}

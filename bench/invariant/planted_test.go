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
	{"lost", "", "", func(h *invariant.History) { h.Rows = nil }, "settles"},
	{"never offered", "confirm", "refused", func(h *invariant.History) { h.Offered, h.Order = false, record.Order{ID: h.Order.ID} }, "as-ordered"},
	{"never offered, and paid", "", "", func(h *invariant.History) { h.Offered, h.Order = false, record.Order{ID: h.Order.ID} }, "as-ordered"},
	{"never sent", "", "", func(h *invariant.History) { h.Order.Sent, h.Order.Accept = math.NaN(), math.NaN() }, "as-ordered"},
	{"no answer, and unsettled", "", "", func(h *invariant.History) { h.Order.Accept = math.NaN(); drop("status-confirmed")(h) }, "settles"},

	// Orders that stop half-way.
	{"unsettled after the charge", "", "", func(h *invariant.History) { h.Rows = h.Rows[:1] }, "settles"},
	{"never shown as confirmed", "", "", drop("status-confirmed"), "settles"},
	{"never shown as completed", "", "", drop("status-completed"), "settles"},
	{"never shown as cancelled", "charge", "refused", drop("status-cancelled"), "settles"},

	// Money.
	{"charged twice under two keys", "", "", twice("charge"), "once calls-explained"},
	{"charged too little", "", "", amount("charge", 1), "money"},
	{"charged and refunded too little", "confirm", "refused", all(amount("charge", 1), amount("refund", 1)), "money"},
	{"not refunded", "confirm", "refused", all(drop("refund"), drop("mail-refunded")), "settles money"},
	{"not refunded after giving up", "assign", "gave_up", all(drop("refund"), drop("mail-refunded")), "settles money"},
	{"a ticket for money", "", "", amount("confirm", 1190), "money"},
	{"refunded half", "confirm", "refused", amount("refund", 595), "money"},
	{"refunded twice", "confirm", "refused", twice("refund"), "once calls-explained"},
	{"refund finds nothing, though it was charged", "confirm", "refused", set("refund", func(e *record.Effect) { e.Reason, e.Amount = "nothing_to_undo", 0 }), "money"},
	{"completed and refunded", "", "", insert("status-completed", "refund", 1190), "no-stray-rows money causes-first"},
	{"refunded without a charge", "charge", "refused", insert("charge", "refund", 1190), "no-stray-rows money causes-first"},
	{"food for free", "", "", drop("charge"), "settles money causes-first"},
	{"completed though the card was declined", "charge", "refused", set("status-cancelled", func(e *record.Effect) { e.Action = "status-completed" }),
		"settles no-stray-rows causes-first"},

	// Partner, ticket, points.
	{"no points", "", "", drop("award"), "settles goods"},
	{"too many points", "", "", amount("award", 12), "goods"},
	{"ticket cancelled by mistake", "", "", insert("confirm", "cancel-ticket", 0), "no-stray-rows goods causes-first"},
	{"delivered by no partner", "", "", drop("assign"), "settles causes-first"},
	{"cooks for a cancelled order", "assign", "refused", drop("cancel-ticket"), "settles goods"},
	{"delivers a cancelled order", "assign", "refused", insert("assign", "assign", 0), "once faults-as-drawn calls-explained"},
	{"points not revoked", "assign", "refused", drop("revoke"), "settles goods"},
	{"revokes other points", "assign", "refused", amount("revoke", 3), "goods"},
	{"revokes points that were never given", "confirm", "refused", insert("confirm", "revoke", 3), "no-stray-rows goods causes-first"},
	{"award slips in after the revoke", "assign", "refused", all(drop("award"), set("revoke", func(e *record.Effect) { e.Reason, e.Amount = "nothing_to_undo", 0 }), insert("revoke", "award", 11)), "goods"},

	// Mails.
	{"no mail about the partner", "", "", drop("mail-partner-assigned"), "settles"},
	{"no mail about the decline", "charge", "refused", drop("mail-payment-failed"), "settles"},
	{"mail blocked that must go", "confirm", "refused", block("mail-refunded"), "settles no-stray-rows calls-explained"},
	{"confirmed after cancelled", "assign", "refused", move("mail-confirmed", "mail-cancelled"), "no-stale-news"},
	{"partner mailed after cancelled", "assign", "refused", insert("mail-cancelled", "mail-partner-assigned", 0),
		"no-stray-rows no-stale-news causes-first"},
	{"confirmed after declined", "charge", "refused", insert("mail-payment-failed", "mail-confirmed", 0),
		"no-stray-rows no-stale-news causes-first"},

	// Order of things.
	{"cancelled when all was over", "", "", func(h *invariant.History) { h.Rows = append(h.Rows, effect(h, "mail-cancelled", "done", "", 0)) }, "no-stray-rows causes-first"},
	{"a mail again when all was over", "", "", func(h *invariant.History) { h.Rows = append(h.Rows, effect(h, "mail-confirmed", "done", "", 0)) }, "once calls-explained"},
	{"shown as confirmed after cancelled", "assign", "refused", move("status-confirmed", "status-cancelled"), "no-stale-news"},
	{"partner sought after cancelled", "confirm", "refused", insert("status-cancelled", "assign", 0), "no-stray-rows goods causes-first"},
	{"late award that is never revoked", "assign", "refused", all(drop("award"), drop("revoke"), insert("status-cancelled", "award", 11)), "settles goods"},
	{"confirmed before it was charged", "", "", move("charge", "confirm"), "causes-first"},
	{"mailed the refund before it", "confirm", "refused", move("refund", "mail-refunded"), "causes-first"},
	{"refunded before the refusal", "confirm", "refused", move("confirm", "refund"), "causes-first"},
	{"points before the confirmation", "", "", ahead("award", "confirm"), "causes-first"},
	{"shown as confirmed before it was", "", "", ahead("status-confirmed", "confirm"), "causes-first"},
	{"mailed as confirmed before it was", "", "", ahead("mail-confirmed", "confirm"), "causes-first"},
	{"mailed the decline before it", "charge", "refused", ahead("mail-payment-failed", "charge"), "causes-first"},
	{"shown as cancelled before the refusal", "confirm", "refused", ahead("status-cancelled", "confirm"), "causes-first"},
	{"revoked before the refusal", "assign", "refused", all(ahead("award", "assign"), ahead("revoke", "assign")), "causes-first"},
	{"revoked before the award", "assign", "refused", move("award", "revoke"), "causes-first"},
	{"mail blocked by nothing", "", "", block("mail-confirmed"), "causes-first"},
	{"status blocked by nothing", "", "", block("status-confirmed"), "causes-first"},
	{"award blocked by nothing", "assign", "refused", all(block("award"), drop("revoke")), "settles causes-first calls-explained"},

	// The customer cancels: charged, cancelled, confirmed, and then all is taken back.
	{"cancelled, charged and not refunded", "cancel", "", all(drop("refund"), drop("mail-refunded")), "settles money"},
	{"cancelled, and the ticket stays", "cancel", "", drop("cancel-ticket"), "settles goods"},
	{"cancelled, and the points may still come", "cancel", "", all(drop("revoke"), drop("award")), "settles"},
	{"cancelled, and a partner assigned all the same", "cancel", "", set("assign", func(e *record.Effect) { e.Outcome, e.Reason, e.For = "done", "", "Da Mario to customer of victim" }),
		"settles money goods causes-first"},
	{"cancelled after the partner was assigned", "cancel", "", all(drop("assign"), move("cancel", "confirm"), insert("confirm", "assign", 0)),
		"settles money goods"},
	{"completed, and cancelled with nothing taken back", "cancel", "", all(func(h *invariant.History) { *h = completedAs(*h) }, insert("assign", "cancel", 0)), "settles goods"},
	{"completed and cancelled, with all that both call for", "cancel", "", all(
		set("assign", func(e *record.Effect) { e.Outcome, e.Reason, e.For = "done", "", "Da Mario to customer of victim" }),
		set("award", func(e *record.Effect) { e.Outcome, e.Reason, e.For, e.Amount = "done", "", "customer of victim", 11 }),
		set("revoke", func(e *record.Effect) { e.Reason, e.Amount = "", 11 }), move("assign", "confirm"), insert("mail-cancelled", "status-completed", 0), insert("assign", "mail-partner-assigned", 0)),
		"settles money goods no-stale-news"},
	{"too late, before there was a partner", "cancel", "", all(func(h *invariant.History) { *h = completedAs(*h) }, insert("confirm", "cancel", 0), block("cancel")), "causes-first"},
	{"cancelled, and the award left open", "cancel", "", drop("award"), "settles"},
	{"cancelled, and the pivot left open", "cancel", "", drop("assign"), "settles"},
	{"cancelled, and not shown", "cancel", "", drop("status-cancelled"), "settles causes-first"},
	{"cancelled, and not mailed", "cancel", "", drop("mail-cancelled"), "settles causes-first"},
	{"cancelled, refunded and not mailed", "cancel", "", drop("mail-refunded"), "settles"},
	{"a request that nothing came of", "cancel", "", all(func(h *invariant.History) { *h = completedAs(*h) }), "settles"},
	{"cancelled with nothing charged, and a refund mailed", "cancel", "", all(move("charge", "mail-cancelled"), block("charge"), move("refund", "charge"), block("confirm"), move("confirm", "refund"), move("cancel-ticket", "confirm"),
		set("refund", func(e *record.Effect) { e.Reason, e.Amount = "nothing_to_undo", 0 }), set("cancel-ticket", func(e *record.Effect) { e.Reason = "nothing_to_undo" }),
		drop("status-confirmed"), drop("mail-confirmed")), "no-stray-rows"},
	{"refunded before the cancellation", "cancel", "", ahead("refund", "assign"), "causes-first"},
	{"ticket cancelled before the cancellation", "cancel", "", all(ahead("confirm", "assign"), ahead("cancel-ticket", "assign")), "causes-first"},
	{"shown as cancelled before it was", "cancel", "", ahead("status-cancelled", "assign"), "causes-first"},
	{"mailed the cancellation before it", "cancel", "", ahead("mail-cancelled", "assign"), "causes-first"},
	{"assignment blocked by nothing", "", "", all(until("assign"), block("assign")), "settles causes-first calls-explained"},
	{"charge blocked by nothing", "", "", all(until("charge"), block("charge")), "settles causes-first calls-explained"},
	{"confirmation blocked by nothing", "", "", all(until("confirm"), block("confirm")), "settles causes-first calls-explained"},
	{"too late, by no partner", "cancel", "", all(block("cancel"), drop("refund"), drop("cancel-ticket"), drop("award"), drop("revoke"), drop("status-cancelled"), drop("mail-cancelled"), drop("mail-refunded")),
		"settles causes-first"},
	{"refunded by the cancellation and by the refusal", "cancel confirm", "refused", twice("refund"), "once"},
	{"cancelled and declined, and not mailed as cancelled", "cancel charge", "refused", drop("mail-cancelled"), "settles"},
	{"cancelled and declined, and not mailed as declined", "cancel charge", "refused", drop("mail-payment-failed"), "settles"},
	{"progress mailed after the cancellation", "cancel", "", set("mail-confirmed", func(e *record.Effect) { e.Outcome, e.Reason, e.For = "done", "", "customer of victim" }), "no-stale-news"},
	{"cancelled for another customer", "cancel", "", set("cancel", func(e *record.Effect) { e.For = "Bo" }), "as-ordered"},

	// An undo fails for good.
	{"a rejected refund, and the customer not mailed", "confirm refund", "refused", drop("mail-escalated"), "settles money"},
	{"a rejected ticket, and the customer not mailed", "assign cancel-ticket", "gave_up", drop("mail-escalated"), "settles goods"},
	{"escalated for nothing", "confirm", "refused", insert("refund", "mail-escalated", 0), "no-stray-rows causes-first"},
	{"escalated before the undo was rejected", "confirm refund", "refused", ahead("mail-escalated", "refund"), "causes-first"},
	{"a completed order is escalated", "", "", insert("assign", "mail-escalated", 0), "no-stray-rows causes-first"},
	{"resolved what was not escalated", "confirm", "refused", insert("mail-refunded", "resolve", 0), "no-stray-rows causes-first"},
	{"resolved before it was escalated", "confirm refund", "refused", precede("resolve", "refund"), "causes-first"},
	{"resolved twice", "confirm refund", "refused", all(insert("mail-escalated", "resolve", 0), twice("resolve")), "once calls-explained"},
	{"a rejected refund counts as paid back", "confirm refund", "refused", amount("refund", 1190), "money"},
	{"a rejected refund is mailed as one", "confirm refund", "refused", insert("refund", "mail-refunded", 0), "no-stray-rows causes-first"},
	{"rejected and refunded", "confirm refund", "refused", insert("mail-escalated", "refund", 1190), "once faults-as-drawn calls-explained"},
	{"a rejected refund of nothing", "cancel charge", "refused", set("refund", func(e *record.Effect) { e.Outcome, e.Reason = "refused", "card expired" }),
		"settles money causes-first ends-as-drawn"},
	{"rejected, and other points are left", "assign cancel-ticket revoke", "refused", amount("award", 12), "goods"},
	{"a blocked undo", "assign", "refused", block("revoke"), "settles no-stray-rows goods calls-explained"},
	{"an escalated order, the rest not taken back", "assign cancel-ticket", "gave_up", all(drop("refund"), drop("mail-refunded")), "settles money"},

	// Rows for somebody else.
	{"charged to another customer", "", "", set("charge", func(e *record.Effect) { e.For = "Bo" }), "as-ordered"},
	{"mailed to another customer", "confirm", "refused", set("mail-refunded", func(e *record.Effect) { e.For = "Bo" }), "as-ordered"},
	{"cooked elsewhere", "", "", set("confirm", func(e *record.Effect) { e.For = "Bo's: 1 Margherita, 2 Cola" }), "as-ordered"},
	{"a dish forgotten", "", "", set("confirm", func(e *record.Effect) { e.For = "Da Mario: 1 Margherita" }), "as-ordered"},
	{"delivered elsewhere", "", "", set("assign", func(e *record.Effect) { e.For = "Da Mario to Bo" }), "as-ordered"},

	// Rows that should not be there.
	{"a mail twice", "assign", "refused", twice("mail-confirmed"), "once calls-explained"},
	{"an unknown call", "", "", insert("charge", "tip", 0), "no-stray-rows"},
	{"a call of another service", "", "", set("confirm", func(e *record.Effect) { e.Service = "delivery" }), "no-stray-rows as-ordered"},
	{"mailed a cancellation that never was", "", "", all(insert("confirm", "mail-cancelled", 0), drop("mail-confirmed"), insert("charge", "mail-confirmed", 0)),
		"no-stray-rows no-stale-news causes-first"},
}

func TestPlantedBugs(t *testing.T) {
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			cell, good := planned(), orders(first)
			victim := play("victim", 1190, b.no, b.how, first)
			b.plant(&victim)
			clock(&victim) // each row was called for, so that rows alone are wrong
			got := judge(cell, append(good, victim))
			if fired := strings.Join(broken(got.Counts), " "); fired != b.fires {
				t.Errorf("fired %q, want %q", fired, b.fires)
			}
			if got.Verdict != invariant.Broken {
				t.Errorf("the verdict is %v", got.Verdict)
			}
			for _, v := range got.Violations {
				if v.Order != victim.Order.ID || v.Cell != "c" || v.Detail == "" {
					t.Errorf("accused %+v", v)
				}
			}
		})
	}
}

// An invariant that no bug has ever broken proves nothing.
func TestEveryInvariantWasSeenToFail(t *testing.T) {
	seen := "faults-as-drawn calls-explained on-time nothing-left-over ends-as-drawn" // by tests of their own
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
	clock(&victim)
	got := judge(planned(), []invariant.History{victim}).Violations
	want := invariant.Violation{
		Cell: "c", Style: "choreography", Invariant: "once", Order: victim.Order.ID,
		Detail: "a second row of refund: 4 refund done 11.90: 1 charge done 11.90, 2 confirm refused (kitchen closed), " +
			"3 refund done 11.90, 5 status-cancelled done, 6 mail-cancelled done, 7 mail-refunded done, 4 refund done 11.90",
	}
	if got[0] != want {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
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

// until drops what comes after a row.
func until(action string) func(*invariant.History) {
	return func(h *invariant.History) { h.Rows = h.Rows[:find(h.Rows, action)+1] }
}

// precede puts a new row, done, right before one that is there.
func precede(action, of string) func(*invariant.History) {
	return func(h *invariant.History) {
		h.Rows = slices.Insert(h.Rows, find(h.Rows, of), effect(h, action, "done", "", 0))
	}
}

// completedAs is an order with the rows of one that was completed.
func completedAs(h invariant.History) invariant.History {
	good := play("good", 1190, "", "", first)
	for i := range good.Rows {
		good.Rows[i].Order, good.Rows[i].For = h.Order.ID, strings.ReplaceAll(good.Rows[i].For, "good", "victim")
	}
	h.Rows, h.Order.Outcome = good.Rows, "completed"
	return h
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

package invariant_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// misfits lists the invariants whose counts can't be: broken by an order that was
// no test of it, or tested by one that it is not about.
func misfits(counts []invariant.Count) (wrong []invariant.Count) {
	return slices.DeleteFunc(slices.Clone(counts), func(c invariant.Count) bool {
		return c.Broken <= c.Tested && c.Tested <= c.Of
	})
}

// The victims of the bugs are judged alone, so that no other order stands in as test.
func TestWhatBreaksAnInvariantTestsIt(t *testing.T) {
	for _, b := range bugs {
		victim := play("victim", 1190, b.no, b.how, first)
		b.plant(&victim)
		got := judge(planned(), []invariant.History{victim})
		if fired := strings.Join(broken(got.Counts), " "); fired != b.fires {
			t.Errorf("%s: alone it fired %q, want %q", b.name, fired, b.fires)
		}
		if wrong := misfits(got.Counts); len(wrong) > 0 {
			t.Errorf("%s: %+v", b.name, wrong)
		}
	}
}

// The same of any rows at all.
func TestWhateverBreaksAnInvariantTestsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		below := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") }
		e := endings[below(len(endings))]
		h := play("victim", 1190, e.no, e.how, below)
		for range below(6) {
			edit(&h, below)
		}
		switch below(4) {
		case 0:
			h.Offered, h.Order = false, record.Order{ID: h.Order.ID}
		case 1:
			h.Order.Accept = math.NaN()
		}
		if wrong := misfits(judge(planned(), []invariant.History{h}).Counts); len(wrong) > 0 {
			t.Fatalf("%+v", wrong)
		}
	})
}

// edit changes one row in some way.
func edit(h *invariant.History, below func(int) int) {
	if len(h.Rows) == 0 {
		return
	}
	i, k := below(len(h.Rows)), below(len(h.Rows))
	switch r := &h.Rows[i]; below(7) {
	case 0:
		h.Rows = slices.Delete(h.Rows, i, i+1)
	case 1:
		h.Rows = slices.Insert(h.Rows, k, *r)
	case 2:
		*r, h.Rows[k] = h.Rows[k], *r
	case 3:
		r.Outcome = []string{"done", "refused", "blocked"}[below(3)]
	case 4:
		r.Reason = []string{"", "undone", "gave_up", "nothing_to_undo"}[below(4)]
	case 5:
		r.Amount = int64(below(3))
	case 6:
		r.Action = actions[below(len(actions))]
	}
}

var actions = []string{
	"charge", "refund", "confirm", "cancel-ticket", "assign", "award", "revoke", "status-confirmed", "status-completed", "status-cancelled",
	"mail-confirmed", "mail-partner-assigned", "mail-payment-failed", "mail-cancelled", "mail-refunded", "tip",
}

// For each invariant some orders that could not have broken it. What an order
// without a row is no test of, every order with one is: these are the first three
// and no-stray-rows. All that were accepted test not-lost, whatever they left.
func TestUntested(t *testing.T) {
	unanswered := func(h *invariant.History) { h.Rows, h.Order.Accept = nil, math.NaN() }
	silent := func(h *invariant.History) { h.Rows = nil }
	undecided := func(h *invariant.History) { h.Rows = h.Rows[:1] }
	as := func(*invariant.History) {}
	fault := func(action, kind string, attempt int) func(*invariant.History) {
		return func(h *invariant.History) {
			h.Faults = append(h.Faults, record.Fault{Order: h.Order.ID, Action: action, Kind: kind, Attempt: attempt})
		}
	}
	attempt := func(action string, n int) func(*invariant.History) {
		return set(action, func(e *record.Effect) { e.Attempt = n })
	}
	cases := []struct {
		invariant, no, how string
		edit               func(*invariant.History)
		tested             int
	}{
		{"not-lost", "", "", unanswered, 0},
		{"not-lost", "", "", silent, 1},
		{"not-from-nowhere", "", "", silent, 0},
		{"settles", "", "", unanswered, 0},
		{"no-stray-rows", "", "", silent, 0},

		{"charged-once", "", "", as, 0},
		{"charged-once", "charge", "refused", as, 0},
		{"charged-once", "", "", fault("charge", "slow", 1), 0},
		{"charged-once", "", "", fault("award", "lose-reply", 1), 0},
		{"charged-once", "", "", attempt("confirm", 2), 0},
		{"charged-once", "", "", attempt("charge", 2), 1},
		{"charged-once", "", "", fault("charge", "lose-reply", 1), 1},
		{"charged-once", "", "", fault("charge", "slow", 2), 1},
		{"charged-once", "charge", "gave_up", as, 1},
		{"one-row-per-call", "", "", as, 0},
		{"one-row-per-call", "assign", "refused", as, 0},
		{"one-row-per-call", "", "", fault("award", "slow", 1), 0},
		{"one-row-per-call", "", "", attempt("confirm", 2), 1},
		{"one-row-per-call", "", "", fault("award", "lose-reply", 1), 1},

		{"charged-its-total", "charge", "refused", as, 0},
		{"completed-was-charged", "confirm", "refused", as, 0},
		{"completed-has-all", "confirm", "refused", as, 0},
		{"refunded-if-cancelled", "", "", as, 0},
		{"refunded-if-cancelled", "charge", "refused", as, 0},
		{"refunded-if-cancelled", "confirm", "refused", as, 1},
		{"money-conserved", "charge", "refused", as, 0},
		{"money-conserved", "confirm", "refused", as, 1},
		{"cancelled-has-nothing", "", "", as, 0},
		{"cancelled-has-nothing", "confirm", "refused", as, 0},
		{"cancelled-has-nothing", "assign", "refused", as, 1},

		{"mails-sent", "", "", undecided, 0},
		{"no-good-news-after-bad", "", "", as, 0},
		{"no-good-news-after-bad", "charge", "refused", as, 0},
		{"no-good-news-after-bad", "confirm", "refused", as, 0},
		{"no-good-news-after-bad", "assign", "refused", as, 1},
		{"nothing-after-settled", "", "", undecided, 0},
		{"only-undos-after-cancelled", "", "", as, 0},
		{"only-undos-after-cancelled", "charge", "refused", as, 1},
		{"causes-first", "", "", undecided, 0},
		{"causes-first", "charge", "refused", as, 1},
	}
	missing := map[string]bool{}
	for _, inv := range invariant.All {
		missing[inv.Name] = inv.Name != "same-story" // which has cells of its own
	}
	for _, c := range cases {
		missing[c.invariant] = missing[c.invariant] && c.tested > 0
		h := play("o", 1190, c.no, c.how, first)
		c.edit(&h)
		counts := judge(planned(), []invariant.History{h}).Counts
		n := counts[slices.IndexFunc(counts, func(n invariant.Count) bool { return n.Invariant == c.invariant })]
		if n.Tested != c.tested || n.Broken > 0 && c.tested == 0 {
			t.Errorf("%s by an order with %q at %q: %+v, want it tested by %d", c.invariant, c.how, c.no, n, c.tested)
		}
	}
	for name, none := range missing {
		if none {
			t.Errorf("no order is named that does not test %s", name)
		}
	}
}

// Orders that met a fault are counted by themselves, and so are the wrong ones.
func TestFaultedOrders(t *testing.T) {
	all := orders(first) // of which all but one met a fault
	drop("mail-confirmed")(&all[0])
	twice("refund")(&all[3]) // which breaks two invariants
	stranger := play("stranger", 1190, "confirm", "refused", first)
	stranger.Offered, stranger.Order = false, record.Order{ID: "stranger"}
	got := judge(planned(), append(all, stranger))
	if got.Wrong != 3 || got.Faulted != len(endings)-1 || got.FaultedWrong != 1 {
		t.Errorf("%d wrong, %d met a fault and %d of these wrong, want 3, %d and 1", got.Wrong, got.Faulted, got.FaultedWrong, len(endings)-1)
	}
}

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
		clock(&victim)
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

// For each invariant some orders that could not have broken it, and one that could.
func TestUntested(t *testing.T) {
	unanswered := func(h *invariant.History) { h.Rows, h.Calls, h.Order.Accept = nil, nil, math.NaN() }
	undecided := func(h *invariant.History) { h.Rows, h.Calls = h.Rows[:1], h.Calls[:1] }
	as := func(*invariant.History) {}
	onceMore := func(after float64, faults ...string) func(*invariant.History) {
		return func(h *invariant.History) {
			cell := planned()
			for _, kind := range faults {
				hit("award", kind, "loyalty.award:"+kind+"@100%")(h, &cell)
			}
			again("award", after)(h, nil)
		}
	}
	cases := []struct {
		invariant, no, how string
		edit               func(*invariant.History)
		tested             int
	}{
		{"settles", "", "", unanswered, 0},
		{"settles", "", "", as, 1},
		{"no-stray-rows", "", "", unanswered, 0},
		{"no-stray-rows", "", "", as, 1},
		{"as-ordered", "", "", unanswered, 0},
		{"as-ordered", "", "", as, 1},

		{"once", "", "", as, 0},
		{"once", "charge", "gave_up", as, 0}, // no attempt reached the service
		{"once", "", "", onceMore(101, "outage"), 0},
		{"once", "", "", onceMore(101, "lose-reply"), 1},
		{"once", "", "", onceMore(5000), 1},

		{"money", "charge", "refused", as, 0},
		{"money", "", "", undecided, 0},
		{"money", "confirm", "refused", as, 1},
		{"goods", "charge", "refused", as, 0},
		{"goods", "confirm", "refused", as, 0},
		{"goods", "assign", "refused", as, 1},
		{"goods", "", "", as, 1},
		{"no-stale-news", "charge", "refused", as, 0},
		{"no-stale-news", "confirm", "refused", as, 0},
		{"no-stale-news", "assign", "refused", as, 1},
		{"no-stale-news", "", "", as, 1},
		{"causes-first", "", "", undecided, 0},
		{"causes-first", "charge", "refused", as, 1},

		{"ends-as-drawn", "", "", as, 0},
		{"ends-as-drawn", "assign", "refused", as, 1},
		{"faults-as-drawn", "", "", as, 0},
		{"faults-as-drawn", "assign", "gave_up", as, 1},
		{"calls-explained", "", "", as, 0},
		{"calls-explained", "", "", onceMore(5000), 1},
		{"on-time", "", "", unanswered, 0},
		{"on-time", "", "", as, 1},
	}
	missing := map[string]bool{}
	for _, inv := range invariant.All {
		missing[inv.Name] = inv.Name != "nothing-left-over" // which is about cells
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

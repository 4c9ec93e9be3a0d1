package invariant_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// What two things call for reaches its service again after it was done. The first call of
// what was blocked does not.
func TestCalledForTwice(t *testing.T) {
	for no, want := range map[string]int{"cancel": 0, "cancel confirm": 3} { // refund, status and mail
		how := ""
		if want > 0 {
			how = "refused"
		}
		got := judge(planned(), []invariant.History{play("o", 1190, no, how, first)}).Again
		if got.Calls != want || got.Because["called for twice"] != want {
			t.Errorf("%s: %+v, want %d", no, got, want)
		}
	}
}

// In a world without keys a call that is made again takes effect again. That is counted,
// and a violation only where the call had no reason to be made.
func TestKeylessWorld(t *testing.T) {
	const rule = "loyalty.award:lose-reply@100%"
	for _, c := range []struct {
		name  string
		edit  func(*invariant.History, *record.Cell)
		fires string
		again int
	}{
		{"as it should", func(*invariant.History, *record.Cell) {}, "", 0},
		{"lost reply", both(hit("award", "lose-reply", rule), again("award", 101), rows(twice("award"))), "", 1},
		{"no reason", both(again("award", 30), rows(twice("award"))), "calls-explained", 1},
		{"one call", rows(twice("award")), "once", 0},
		{"twice, and not the same", both(hit("award", "lose-reply", rule), again("award", 101), rows(twice("award")), rows(func(h *invariant.History) {
			h.Rows[find(h.Rows, "award")+1].Amount++
		})), "once", 1},
		{"a failure has no effect", both(hit("award", "fail", "loyalty.award:fail(1)@100%"), again("award", 101), rows(func(h *invariant.History) {
			set("award", func(e *record.Effect) { e.Attempt = 2 })(h)
			rowAt("award", h.Calls[len(h.Calls)-1].At+1)(h, nil)
			twice("award")(h)
		})), "once", 0},
	} {
		cell, h := planned(), play("victim", 1190, "", "", first)
		cell.World = record.KeylessWorld
		c.edit(&h, &cell)
		got := judge(cell, []invariant.History{h})
		if fired := strings.Join(broken(got.Counts), " "); fired != c.fires || got.Again.Calls != c.again {
			t.Errorf("%s: fired %q, %+v: %v", c.name, fired, got.Again, got.Violations)
		}
		cell.World = ""
		if got := judge(cell, []invariant.History{h}); (len(h.Rows) > 8) != slices.Contains(broken(got.Counts), "once") {
			t.Errorf("%s in a sound world: %v", c.name, broken(got.Counts))
		}
	}
}

// In a world without a barrier what was overtaken happens all the same. That is
// counted, and nothing else is let through.
func TestWorldWithoutBarrier(t *testing.T) {
	slipped := move("mail-confirmed", "mail-cancelled")
	award := all(drop("award"), set("revoke", func(e *record.Effect) { e.Reason, e.Amount = "nothing_to_undo", 0 }), insert("revoke", "award", 11))
	for _, c := range []struct {
		name  string
		edit  func(*invariant.History)
		fires string
		late  int
	}{
		{"a mail too late", slipped, "", 1},
		{"an award too late", award, "", 1},
		{"both", all(slipped, award), "", 2},
		{"completed after cancelled", insert("status-cancelled", "status-completed", 0), "no-stray-rows no-stale-news causes-first", 0},
	} {
		cell, h := planned(), play("victim", 1190, "assign", "refused", first)
		cell.World = record.NoBarrierWorld
		c.edit(&h)
		clock(&h)
		got := judge(cell, []invariant.History{h})
		if fired := strings.Join(broken(got.Counts), " "); fired != c.fires || got.Again.Late != c.late {
			t.Errorf("%s: fired %q, %+v: %v", c.name, fired, got.Again, got.Violations)
		}
	}
}

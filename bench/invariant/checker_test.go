package invariant_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// The negative control: what went by the book passes.
func TestGoodHistoriesHold(t *testing.T) {
	for _, pick := range []func(int) int{first, last, rush} {
		if got := judge(planned(), orders(pick)); got.Verdict != invariant.Holds {
			t.Errorf("%v: %v %v", got.Verdict, got.Reasons, got.Violations)
		}
	}
}

func TestAnyInterleavingHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "wins") }
		if got := judge(planned(), orders(pick)); got.Verdict != invariant.Holds {
			t.Fatalf("%v: %v %v", got.Verdict, got.Reasons, got.Violations)
		}
	})
}

// A submission without an answer may or may not have made an order.
func TestNoAnswerIsNoOrder(t *testing.T) {
	all := orders(first)
	all[0].Order.Accept = math.NaN() // its rows are there and right
	lost := play("o-x", 1190, "", "", first)
	lost.Rows, lost.Order.Outcome = nil, ""
	lost.Order.Accept, lost.Order.Decision, lost.Order.Settled = math.NaN(), math.NaN(), math.NaN()
	got := judge(planned(), append(all, lost))
	if got.Verdict != invariant.Holds {
		t.Errorf("%v: %v %v", got.Verdict, got.Reasons, got.Violations)
	}
	for _, c := range got.Counts {
		if want := map[string]int{"not-lost": len(all) - 1, "settles": len(all)}[c.Invariant]; want > 0 && c.Of != want {
			t.Errorf("%+v, want of %d", c, want)
		}
	}
}

// Each case takes from a good cell something that a judgement needs.
func TestUnknown(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*record.Cell, *[]invariant.History)
		why   string
	}{
		{"no orders", func(c *record.Cell, all *[]invariant.History) { *all = nil }, "no order was accepted"},
		{"no order accepted", func(c *record.Cell, all *[]invariant.History) {
			for i := range *all {
				(*all)[i].Order.Accept = math.NaN()
			}
		}, "no order was accepted"},
		{"cut", func(c *record.Cell, _ *[]invariant.History) { c.Cut = true }, "cut short"},
		{"no window", func(c *record.Cell, _ *[]invariant.History) { c.Window = 0 }, "the measured window was 0 s long"},
		{"a window before its beginning", func(c *record.Cell, _ *[]invariant.History) { c.Window = -30 }, "the measured window was -30 s long"},
		{"a window that is no number", func(c *record.Cell, _ *[]invariant.History) { c.Window = math.NaN() }, "the measured window was NaN s long"},
		{"measured order passed off as warm-up", func(_ *record.Cell, all *[]invariant.History) { (*all)[3].Order.Warmup = true }, "not of the warm-up, or the other way round (1 times, first in order o-3)"},
		{"warm-up passed off as measured", func(c *record.Cell, _ *[]invariant.History) { c.Begin = 0.01 }, "not of the warm-up, or the other way round (7 times, first in order o-0)"},
		{"gaps", func(c *record.Cell, _ *[]invariant.History) { c.Gaps = 3 }, "3 rows are missing from the commit feed"},
		{"not drained, with nothing open", func(c *record.Cell, _ *[]invariant.History) { c.Drained = false }, "drained is false, and 0 accepted orders are open"},
		{"stopwatch saw no end", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Settled = math.NaN() }, "the stopwatch and the ledger disagree (1 times, first in order o-0)"},
		{"stopwatch saw another end", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Outcome = "no_partner" }, "the stopwatch and the ledger disagree"},
		{"stopwatch stopped too early", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Settled -= 0.01 }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw another decision", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Decision++ }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw a quicker compensation", func(_ *record.Cell, all *[]invariant.History) { (*all)[3].Order.Compensation-- }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw a compensation of nothing", func(_ *record.Cell, all *[]invariant.History) { (*all)[1].Order.Compensation = 1 }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw the money back sooner", func(_ *record.Cell, all *[]invariant.History) { (*all)[5].Order.Inconsistent-- }, "the stopwatch and the ledger disagree"},
		{"refused for no reason", func(_ *record.Cell, all *[]invariant.History) { (*all)[1].Faults = nil }, "no fault that fired explains charge refused (1 times, first in order o-1)"},
		{"given up for no reason", func(_ *record.Cell, all *[]invariant.History) { (*all)[2].Faults = nil }, "no fault that fired explains charge blocked"},
		{"given up after an outage", func(_ *record.Cell, all *[]invariant.History) { (*all)[2].Faults[0].Kind = "outage" }, "no fault that fired explains charge blocked"},
		{"given up two attempts after the last fault", func(_ *record.Cell, all *[]invariant.History) { (*all)[2].Faults[0].Attempt = 6 }, "no fault that fired explains charge blocked"},
		{"refused where another call was to be", func(_ *record.Cell, all *[]invariant.History) { (*all)[1].Faults[0].Action = "assign" }, "no fault that fired explains charge refused"},
		{"fault out of the blue", func(c *record.Cell, _ *[]invariant.History) { c.Faults = c.Faults[1:] }, "a fault fired that is not of the cell: payment.charge:refuse@10%"},
		{"fault that can't be understood", func(c *record.Cell, _ *[]invariant.History) { c.Faults = append(c.Faults, "meteor") }, `"meteor" can't be understood`},
		{"fault without a share", func(c *record.Cell, _ *[]invariant.History) {
			c.Faults = append(c.Faults, "loyalty.award:fail(1)@ten%")
		}, "can't be understood"},
		{"fault without a time", func(c *record.Cell, _ *[]invariant.History) {
			c.Faults = append(c.Faults, "loyalty:outage@1s+later")
		}, "can't be understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cell, all := planned(), orders(first)
			c.spoil(&cell, &all)
			got := judge(cell, all)
			if got.Verdict != invariant.Unknown || !slices.ContainsFunc(got.Reasons, func(r string) bool { return strings.Contains(r, c.why) }) {
				t.Errorf("%v because of %q, want unknown because of %q; violations %v", got.Verdict, got.Reasons, c.why, got.Violations)
			}
		})
	}
}

// Missing rows look like broken invariants, so nothing can be concluded.
func TestMissingRowsAreNoVerdict(t *testing.T) {
	all := orders(first)
	number(all)
	all[0].Rows = all[0].Rows[1:]
	checker := invariant.NewChecker(planned())
	for _, h := range all {
		checker.Order(h)
	}
	got := checker.Judgement()
	if got.Verdict != invariant.Unknown || len(got.Violations) == 0 || !strings.Contains(fmt.Sprint(got.Reasons), "rows are recorded") {
		t.Errorf("%v: %v", got.Verdict, got.Reasons)
	}
}

func TestGapsAreNoVerdict(t *testing.T) {
	cell, all := planned(), orders(first)
	drop("mail-confirmed")(&all[0])
	cell.Gaps = 1
	if got := judge(cell, all); got.Verdict != invariant.Unknown || len(got.Violations) == 0 {
		t.Errorf("%v: %v", got.Verdict, got.Violations)
	}
}

// A fault that was due and never fired makes the cell unknown, and one that was
// hardly due does not.
func TestSilentFaults(t *testing.T) {
	for _, c := range []struct {
		rule   string
		orders int
		silent bool
	}{
		{"loyalty.award:fail(1)@10%", 150, false},
		{"loyalty.award:fail(1)@10%", 250, true},
		{"loyalty:fail(1)@10%", 250, true},
		{"loyalty.revoke:fail(1)@10%", 250, false}, // a call that never came
		{"notification.mail:fail(1)@10%", 80, false},
		{"notification.mail:fail(1)@10%", 120, true},
		{"notification.mail-confirmed:fail(1)@10%", 120, false},
		{"order.status:slow(3s)@50%", 25, true},
		{"*:lose-reply@10%", 20, false},
		{"*:lose-reply@10%", 30, true},
		{"restaurant:outage@1s+500ms", 250, true},  // orders 100 to 149, at 10 ms each
		{"restaurant:outage@1s+100ms", 250, false}, // ten orders
		{"restaurant:outage@3s+9s", 250, false},    // after the last order
	} {
		var all []invariant.History
		for i := range c.orders {
			h := play(fmt.Sprintf("o-%d", i), 1090, "", "", first)
			h.Order.Due = 100 + 10*float64(i)
			clock(&h)
			all = append(all, h)
		}
		cell := record.Cell{ID: "c", Drained: true, Begin: 100, Window: 3, Faults: []string{c.rule}}
		want := invariant.Holds
		if c.silent {
			want = invariant.Unknown
		}
		if got := judge(cell, all); got.Verdict != want {
			t.Errorf("%s and %d orders: %v because of %v", c.rule, c.orders, got.Verdict, got.Reasons)
		}
		all[0].Faults = []record.Fault{{Rule: c.rule}}
		if got := judge(cell, all); got.Verdict != invariant.Holds {
			t.Errorf("%s fired: %v because of %v", c.rule, got.Verdict, got.Reasons)
		}
	}
}

func TestVerdictInJSON(t *testing.T) {
	if v := *new(invariant.Verdict); v != invariant.Unknown {
		t.Error("the zero verdict passes")
	}
	for _, v := range []invariant.Verdict{invariant.Unknown, invariant.Broken, invariant.Holds} {
		text, err := json.Marshal(v)
		var back invariant.Verdict
		if err != nil || json.Unmarshal(text, &back) != nil || back != v || string(text) != `"`+v.String()+`"` {
			t.Errorf("%v is %s, read as %v", v, text, back)
		}
	}
	if json.Unmarshal([]byte(`"fine"`), new(invariant.Verdict)) == nil {
		t.Error("any word is a verdict")
	}
}

func BenchmarkChecker(b *testing.B) {
	all := orders(first)
	number(all)
	checker := invariant.NewChecker(planned())
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		checker.Order(all[i%len(all)])
		i++
	}
}

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

// Customers cancel before, between and after everything else. An undo that is drawn to
// fail may not be needed then, and that its fault hits nothing is the only doubt.
func TestAnyInterleavingHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "wins") }
		got := judge(planned(), orders(pick))
		got.Reasons = slices.DeleteFunc(got.Reasons, func(r string) bool { return strings.Contains(r, "hit nothing") })
		if got.Verdict == invariant.Broken || len(got.Reasons) > 0 {
			t.Fatalf("%v: %v %v", got.Verdict, got.Reasons, got.Violations)
		}
	})
}

// A submission without an answer may or may not have made an order, so it is never
// a pass; and it is no violation either.
func TestNoAnswerIsUnknown(t *testing.T) {
	all := orders(first)
	all[0].Order.Accept = math.NaN() // its rows are there and right
	lost := play("o-x", 1190, "", "", first)
	lost.Rows, lost.Calls, lost.Order.Outcome = nil, nil, ""
	lost.Order.Accept, lost.Order.Decision, lost.Order.Settled = math.NaN(), math.NaN(), math.NaN()
	got := judge(planned(), append(all, lost))
	if got.Verdict != invariant.Unknown || len(got.Violations) > 0 || !strings.Contains(fmt.Sprint(got.Reasons), "a submission had no answer (2 times, first in order "+all[0].Order.ID) {
		t.Errorf("%v: %v %v", got.Verdict, got.Reasons, got.Violations)
	}
}

// The calls of a cancelled order that are in flight may still turn out to be rejected.
func TestEndOfACancelledOrderStaysOpen(t *testing.T) {
	for upTo, outcome := range map[string]string{"cancel": "", "confirm": "customer_cancelled"} {
		h := play("o", 1190, "cancel", "", first)
		until(upTo)(&h)
		clock(&h)
		h.Order.Outcome, h.Order.Settled = outcome, math.NaN()
		h.Order.Decision, h.Order.Compensation, h.Order.Inconsistent = math.NaN(), math.NaN(), math.NaN()
		if got := judge(planned(), []invariant.History{h}); strings.Contains(fmt.Sprint(got.Reasons), "disagree") {
			t.Errorf("up to %s: %q", upTo, got.Reasons)
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
		{"one dropped", func(_ *record.Cell, all *[]invariant.History) {
			o := &(*all)[0]
			o.Rows, o.Calls, o.Order.Outcome = nil, nil, ""
			o.Order.Sent, o.Order.Accept, o.Order.Decision, o.Order.Settled = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		}, "an order was due and never submitted (1 times, first in order o-0-"},
		{"999 of 1,000 without an answer", func(_ *record.Cell, all *[]invariant.History) {
			for i := range 999 {
				h := play(fmt.Sprintf("x%d", i), 1190, "", "", first)
				h.Rows, h.Calls, h.Order.Outcome = nil, nil, ""
				h.Order.Accept, h.Order.Decision, h.Order.Settled = math.NaN(), math.NaN(), math.NaN()
				*all = append(*all, h)
			}
		}, "a submission had no answer (999 times"},
		{"no calls", func(_ *record.Cell, all *[]invariant.History) {
			for i := range *all {
				(*all)[i].Calls = nil
			}
		}, "no call was recorded"},
		{"nobody asked the engine", func(c *record.Cell, _ *[]invariant.History) { c.LeftOver = nil }, "not known what the engine had left over"},
		{"died", func(c *record.Cell, _ *[]invariant.History) {
			c.Died = "the worker of the choreography died: exit status 2"
		}, "the worker of the choreography died"},
		{"a death that did not happen", func(c *record.Cell, _ *[]invariant.History) { c.Faults = append(c.Faults, "worker:kill@3s") }, "the planned worker:kill@3s happened 0 times"},
		{"a pause that did not happen", func(c *record.Cell, _ *[]invariant.History) { c.Faults = append(c.Faults, "server:pause@3s+8s") }, "the planned server:pause@3s+8s happened 0 times"},
		{"a fault that hit nothing", func(c *record.Cell, _ *[]invariant.History) {
			c.Faults = append(c.Faults, "loyalty.award:fail(1)@0.0001%")
		}, "hit nothing"},
		{"a charge that timed out eight times", func(c *record.Cell, all *[]invariant.History) {
			h := play("slow", 1190, "charge", "gave_up", first)
			c.Faults = slices.DeleteFunc(c.Faults, func(r string) bool { return r == ruleFor("charge", "gave_up") })
			for i := range h.Calls[:8] {
				h.Calls[i].At = 6000 * float64(i)
			}
			h.Faults = nil
			for i := range h.Rows {
				h.Rows[i].At, h.Rows[i].Committed = h.Rows[i].At+60_000, h.Rows[i].Committed+60_000
			}
			*all = slices.Delete(append(*all, h), 2, 3)
		}, "a call was given up because of its timing"},
		{"cut", func(c *record.Cell, _ *[]invariant.History) { c.Cut = true }, "cut short"},
		{"no window", func(c *record.Cell, _ *[]invariant.History) { c.Window = 0 }, "the measured window was 0 s long"},
		{"a window before its beginning", func(c *record.Cell, _ *[]invariant.History) { c.Window = -30 }, "the measured window was -30 s long"},
		{"a window that is no number", func(c *record.Cell, _ *[]invariant.History) { c.Window = math.NaN() }, "the measured window was NaN s long"},
		{"measured order passed off as warm-up", func(_ *record.Cell, all *[]invariant.History) { (*all)[3].Order.Warmup = true }, "not of the warm-up, or the other way round (1 times, first in order o-3-"},
		{"warm-up passed off as measured", func(c *record.Cell, _ *[]invariant.History) { c.Begin = 0.01 }, "not of the warm-up, or the other way round (16 times, first in order o-0-"},
		{"gaps", func(c *record.Cell, _ *[]invariant.History) { c.Gaps = 3 }, "3 rows are missing from the commit feed"},
		{"not drained, with nothing open", func(c *record.Cell, _ *[]invariant.History) { c.Drained = false }, "drained is false, and 0 accepted orders are open"},
		{"stopwatch saw no end", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Settled = math.NaN() }, "the stopwatch and the ledger disagree (1 times, first in order o-0-"},
		{"stopwatch saw another end", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Outcome = "no_partner" }, "the stopwatch and the ledger disagree"},
		{"stopwatch stopped too early", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Settled -= 0.01 }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw another decision", func(_ *record.Cell, all *[]invariant.History) { (*all)[0].Order.Decision++ }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw a quicker compensation", func(_ *record.Cell, all *[]invariant.History) { (*all)[3].Order.Compensation-- }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw a compensation of nothing", func(_ *record.Cell, all *[]invariant.History) { (*all)[1].Order.Compensation = 1 }, "the stopwatch and the ledger disagree"},
		{"stopwatch saw the money back sooner", func(_ *record.Cell, all *[]invariant.History) { (*all)[5].Order.Inconsistent-- }, "the stopwatch and the ledger disagree"},
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
	checker := invariant.NewChecker(theRun, planned())
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
	checker := invariant.NewChecker(theRun, planned())
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		checker.Order(all[i%len(all)])
		i++
	}
}

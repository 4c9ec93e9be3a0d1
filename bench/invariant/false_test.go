package invariant_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// Six histories that are false from beginning to end. Each of them held once, with
// no reason for doubt, because rows were held against faults and never the other way
// round.
func TestFalseHistories(t *testing.T) {
	const refuse = "restaurant.confirm:refuse@%s%%"
	thousand := func(edit func(i int, h *invariant.History)) (all []invariant.History) {
		for i := range 1000 {
			h := play(fmt.Sprintf("o%04d", i), 1190, "", "", first)
			edit(i, &h)
			all = append(all, h)
		}
		return all
	}
	refusedBy := func(h *invariant.History, rule string) {
		k := slices.IndexFunc(h.Calls, func(c record.Call) bool { return c.Action == "confirm" })
		c := h.Calls[k]
		h.Faults = append(h.Faults, record.Fault{Order: c.Order, Service: c.Service, Action: c.Action, Attempt: 1, Kind: "refuse", Rule: rule, At: moment(c.At + 1)})
	}
	nothing := func(int, *invariant.History) {}
	for _, c := range []struct {
		name    string
		rule    string
		all     []invariant.History
		verdict invariant.Verdict
		want    string
	}{
		{"refused a thousand times, and done all the same", fmt.Sprintf(refuse, "100"),
			thousand(func(_ int, h *invariant.History) { refusedBy(h, fmt.Sprintf(refuse, "100")) }),
			invariant.Broken, "ends-as-drawn"},
		{"a fifth is to be refused, and one of a thousand is", fmt.Sprintf(refuse, "20"),
			thousand(func(i int, h *invariant.History) {
				if i == 0 {
					refusedBy(h, fmt.Sprintf(refuse, "20"))
				}
			}), invariant.Broken, "faults-as-drawn"},
		{"a fifth is to be refused, and none of 95 is", fmt.Sprintf(refuse, "20"), thousand(nothing)[:95], invariant.Broken, "faults-as-drawn"},
		{"999 of a thousand submissions without an answer", "", thousand(func(i int, h *invariant.History) {
			if i > 0 {
				h.Rows, h.Calls, h.Order.Outcome = nil, nil, ""
				h.Order.Accept, h.Order.Decision, h.Order.Settled = math.NaN(), math.NaN(), math.NaN()
			}
		}), invariant.Unknown, "a submission had no answer (999 times"},
		{"given up after two of eight attempts", "restaurant.confirm:fail(2)@100%", []invariant.History{givenUpAfterTwo()}, invariant.Broken, "ends-as-drawn"},
		{"every row by its five hundredth attempt", "", thousand(func(_ int, h *invariant.History) {
			for i := range h.Rows {
				h.Rows[i].Attempt = 500
			}
			for i := range h.Calls {
				h.Calls[i].Attempt = 500
			}
		}), invariant.Broken, "calls-explained"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cell := planned()
			cell.Faults = nil
			if c.rule != "" {
				cell.Faults = []string{c.rule}
			}
			got := judge(cell, c.all)
			if found := fmt.Sprint(broken(got.Counts), got.Reasons); got.Verdict != c.verdict || !strings.Contains(found, c.want) {
				t.Errorf("%v: %s, want %v because of %s", got.Verdict, found, c.verdict, c.want)
			}
		})
	}
}

func givenUpAfterTwo() invariant.History {
	h := play("o", 1190, "confirm", "gave_up", first)
	set("confirm", func(e *record.Effect) { e.Attempt = 2 })(&h)
	h.Calls = slices.DeleteFunc(h.Calls, func(c record.Call) bool { return c.Attempt > 2 })
	h.Faults = slices.DeleteFunc(h.Faults, func(f record.Fault) bool { return f.Attempt > 2 })
	for i := range h.Faults {
		h.Faults[i].Rule = "restaurant.confirm:fail(2)@100%"
	}
	return h
}

package invariant_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
)

// What the engine had left over breaks a cell, and what is not known of it is a doubt.
func TestLeftOver(t *testing.T) {
	for _, c := range []struct {
		left map[string]float64
		want invariant.Verdict
		why  string
	}{
		{map[string]float64{}, invariant.Holds, ""},
		{map[string]float64{"unacked": 0, "dead_letters": 0}, invariant.Holds, ""},
		{map[string]float64{"unacked": 3, "dead_letters": 1}, invariant.Broken, "1 dead letters, 3 unacked"},
		{map[string]float64{"open_workflows": 5}, invariant.Holds, ""}, // as many as are escalated
		{map[string]float64{"open_workflows": 6}, invariant.Broken, "1 open workflows"},
		{map[string]float64{"unseen_workflows": 2}, invariant.Unknown, "the engine does not list 2 workflows that it accepted"},
		{nil, invariant.Unknown, "it is not known what the engine had left over"},
	} {
		cell := planned()
		cell.LeftOver = c.left
		got := judge(cell, orders(first))
		if got.Verdict != c.want || !strings.Contains(fmt.Sprint(got.Reasons, got.Violations), c.why) {
			t.Errorf("%v: %v %v %v", c.left, got.Verdict, got.Reasons, got.Violations)
		}
	}
}

// A workflow does not wait for a person who has answered.
func TestResolvedIsNotLeftOver(t *testing.T) {
	cell, h := planned(), play("victim", 1190, "confirm refund", "refused", first)
	insert("mail-escalated", "resolve", 0)(&h)
	clock(&h)
	for open, want := range map[float64]bool{0: false, 1: true} {
		cell.LeftOver = map[string]float64{"open_workflows": open}
		if fired := slices.Contains(broken(judge(cell, []invariant.History{h}).Counts), "nothing-left-over"); fired != want {
			t.Errorf("%v open: fired %t", open, fired)
		}
	}
}

// A person may take any time.
func TestLateResolution(t *testing.T) {
	var all []invariant.History
	for i := range 20 {
		h := play(fmt.Sprintf("o%d", i), 1190, "confirm refund", "refused", first)
		insert("mail-escalated", "resolve", 0)(&h)
		clock(&h)
		callAt("resolve", 60_000)(&h, nil)
		all = append(all, h)
	}
	if got := judge(planned(), all); slices.Contains(broken(got.Counts), "on-time") {
		t.Error(got.Violations)
	}
}

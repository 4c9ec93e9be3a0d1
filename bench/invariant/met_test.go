package invariant_test

import (
	"maps"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// How far an order was when its customer cancelled.
func TestMetCancelled(t *testing.T) {
	called := func(action string, at float64) record.Call { return record.Call{Action: action, Attempt: 1, At: at} }
	row := func(action, outcome, reason string, at float64) record.Effect {
		return record.Effect{Action: action, Outcome: outcome, Reason: reason, At: at, Committed: at}
	}
	cancelledAt := row("cancel", "done", "", 50)
	for _, tt := range []struct {
		want  string
		calls []record.Call
		rows  []record.Effect
	}{
		{"before charge", nil, nil},
		{"before charge", []record.Call{called("charge", 60)}, []record.Effect{row("charge", "blocked", "undone", 55)}},
		{"during charge", []record.Call{called("charge", 40)}, []record.Effect{row("charge", "done", "", 60)}},
		{"during charge", []record.Call{called("charge", 10), called("charge", 60)}, []record.Effect{row("charge", "blocked", "undone", 51)}},
		{"after rejected charge", []record.Call{called("charge", 40)}, []record.Effect{row("charge", "refused", "", 45)}},
		{"after charge", []record.Call{called("charge", 40)}, []record.Effect{row("charge", "done", "", 45)}},
		{"during confirm", []record.Call{called("charge", 10), called("confirm", 49)}, []record.Effect{row("charge", "done", "", 45)}},
		{"during assign", []record.Call{called("charge", 10), called("confirm", 20), called("assign", 40)},
			[]record.Effect{row("charge", "done", "", 15), row("confirm", "done", "", 25), row("assign", "blocked", "undone", 50)}},
		{"after assign", []record.Call{called("charge", 10), called("confirm", 20), called("assign", 40)},
			[]record.Effect{row("charge", "done", "", 15), row("confirm", "done", "", 25), row("assign", "done", "", 45)}},
	} {
		h := invariant.History{Order: record.Order{ID: "one"}, Calls: append(tt.calls, called("cancel", 49)), Rows: append(tt.rows, cancelledAt)}
		if got, want := judge(planned(), []invariant.History{h}).Met["cancelled"], map[string]int{tt.want: 1}; !maps.Equal(got, want) {
			t.Errorf("%v, want %v; rows %v", got, want, h.Rows)
		}
	}
}

// What became of compensations, the endings, and the faults.
func TestMet(t *testing.T) {
	got := judge(planned(), orders(first)).Met
	if got["ending"]["restaurant_failed"] != 3 || got["ending"]["escalated"] != 5 {
		t.Errorf("by ending: %v", got["ending"])
	}
	if got["undo"]["refund rejected"] != 3 || got["undo"]["revoke rejected"] != 1 || got["undo"]["cancel-ticket rejected"] != 2 {
		t.Errorf("by what became of undos: %v", got["undo"])
	}
	if got["fault"]["cancel"] != 6 || got["fault"]["refuse"] == 0 {
		t.Errorf("by fault: %v", got["fault"])
	}
	both := invariant.Met{}
	both.Add(got)
	both.Add(got)
	if both["ending"]["escalated"] != 10 {
		t.Errorf("twice that: %v", both["ending"])
	}
}

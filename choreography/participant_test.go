package choreography

import (
	"slices"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// The table is written by hand in six files, so it is held against the story:
// every action is done by its own service, in reaction to something that
// somebody says, and a participant says a no exactly for a call that may be
// refused.
func TestParticipantsFitTheStory(t *testing.T) {
	l := ledger.NewMemory(ledger.Options{})
	defer l.Close()
	s := food.NewServices(l, food.DefaultPolicy)
	defer s.Close()

	said := []Kind{OrderPlaced} // by the order side
	heard := map[Kind]bool{}
	does := map[food.Service][]food.Action{}
	for i, p := range participants(s) {
		if p.service != food.AllServices[i] {
			t.Errorf("participant %d is %s, want %s", i+1, p.service, food.AllServices[i])
		}
		for kind, r := range p.hears {
			heard[kind] = true
			does[p.service] = append(does[p.service], r.call)
			said = append(said, r.says, r.or)
			o := lunch
			o.ID = string(p.service) + "-" + string(kind)
			row, err := r.does(t.Context(), o, 1)
			if err != nil {
				t.Fatal(err)
			}
			if row.Action != r.call || row.Service != p.service {
				t.Errorf("%s hears %s and is said to call %s, but calls %s.%s", p.service, kind, r.call, row.Service, row.Action)
			}
			if r.call.Deciding() != (r.or != "") {
				t.Errorf("%s hears %s: says %q for a no, but %s deciding is %v", p.service, kind, r.or, r.call, r.call.Deciding())
			}
		}
	}
	for service, actions := range food.Actions {
		got := slices.Compact(slices.Sorted(slices.Values(does[service])))
		if want := slices.Sorted(slices.Values(actions)); !slices.Equal(got, want) {
			t.Errorf("%s does %v, want %v", service, got, want)
		}
	}
	for _, kind := range Kinds {
		if !slices.Contains(said, kind) {
			t.Errorf("nobody says %s", kind)
		}
		if !heard[kind] {
			t.Errorf("nobody hears %s", kind)
		}
	}
}

func TestWhatIsSaidFollowsFromTheRow(t *testing.T) {
	r := reaction{says: PaymentSuccess, or: PaymentFailed}
	for _, tt := range []struct {
		row  food.Row
		want Kind
	}{
		{food.Row{Outcome: food.Done}, PaymentSuccess},
		{food.Row{Outcome: food.Done, Reason: food.NothingToUndo}, PaymentSuccess},
		{food.Row{Outcome: food.Refused, Reason: "no funds"}, PaymentFailed},
		{food.Row{Outcome: food.Blocked, Reason: food.GaveUp}, PaymentFailed},
		{food.Row{Outcome: food.Blocked, Reason: food.Undone}, ""},
	} {
		if got := r.about(tt.row); got != tt.want {
			t.Errorf("about(%s %s) = %q, want %q", tt.row.Outcome, tt.row.Reason, got, tt.want)
		}
	}
}

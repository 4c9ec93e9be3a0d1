package choreography

import (
	"slices"
	"testing"

	"github.com/sagabench/sagabench/food"
)

// The reactions are written by hand in six files, so they are held against the
// story: every action is done by its own service, in reaction to an event that is
// published, and a rejection is published exactly for a call that may be rejected.
func TestParticipantsFitTheStory(t *testing.T) {
	published := []Kind{OrderPlaced, CancellationRequested, EscalationResolved} // by the Coordinator
	on := map[Kind]bool{}
	does := map[food.Service][]food.Action{}
	for i, p := range participants {
		if p.service != food.AllServices[i] {
			t.Errorf("participant %d is %s, want %s", i+1, p.service, food.AllServices[i])
		}
		for kind, r := range p.on {
			on[kind] = true
			does[p.service] = append(does[p.service], r.does)
			published = append(published, r.done, r.rejected)
			if r.does.Rejectable() != (r.rejected != "") {
				t.Errorf("%s on %s: publishes %q for a rejection, but %s rejectable is %v", p.service, kind, r.rejected, r.does, r.does.Rejectable())
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
		if !slices.Contains(published, kind) {
			t.Errorf("no participant publishes %s", kind)
		}
		if !on[kind] {
			t.Errorf("no participant reacts to %s", kind)
		}
	}
}

func TestWhatIsPublishedFollowsFromTheRow(t *testing.T) {
	for _, tt := range []struct {
		reaction reaction
		row      food.Row
		want     Kind
	}{
		{payments.on[OrderPlaced], food.Row{Outcome: food.Done}, PaymentSuccess},
		{payments.on[OrderPlaced], food.Row{Outcome: food.Refused, Reason: "no funds"}, PaymentFailed},
		{payments.on[OrderPlaced], food.Row{Outcome: food.Blocked, Reason: food.GaveUp}, PaymentFailed},
		{payments.on[OrderPlaced], food.Row{Outcome: food.Blocked, Reason: food.Undone}, ""},
		{payments.on[DeliveryPartnerUnavailable], food.Row{Outcome: food.Done}, PaymentReversed},
		{payments.on[DeliveryPartnerUnavailable], food.Row{Outcome: food.Done, Reason: food.NothingToUndo}, ""},
		{loyalty.on[RestaurantConfirmedOrder], food.Row{Outcome: food.Done}, ""},
	} {
		if got := tt.reaction.next(tt.row); got != tt.want {
			t.Errorf("after %s %s %s follows %q, want %q", tt.reaction.does, tt.row.Outcome, tt.row.Reason, got, tt.want)
		}
	}
}

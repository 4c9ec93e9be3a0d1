package choreography

import (
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
)

// Every reaction of every participant is in the flow, and nothing leads nowhere.
func TestFlowHasEveryReaction(t *testing.T) {
	f := Flow()
	if len(f.Gaps) > 0 {
		t.Errorf("gaps: %q", f.Gaps)
	}
	for _, p := range participants {
		for kind, r := range p.on {
			if !slices.ContainsFunc(f.Edges, func(e flow.Edge) bool { return e.By == string(kind) && slices.Contains(e.Then, r.does) }) {
				t.Errorf("no edge from %s to %s", kind, r.does)
			}
		}
	}
}

// What is published for no one, and what nothing can trigger, is named.
func TestFlowNamesGaps(t *testing.T) {
	without := func(service food.Service, kind Kind) []participant {
		all := slices.Clone(participants)
		for i, p := range all {
			if p.service == service {
				all[i].on = map[Kind]reaction{}
				for k, r := range p.on {
					if k != kind {
						all[i].on[k] = r
					}
				}
			}
		}
		return all
	}
	for _, c := range []struct {
		participants []participant
		want         []string
	}{
		{without(food.Notification, PointsRevocationFailed), []string{"no service receives points_revocation_failed"}},
		{without(food.Payment, OrderPlaced), []string{"no service receives order_placed", "restaurant reacts to payment_success, which nothing publishes: confirm is never called for it", "nothing leads to charge"}},
		{append(slices.Clone(participants), participant{service: "robot", on: map[Kind]reaction{"pizza_burned": {does: food.Award}}}), []string{"robot reacts to pizza_burned and does not receive it: award is never called for it"}},
	} {
		gaps := strings.Join(flowOf(c.participants).Gaps, "\n")
		for _, want := range c.want {
			if !strings.Contains(gaps, want) {
				t.Errorf("the gaps are\n%s\nwant %q", gaps, want)
			}
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		filter, subject string
		want            bool
	}{
		{"a.order.placed.*", "a.order.placed.o-1", true},
		{"a.order.placed.*", "a.order.place.o-1", false},
		{"a.order.placed.*", "a.order.placed", false},
		{"a.order.placed.*", "a.order.placed.o-1.x", false},
		{"a.order.>", "a.order.placed.o-1", true},
		{"a.order.placed.o-1.>", "a.order.placed.o-1", false},
		{"*", "a", true},
	} {
		if got := matches(c.filter, c.subject); got != c.want {
			t.Errorf("%s matches %s: %v", c.filter, c.subject, got)
		}
	}
}

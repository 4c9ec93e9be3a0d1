package choreography_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/story"
)

// An order's events are put together with their causes, as the events have them. Nothing
// of another order is among them, and reading leaves nothing behind.
func TestStory(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w, refuse(food.Assign, "o"), refuse(food.Refund, "o"))
	place(t, co, "o-1", "o-11", "p-1")
	w.settled(t, "p-1")
	w.until(t, "the customer knows", func() bool { return w.tallies["o-1"].Ended() && w.tallies["o-11"].Ended() })
	o := operate(t, c)
	if err := o.Resolve(t.Context(), "o-1"); err != nil {
		t.Fatal(err)
	}
	w.settled(t, "o-1")

	got := tellStory(t, o, "o-1")
	want := []string{
		"order_placed by customer",
		"payment_success by payment: charge done < order_placed",
		"restaurant_confirmed_order by restaurant: confirm done < payment_success",
		"delivery_partner_unavailable by delivery: assign refused < restaurant_confirmed_order (not today)",
		"payment_reversal_failed by payment: refund refused < delivery_partner_unavailable (not today)",
		"escalation_resolved by person < payment_reversal_failed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	events, err := stream(t, server.URL()).Stream(t.Context(), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	if n := events.CachedInfo().State.Consumers; n != len(food.AllServices) {
		t.Errorf("%d consumers, want one for each participant", n)
	}
	for _, id := range []string{"o-9", "*", ">", "o-1.", ""} {
		if s, err := o.Story(t.Context(), id); !errors.Is(err, food.ErrUnknownOrder) {
			t.Errorf("order %q: %+v, %v", id, s, err)
		}
	}
}

// A call that was given up is blocked, and no refusal.
func TestStoryOfGivingUp(t *testing.T) {
	t.Parallel()
	c := config(devservertest.NATS(t).URL())
	c.Policy.Attempts = 2
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w, never(food.Confirm, "o"))
	place(t, co, "o-1")
	w.settled(t, "o-1")
	got := strings.Join(tellStory(t, operate(t, c), "o-1"), "\n")
	if want := "by restaurant: confirm blocked < payment_success (gave_up)"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant %q", got, want)
	}
}

// A dead letter follows from its message, and an event that comes twice is told from the
// first.
func TestStoryOfADeadLetter(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	old, err := choreography.WorkOld(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1")
	js := stream(t, server.URL())
	if _, err := js.Publish(t.Context(), "test.order.order_placed.poison-1", []byte("?")); err != nil {
		t.Fatal(err)
	}
	o := operate(t, c)
	eventually(t, "both are dead letters", func() bool { return len(list(t, o).Orders) == 2 })
	want := []string{"order_placed by  (not an event: invalid character '?' looking for beginning of value)",
		"dead letter by  < order_placed (version 1 is not known, only 0 is)"}
	if diff := cmp.Diff(want, tellStory(t, o, "poison-1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	closeWorker(t, old)
	work(t, c, w)
	if _, err := o.Redrive(t.Context(), "o-1"); err != nil {
		t.Fatal(err)
	}
	w.settled(t, "o-1")
	s := storyOf(t, o, "o-1")
	if m := s.Moments[1]; m.What != "order_placed" || m.ID == s.Moments[0].ID || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "order_placed more than once") {
		t.Errorf("the event that came twice: %+v, %q", m, s.Notes)
	}
	// A letter whose message is not there follows from nothing that is known.
	dead, err := js.Stream(t.Context(), c.Name)
	if err == nil {
		err = dead.Purge(t.Context(), jetstream.WithPurgeSubject("test.order.*.poison-1"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := tellStory(t, o, "poison-1"); len(got) != 1 || strings.Contains(got[0], "<") {
		t.Errorf("got %q, want the letter alone", got)
	}
}

func storyOf(tb testing.TB, o *choreography.Operator, order string) story.Story {
	tb.Helper()
	s, err := o.Story(tb.Context(), order)
	if err != nil {
		tb.Fatal(err)
	}
	ids := map[string]bool{}
	for _, m := range s.Moments {
		if ids[m.ID] || m.ID == "" || m.At.IsZero() {
			tb.Errorf("a moment without an id of its own, or time: %+v", m)
		}
		ids[m.ID] = true
	}
	return s
}

// tellStory puts each moment into a line.
func tellStory(tb testing.TB, o *choreography.Operator, order string) (lines []string) {
	tb.Helper()
	s, what := storyOf(tb, o, order), map[string]string{}
	for _, m := range s.Moments {
		line := m.What + " by " + m.By
		if m.Call != "" {
			line += fmt.Sprintf(": %s %s", m.Call, m.Outcome)
		}
		if m.Cause != "" {
			line += " < " + what[m.Cause]
		}
		if m.Detail != "" {
			line += " (" + m.Detail + ")"
		}
		lines, what[m.ID] = append(lines, line), m.What
	}
	return lines
}

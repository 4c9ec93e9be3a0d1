package choreography_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// During an outage of charge 2,000 messages are redelivered to payment again and
// again. Refunds, which payment makes too, are not held up by that.
func TestOutageDoesNotStarveCompensations(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy = food.DefaultPolicy
	c.Policy.Attempts = 100
	w := newWorld(t)
	co := open(t, c)
	noPartner := outage{action: food.Assign, hit: map[string]bool{}}
	noPartner.on.Store(true)
	noCharge := outage{action: food.Charge, hit: map[string]bool{}}
	work(t, c, w, noCharge.intercept, noPartner.intercept, refuse(food.Assign, "doomed"))

	doomed, waiting := orderIDs("doomed", 50), orderIDs("waiting", 2000)
	place(t, co, doomed...)
	for _, id := range doomed {
		w.until(t, id+" is confirmed", func() bool { return len(w.rows[id]) >= 2 })
	}
	noCharge.on.Store(true)
	place(t, co, waiting...)
	eventually(t, "2,000 orders wait for their charge", func() bool { return noCharge.orders() == len(waiting) })

	start := time.Now()
	noPartner.on.Store(false)
	w.settled(t, doomed...)
	took := time.Since(start)
	t.Logf("refunds of %d orders during the outage took %v", len(doomed), took.Round(time.Millisecond))
	if limit := 2 * c.Policy.MaxBackoff; took > limit {
		t.Errorf("refunds during the outage took %v, want at most %v", took, limit)
	}
	if row, ok := w.row(waiting[0], food.Charge); ok {
		t.Fatalf("there was no outage: %+v", row)
	}
	noCharge.on.Store(false)
	w.settled(t, waiting...)
}

// A refund that finds nothing to undo is followed by no mail about it. Here an
// event that cancels the order is published by hand, and the order was never placed.
func TestRefundOfNothing(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	worker, _ := work(t, c, w)
	const kind = choreography.RestaurantOrderConfirmationFailed
	event, err := json.Marshal(choreography.Event{
		Version: choreography.Version, ID: "o-1." + string(kind), Kind: kind, Order: meal("o-1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	subject := choreography.Subject(c.Name, kind, "o-1")
	if _, err := stream(t, server.URL()).Publish(t.Context(), subject, event, jetstream.WithMsgID("o-1."+string(kind))); err != nil {
		t.Fatal(err)
	}
	handled(t, co, 3)
	closeWorker(t, worker)
	want := "charge blocked undone\nmail-cancelled done\nrefund done nothing_to_undo\nstatus-cancelled done"
	if diff := cmp.Diff(want, show(w.of("o-1"))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := counters(t, co)["messages"]; got != 1 {
		t.Errorf("%v messages, want no other than the one by hand", got)
	}
}

// A call that was undone before it was made, here by a refund by hand, is followed
// by nothing: what follows is up to whoever undid it.
func TestUndoneBySomeoneElse(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	worker, s := work(t, c, w)
	if _, err := s.Refund(t.Context(), meal("o-1"), 1); err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1")
	handled(t, co, 1)
	closeWorker(t, worker)
	want := "charge blocked undone\nrefund done nothing_to_undo"
	if diff := cmp.Diff(want, show(w.of("o-1"))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := counters(t, co)["messages"]; got != 1 {
		t.Errorf("%v messages, want order_placed alone", got)
	}
}

// handled waits until so many deliveries, and all that followed from them, are acked.
func handled(t *testing.T, co *choreography.Coordinator, deliveries float64) {
	t.Helper()
	eventually(t, "every delivery is acked", func() bool {
		n := counters(t, co)
		return n["deliveries"] >= deliveries && n["unacked"] == 0 && n["pending"] == 0
	})
}

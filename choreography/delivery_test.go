package choreography_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// A worker that died after it had charged and said so, and before it acked,
// leaves the next one a message that was dealt with already.
func TestLostAck(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	place(t, co, "o-1")

	js := stream(t, server.URL())
	consumer, err := js.Consumer(t.Context(), c.Name, string(food.Payment))
	if err != nil {
		t.Fatal(err)
	}
	heard, err := consumer.Next()
	if err != nil {
		t.Fatal(err)
	}
	dying := food.NewServices(w, c.Policy)
	if _, err := dying.Charge(t.Context(), meal("o-1"), 1); err != nil {
		t.Fatal(err)
	}
	said := strings.NewReplacer("order_placed", "payment_success").Replace(string(heard.Data()))
	said = strings.Replace(said, `"order":`, `"cause":"o-1.order_placed","order":`, 1)
	if _, err := js.Publish(t.Context(), "test.order.payment_success.o-1", []byte(said), jetstream.WithMsgID("o-1.payment_success")); err != nil {
		t.Fatal(err)
	}

	worker, s := work(t, c, w)
	if got := w.settled(t, "o-1"); got != food.Completed {
		t.Errorf("ended as %s, want completed", got)
	}
	eventually(t, "order_placed was heard again", func() bool { return s.Absorbed() == 1 })
	closeWorker(t, worker)
	got := counters(t, co)
	if got["messages"] != 4 || got["redeliveries"] != 1 || got["unacked"] != 0 {
		t.Errorf("counters %v, want 4 messages, 1 redelivery, 0 unacked", got)
	}
}

// A participant that can't make itself heard has not reacted yet. Here the stream
// refuses what payment says for a while.
func TestSaidBeforeAcked(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	_, s := work(t, c, w)
	js := stream(t, server.URL())
	events, err := js.Stream(t.Context(), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	whole := events.CachedInfo().Config
	deaf := whole
	deaf.Subjects = slices.DeleteFunc(slices.Clone(whole.Subjects), func(s string) bool { return strings.Contains(s, "payment_success") })
	if _, err := js.UpdateStream(t.Context(), deaf); err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1")
	eventually(t, "order_placed is heard again", func() bool { return s.Absorbed() > 0 })
	if _, err := js.UpdateStream(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	w.settled(t, "o-1")
}

// A charge that limps in after it was given up finds the door shut, and nobody
// hears of it.
func TestNothingIsSaidOfALateEffect(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy.Attempts = 1
	w := newWorld(t)
	co := open(t, c)
	settled := make(chan struct{})
	zombie := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action != food.Charge {
			return next(ctx)
		}
		return food.Detach(ctx, func() error {
			<-settled
			return next(context.WithoutCancel(ctx))
		})
	}
	worker, s := work(t, c, w, zombie)
	place(t, co, "o-1")
	if got := w.settled(t, "o-1"); got != food.PaymentDeclined {
		t.Errorf("ended as %s, want payment_declined", got)
	}
	close(settled)
	closeWorker(t, worker)
	s.Close() // waits for the zombie
	if row, _ := w.row("o-1", food.Charge); row.Outcome != food.Blocked {
		t.Errorf("charge is %s after its late effect, want blocked", row.Outcome)
	}
	if got := counters(t, co)["messages"]; got != 2 {
		t.Errorf("%v messages, want 2: order_placed and payment_failed", got)
	}
}

// A worker that is closed has dealt with all that it had heard; the next one
// goes on at once and does not wait for the redelivery clock.
func TestWorkerRestarted(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	ids := orderIDs("o", 1000)
	first, _ := work(t, c, w)
	place(t, co, ids[:500]...)
	closeWorker(t, first)
	if n := counters(t, co); n["unacked"] != 0 {
		t.Errorf("counters %v after the first worker was closed, want nothing unacked", n)
	}
	place(t, co, ids[500:]...)
	work(t, c, w)
	w.settled(t, ids...)
	if n := counters(t, co); n["redeliveries"] != 0 {
		t.Errorf("counters %v, want no redeliveries", n)
	}
}

// The server is killed with orders in flight and others being placed. Both sides
// come back by themselves, and what was accepted settles.
func TestServerKilled(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w)
	ids := orderIDs("o", 2000)
	placing := make(chan struct{})
	go func() {
		defer close(placing)
		place(t, co, ids...)
	}()
	w.until(t, "500 orders are charged", func() bool { return len(w.rows) >= 500 })
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-placing
	if got := w.settled(t, ids...); got != food.Completed {
		t.Errorf("ended as %s, want completed", got)
	}
}

// During an outage of charge 2,000 orders come back again and again to payment.
// Refunds, which payment does too, are not held up by that.
func TestOutageDoesNotStarveUndos(t *testing.T) {
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

// More messages are at hand than there are slots, and each call takes most of
// the redelivery clock. Nobody is called again because he waited in the queue.
func TestPrefetchedMessagesKeepTheirClock(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy.Concurrency = 4
	c.Policy.CallTimeout = 800 * time.Millisecond
	w := newWorld(t)
	co := open(t, c)
	slow := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == food.Charge {
			time.Sleep(600 * time.Millisecond)
		}
		return next(ctx)
	}
	ids := orderIDs("o", 16)
	place(t, co, ids...)
	_, s := work(t, c, w, slow)
	w.settled(t, ids...)
	if n := counters(t, co); n["redeliveries"] != 0 || s.Absorbed() != 0 {
		t.Errorf("%v redeliveries and %d absorbed calls, want none", n["redeliveries"], s.Absorbed())
	}
}

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

// A worker that died after it had charged and published that, and before it acked,
// leaves the next one a message that was handled already.
func TestLostAck(t *testing.T) {
	t.Parallel()
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
	received, err := consumer.Next()
	if err != nil {
		t.Fatal(err)
	}
	dying := food.NewServices(w, c.Policy)
	if _, err := dying.Charge(t.Context(), meal("o-1"), 1); err != nil {
		t.Fatal(err)
	}
	next := strings.NewReplacer("order_placed", "payment_success").Replace(string(received.Data()))
	next = strings.Replace(next, `"order":`, `"cause":"o-1.order_placed","order":`, 1)
	if _, err := js.Publish(t.Context(), "test.order.payment_success.o-1", []byte(next), jetstream.WithMsgID("o-1.payment_success")); err != nil {
		t.Fatal(err)
	}

	worker, s := work(t, c, w)
	if got := w.settled(t, "o-1"); got != food.Completed {
		t.Errorf("ended as %s, want completed", got)
	}
	eventually(t, "order_placed is redelivered", func() bool { return s.Absorbed() == 1 })
	closeWorker(t, worker)
	got := counters(t, co)
	if got["messages"] != 4 || got["redeliveries"] != 1 || got["unacked"] != 0 {
		t.Errorf("counters %v, want 4 messages, 1 redelivery, 0 unacked", got)
	}
}

// A participant that can't publish does not ack, and that is in place of an outbox.
// Here no stream takes the event of payment for a while.
func TestPublishedBeforeAcked(t *testing.T) {
	t.Parallel()
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
	without := whole
	without.Subjects = slices.DeleteFunc(slices.Clone(whole.Subjects), func(s string) bool { return strings.Contains(s, "payment_success") })
	if _, err := js.UpdateStream(t.Context(), without); err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1")
	eventually(t, "order_placed is redelivered", func() bool { return s.Absorbed() > 0 })
	if _, err := js.UpdateStream(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	w.settled(t, "o-1")
}

// A charge that takes effect after it was given up is blocked, and nothing is
// published about it.
func TestNothingIsPublishedOfALateEffect(t *testing.T) {
	t.Parallel()
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

// A worker that is closed has handled all that it had received; the next one goes
// on at once and does not wait for the redelivery timeout.
func TestWorkerRestarted(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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

// A worker whose consumer or stream is deleted says so, and takes no more work. It does
// not create them anew: messages would be missing.
func TestWorkerWithoutASource(t *testing.T) {
	t.Parallel()
	for what, remove := range map[string]func(jetstream.JetStream, string) error{
		"consumer": func(js jetstream.JetStream, stream string) error {
			return js.DeleteConsumer(t.Context(), stream, string(food.Loyalty))
		},
		"stream": func(js jetstream.JetStream, stream string) error { return js.DeleteStream(t.Context(), stream) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			server := devservertest.NATS(t)
			c := config(server.URL())
			failed := make(chan error, 6)
			c.Failed = func(err error) { failed <- err }
			worker, _ := work(t, c, newWorld(t))
			if err := remove(stream(t, server.URL()), c.Name); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-failed:
				if !strings.Contains(err.Error(), what+" not found") {
					t.Errorf("it failed because of %v, want the %s", err, what)
				}
			case <-time.After(patience):
				t.Fatal("it is silent")
			}
			closeWorker(t, worker)
			if len(failed) > 0 {
				t.Errorf("and again: %v", <-failed)
			}
		})
	}
}

// A server that goes away is waited for, and an end that was asked for is no failure.
func TestWorkerWithoutAServer(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	failed := make(chan error, 6)
	c.Failed = func(err error) { failed <- err }
	w := newWorld(t)
	co := open(t, c)
	worker, _ := work(t, c, w)
	for range 3 {
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	place(t, co, "o-1")
	w.settled(t, "o-1")
	closeWorker(t, worker)
	if len(failed) > 0 {
		t.Error(<-failed)
	}
}

// More messages are fetched than there are handlers, and each call takes most of
// the redelivery timeout. No message is redelivered because it waited in the client.
func TestFetchedMessagesAreNotRedelivered(t *testing.T) {
	t.Parallel()
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

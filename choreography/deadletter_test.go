package choreography_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// What can't be decoded becomes one dead letter, however many participants receive
// it, and the orders around it are not affected.
func TestDeadLetters(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w)
	js := stream(t, server.URL())
	poison := []struct{ kind, id, body, reason string }{
		{"order_placed", "p-1", `{"version":`, "not an event"},
		{"order_placed", "p-2", `{"version":2,"id":"p-2.order_placed","urgent":true}`, "version 2"},
		{"restaurant_confirmed_order", "p-3", `[]`, "not an event"}, // four react to this
		{"delivery_partner_unavailable", "p-4", ``, "not an event"}, // five react to this
		{"payment_success", "p-5", `{"version":1,"id":"p-5.order_eaten","event":"order_eaten"}`, "order_eaten"},
		{"payment_reversed", "p-6", `{"version":1,"id":"p-6.payment_reversed","event":"payment_failed"}`, "differ"},
	}
	ids := orderIDs("o", 20)
	place(t, co, ids[:10]...)
	for _, p := range poison {
		if _, err := js.Publish(t.Context(), "test.order."+p.kind+"."+p.id, []byte(p.body)); err != nil {
			t.Fatal(err)
		}
	}
	place(t, co, ids[10:]...)
	w.settled(t, ids...)
	for _, id := range ids {
		if row, _ := w.row(id, food.StatusCompleted); row.Attempt != 1 {
			t.Errorf("order %s was completed at attempt %d, want 1", id, row.Attempt)
		}
	}

	want := float64(len(poison))
	eventually(t, "every poisonous message is terminated", func() bool {
		n := counters(t, co)
		return n["dead_letters"] == want && n["unacked"] == 0 && n["pending"] == 0
	})
	if n := counters(t, co); n["redeliveries"] != 0 {
		t.Errorf("counters %v, want no redeliveries", n)
	}
	dead, err := js.Stream(t.Context(), c.Name+"-dlq")
	if err != nil {
		t.Fatal(err)
	}
	letters := map[string]*jetstream.RawStreamMsg{}
	for seq := range uint64(len(poison)) {
		letter, err := dead.GetMsg(t.Context(), seq+1)
		if err != nil {
			t.Fatal(err)
		}
		letters[letter.Header.Get("Dead-Subject")] = letter
	}
	for _, p := range poison {
		letter := letters["test.order."+p.kind+"."+p.id]
		if letter == nil {
			t.Errorf("%s: no dead letter", p.id)
			continue
		}
		if string(letter.Data) != p.body || !strings.Contains(letter.Header.Get("Dead-Reason"), p.reason) {
			t.Errorf("%s: dead letter %q because of %q, want %q because of %q", p.id, letter.Data, letter.Header.Get("Dead-Reason"), p.body, p.reason)
		}
	}
}

// An event that has one field more than this build knows is not lost.
func TestEventOfTomorrow(t *testing.T) {
	server := devservertest.NATS(t)
	co := open(t, config(server.URL()))
	w := newWorld(t)
	work(t, config(server.URL()), w)
	body := `{"version":1,"id":"tomorrow.order_placed","event":"order_placed","tip":100,` +
		`"order":{"id":"tomorrow","customer":"ada","restaurant":"Da Mario","allergies":["nuts"],"items":[{"dish":"Margherita","quantity":1,"price":950}]}}`
	if _, err := stream(t, server.URL()).Publish(t.Context(), "test.order.order_placed.tomorrow", []byte(body)); err != nil {
		t.Fatal(err)
	}
	if got := w.settled(t, "tomorrow"); got != food.Completed {
		t.Errorf("ended as %s, want completed", got)
	}
	if n := counters(t, co); n["dead_letters"] != 0 {
		t.Errorf("counters %v, want no dead letter", n)
	}
}

// A dead-letter stream that is full drops nothing, new or old, and stops no order.
func TestDeadLettersAreNotDropped(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w)
	js := stream(t, server.URL())
	limit := func(bytes int64) {
		dead, err := js.Stream(t.Context(), c.Name+"-dlq")
		if err != nil {
			t.Fatal(err)
		}
		changed := dead.CachedInfo().Config
		changed.MaxBytes = bytes
		if _, err := js.UpdateStream(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
	}
	limit(1 << 10)
	const poison = 20
	for n := range poison {
		if _, err := js.Publish(t.Context(), fmt.Sprintf("test.order.order_placed.p-%d", n), []byte("?")); err != nil {
			t.Fatal(err)
		}
	}
	place(t, co, "o-1")
	w.settled(t, "o-1")
	eventually(t, "the stream is full, and what it does not take is unacked", func() bool {
		n := counters(t, co)
		return n["dead_letters"] > 0 && n["unacked"] > 0 && n["dead_letters"]+n["unacked"] == poison
	})
	limit(1 << 20)
	eventually(t, "every dead letter is there", func() bool {
		n := counters(t, co)
		return n["dead_letters"] == poison && n["unacked"] == 0
	})
}

// An event of an unknown kind, or one too long, is refused when it is published.
func TestStreamRefuses(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	open(t, config(server.URL()))
	js := stream(t, server.URL())
	if _, err := js.Publish(t.Context(), "test.order.order_eaten.o-1", []byte("{}")); !errors.Is(err, jetstream.ErrNoStreamResponse) {
		t.Errorf("publish of an unknown event: %v, want no response", err)
	}
	if _, err := js.Publish(t.Context(), "test.order.order_placed.o-1", make([]byte, 2*choreography.MaxEvent)); err == nil {
		t.Error("a message of twice the size was accepted")
	}
}

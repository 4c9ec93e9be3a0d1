package choreography_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

func config(tb testing.TB, url string) choreography.Config {
	return choreography.Config{URL: url, Name: "test", Policy: brisk}
}

// refuse says no to an action of orders whose id begins with prefix.
func refuse(a food.Action, prefix string) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == a && strings.HasPrefix(c.Order, prefix) {
			ctx = food.Refusing(ctx, "not today")
		}
		return next(ctx)
	}
}

// outage makes calls of an action fail before they have an effect, as long as
// it is on.
type outage struct {
	action food.Action
	on     atomic.Bool
	mu     sync.Mutex
	hit    map[string]bool
}

func (f *outage) intercept(ctx context.Context, c food.Call, next func(context.Context) error) error {
	if c.Action != f.action || !f.on.Load() {
		return next(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hit[c.Order] = true
	return fmt.Errorf("%w: out of order", food.ErrFailure)
}

func (f *outage) orders() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.hit)
}

// eventually waits for a condition that nothing tells about.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			tb.Fatalf("after %v still not so: %s", patience, what)
		}
	}
}

func counters(tb testing.TB, co *choreography.Coordinator) map[string]float64 {
	tb.Helper()
	counts, err := co.Counters(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return counts
}

// stream connects to JetStream as somebody who knows nothing of participants.
func stream(tb testing.TB, url string) jetstream.JetStream {
	tb.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		tb.Fatal(err)
	}
	return js
}

func TestEndings(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w, refuse(food.Charge, "payment_declined"), refuse(food.Confirm, "restaurant_failed"), refuse(food.Assign, "no_partner"))
	for _, want := range food.Endings {
		t.Run(string(want), func(t *testing.T) {
			id := string(want) + "-1"
			place(t, co, id)
			if got := w.settled(t, id); got != want {
				t.Errorf("ended as %s, want %s", got, want)
			}
		})
	}
	if n := counters(t, co)["dead_letters"]; n != 0 {
		t.Errorf("%v dead letters, want none", n)
	}
}

// Without a fault a completed order takes four messages and eight deliveries,
// and a place in the stream is never lost: all that was delivered is acked.
func TestCounters(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
	w := newWorld(t)
	co := open(t, c)
	ids := orderIDs("o", 50)
	place(t, co, ids...)
	worker, _ := work(t, c, w)
	w.settled(t, ids...)
	closeWorker(t, worker)
	got := counters(t, co)
	for name, want := range map[string]float64{
		"messages": 200, "deliveries": 400, "redeliveries": 0, "dead_letters": 0, "unacked": 0, "pending": 0,
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if got["bytes"] == 0 {
		t.Error("bytes = 0")
	}
}

// A worker that died after it had charged and said so, and before it acked,
// leaves the next one a message that was dealt with already.
func TestLostAck(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
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
	if _, err := dying.Charge(t.Context(), order("o-1"), 1); err != nil {
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

// A reply that is lost at every attempt is given up in vain: the charge stands
// in the ledger, and the flow goes on from there.
func TestLostReply(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
	w := newWorld(t)
	co := open(t, c)
	lose := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if err := next(ctx); err != nil || !c.Action.Deciding() {
			return err
		}
		return fmt.Errorf("%w: the reply was lost", food.ErrNoAnswer)
	}
	work(t, c, w, lose)
	place(t, co, "o-1")
	if got := w.settled(t, "o-1"); got != food.Completed {
		t.Errorf("ended as %s, want completed", got)
	}
}

// A call that fails at every attempt is given up, and that is a no.
func TestGivenUp(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
	w := newWorld(t)
	co := open(t, c)
	down := outage{action: food.Confirm, hit: map[string]bool{}}
	down.on.Store(true)
	work(t, c, w, down.intercept)
	place(t, co, "o-1")
	if got := w.settled(t, "o-1"); got != food.RestaurantFailed {
		t.Errorf("ended as %s, want restaurant_failed", got)
	}
	if row, _ := w.row("o-1", food.Confirm); row.Reason != food.GaveUp || row.Attempt != c.Policy.Attempts {
		t.Errorf("confirm ended as %+v, want given up at attempt %d", row, c.Policy.Attempts)
	}
}

// A charge that limps in after its order was given up finds the door shut.
func TestLateEffect(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
	c.Policy.Attempts = 1
	w := newWorld(t)
	co := open(t, c)
	settled := make(chan struct{})
	zombie := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == food.Charge {
			<-settled
		}
		return next(context.WithoutCancel(ctx))
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

func TestSubmitTwice(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
	w := newWorld(t)
	co := open(t, c)
	place(t, co, "o-1", "o-1", "o-1")
	work(t, c, w)
	w.settled(t, "o-1")
	place(t, co, "o-1")
	if got := counters(t, co)["messages"]; got != 4 {
		t.Errorf("%v messages, want those 4 of one order", got)
	}
}

func TestSubmitRefusesWhatIsNoOrder(t *testing.T) {
	server := devservertest.NATS(t)
	co := open(t, config(t, server.URL()))
	for name, o := range map[string]food.Order{
		"subject in the id": {ID: "o.1", Customer: "ada", Restaurant: "r", Items: order("x").Items},
		"wildcard as id":    {ID: ">", Customer: "ada", Restaurant: "r", Items: order("x").Items},
		"nothing ordered":   {ID: "o-1", Customer: "ada", Restaurant: "r"},
		"endless name":      {ID: "o-1", Customer: strings.Repeat("a", choreography.MaxEvent), Restaurant: "r", Items: order("x").Items},
	} {
		if err := co.Submit(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if got := counters(t, co)["messages"]; got != 0 {
		t.Errorf("%v messages, want none", got)
	}
}

// What can't be understood is put aside once, however many hear it, and the
// orders around it do not notice.
func TestPoison(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w)
	js := stream(t, server.URL())
	poison := []struct{ kind, id, body, reason string }{
		{"order_placed", "p-1", `{"version":`, "not an event"},
		{"order_placed", "p-2", `{"version":2,"id":"p-2.order_placed","urgent":true}`, "version 2"},
		{"restaurant_confirmed_order", "p-3", `[]`, "not an event"}, // four hear this
		{"delivery_partner_unavailable", "p-4", ``, "not an event"}, // five hear this
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
	letters, err := js.Stream(t.Context(), c.Name+"-dlq")
	if err != nil {
		t.Fatal(err)
	}
	graves := map[string]*jetstream.RawStreamMsg{}
	for seq := range uint64(len(poison)) {
		letter, err := letters.GetMsg(t.Context(), seq+1)
		if err != nil {
			t.Fatal(err)
		}
		graves[letter.Header.Get("Dead-Subject")] = letter
	}
	for _, p := range poison {
		letter := graves["test.order."+p.kind+"."+p.id]
		if letter == nil {
			t.Errorf("%s: no letter", p.id)
			continue
		}
		if string(letter.Data) != p.body || !strings.Contains(letter.Header.Get("Dead-Reason"), p.reason) {
			t.Errorf("%s: letter %q because of %q, want %q because of %q", p.id, letter.Data, letter.Header.Get("Dead-Reason"), p.body, p.reason)
		}
	}
}

// What is not in the vocabulary, or too long, is refused when it is published.
func TestStreamRefuses(t *testing.T) {
	server := devservertest.NATS(t)
	open(t, config(t, server.URL()))
	js := stream(t, server.URL())
	if _, err := js.Publish(t.Context(), "test.order.order_eaten.o-1", []byte("{}")); !errors.Is(err, jetstream.ErrNoStreamResponse) {
		t.Errorf("publish of an unknown event: %v, want no response", err)
	}
	if _, err := js.Publish(t.Context(), "test.order.order_placed.o-1", make([]byte, 2*choreography.MaxEvent)); err == nil {
		t.Error("a message of twice the size was accepted")
	}
}

// A worker that is closed has dealt with all that it had heard; the next one
// goes on at once and does not wait for the redelivery clock.
func TestWorkerRestarted(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
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
	c := config(t, server.URL())
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

// Without a server Submit tries until its context ends, and leaves open whether
// it succeeded.
func TestSubmitWithoutServer(t *testing.T) {
	server := devservertest.NATS(t)
	co := open(t, config(t, server.URL()))
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() { answer <- co.Submit(ctx, order("o-1")) }()
	select {
	case err := <-answer:
		t.Fatalf("Submit returned %v before its context ended", err)
	case <-time.After(3 * brisk.FirstBackoff):
	}
	cancel()
	if err := <-answer; err == nil {
		t.Error("Submit returned nil without a server")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1")
}

// During an outage of charge 2,000 orders come back again and again to payment.
// Refunds, which payment does too, are not held up by that.
func TestOutageDoesNotStarveUndos(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(t, server.URL())
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
	c := config(t, server.URL())
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

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]choreography.Config{
		"no name":           {Policy: brisk},
		"name with a dot":   {Name: "a.b", Policy: brisk},
		"wildcard":          {Name: "*", Policy: brisk},
		"no policy":         {Name: "a"},
		"nobody there":      {Name: "a", Policy: brisk, URL: "nats://127.0.0.1:1"},
		"not even a server": {Name: "a", Policy: brisk, URL: "::"},
	} {
		if co, err := choreography.Open(t.Context(), c); err == nil {
			co.Close(t.Context())
			t.Errorf("%s: Open accepted it", name)
		}
		if w, err := choreography.Work(t.Context(), c, nil); err == nil {
			w.Close(t.Context())
			t.Errorf("%s: Work accepted it", name)
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	server := devservertest.NATS(t)
	w := newWorld(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	c := config(t, server.URL())
	co, err := choreography.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s := food.NewServices(w, c.Policy)
	worker, err := choreography.Work(t.Context(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	ids := orderIDs("o", 20)
	place(t, co, ids...)
	w.settled(t, ids...)
	closeWorker(t, worker)
	s.Close()
	if err := co.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

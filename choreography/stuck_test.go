package choreography_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/stuck"
)

// Every order that waits is found at its place, and no other is. Looking takes nothing
// from the participants.
func TestStuck(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy.Attempts = 1000 // none is given up meanwhile
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w, refuse(food.Confirm, "escalated"), refuse(food.Refund, "escalated"), never(food.Award, "points"), never(food.MailConfirmed, "mail"), never(food.Assign, "partner"))
	js := stream(t, server.URL())
	began := time.Now()
	if _, err := js.Publish(t.Context(), "test.order.restaurant_confirmed_order.poison-1", []byte("?")); err != nil {
		t.Fatal(err)
	}
	place(t, co, "escalated-1", "points-1", "mail-1", "partner-1")
	ids := orderIDs("o", 50)
	place(t, co, ids...)
	w.settled(t, ids...)
	w.until(t, "the customer knows", func() bool { return w.tallies["escalated-1"].Ended() })

	o := operate(t, c)
	want := map[string]string{
		"escalated-1": "escalated: payment.refund waits for person: it was rejected",
		"points-1":    "completed: loyalty.award waits for program: restaurant_confirmed_order is not acked",
		"mail-1":      "completed: notification.mail-confirmed waits for program: restaurant_confirmed_order is not acked",
		"partner-1":   ": delivery.assign waits for program: restaurant_confirmed_order is not acked",
		"poison-1": ": order.status-confirmed, delivery.assign, loyalty.award, notification.mail-confirmed waits for operator: " +
			"dead letter 1: not an event: invalid character '?' looking for beginning of value",
	}
	var look stuck.Look
	eventually(t, "what waits is all that is listed", func() bool {
		look = list(t, o)
		return cmp.Equal(want, tell(look))
	})
	for _, one := range look.Orders {
		if since := one.Since(); since.Before(began.Add(-time.Second)) || since.After(time.Now().Add(time.Second)) {
			t.Errorf("order %s waits since %v", one.ID, since)
		}
	}
	before := counters(t, co)
	list(t, o)
	if after := counters(t, co); after["messages"] != before["messages"] || after["dead_letters"] != before["dead_letters"] {
		t.Errorf("looking changed %v into %v", before, after)
	}
	events, err := js.Stream(t.Context(), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	if n := events.CachedInfo().State.Consumers; n != len(food.AllServices) {
		t.Errorf("%d consumers, want one for each participant", n)
	}
	if cost := o.Cost(); cost.Requests == 0 || cost.Bytes == 0 {
		t.Errorf("cost %+v", cost)
	}
}

// What an order's events and its unacked messages tell is put together for one order.
func TestStuckShow(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	o := operate(t, c)
	place(t, co, "o-1")
	if one := showOne(t, o, "o-1"); len(one.Waits) != 1 || one.Waits[0].Why != "order_placed is not delivered" || one.Waits[0].Call != food.Charge {
		t.Errorf("without a worker it waits for %+v", one.Waits)
	}
	if look := list(t, o); !slices.Contains(look.Notes, "payment: no worker asks for messages at the moment, and 1 are not delivered") {
		t.Errorf("notes %q", look.Notes)
	}
	work(t, c, w, refuse(food.Confirm, "o"), refuse(food.Refund, "o"))
	w.until(t, "the customer knows", func() bool { return w.tallies["o-1"].Ended() })
	var one stuck.Order
	eventually(t, "all is acked", func() bool {
		one = showOne(t, o, "o-1")
		return len(one.Waits) == 1 && slices.Equal(one.Remaining(), []food.Action{food.Resolve})
	})
	var steps []string
	for _, s := range one.Steps {
		steps = append(steps, strings.TrimSpace(s.What+" "+s.More))
	}
	want := []string{"order_placed", "payment_success", "restaurant_order_confirmation_failed not today", "payment_reversal_failed not today"}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if one.Waits[0].Why != "it was rejected: not today" || one.Waits[0].Who != stuck.Person || one.Ending() != food.Escalated {
		t.Errorf("it waits for %+v, and ends as %s", one.Waits[0], one.Ending())
	}

	if err := o.Resolve(t.Context(), "o-1"); err != nil {
		t.Fatal(err)
	}
	w.settled(t, "o-1")
	eventually(t, "it waits for nothing", func() bool { return len(list(t, o).Orders) == 0 })
	if one := showOne(t, o, "o-1"); len(one.Waits)+len(one.Remaining()) > 0 {
		t.Errorf("resolved, it waits for %+v, and %v remain", one.Waits, one.Remaining())
	}
	if _, err := o.Show(t.Context(), "o-9"); !errors.Is(err, food.ErrUnknownOrder) {
		t.Errorf("an order that was never placed: %v", err)
	}
	if ids, err := o.Orders(t.Context()); err != nil || !slices.Equal(ids, []string{"o-1"}) {
		t.Errorf("orders %v, %v", ids, err)
	}
}

// Messages that may be acked or not are counted, and no order is accused.
func TestStuckIsNotGuessed(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	work(t, c, w, never(food.MailConfirmed, "mail"))
	place(t, co, "mail-1")
	w.until(t, "it has its partner", func() bool { return w.tallies["mail-1"].Has(food.StatusCompleted) })
	ids := orderIDs("o", 20)
	place(t, co, ids...)
	w.settled(t, ids...)
	o := operate(t, c)
	eventually(t, "the only message that is not acked is known, so the others are", func() bool {
		one := showOne(t, o, "o-20")
		return len(one.Unclear)+len(one.Waits)+len(one.Remaining()) == 0
	})
	place(t, co, "mail-2")
	w.until(t, "it has its partner", func() bool { return w.tallies["mail-2"].Has(food.StatusCompleted) })
	want := []string{"mail-1"}
	note := "notification: 1 more of the "
	eventually(t, "one is known, and one is not", func() bool {
		look := list(t, o)
		var ids []string
		for _, one := range look.Orders {
			ids = append(ids, one.ID)
		}
		return slices.Equal(ids, want) && len(look.Notes) == 1 && strings.HasPrefix(look.Notes[0], note)
	})
	if one := showOne(t, o, "mail-2"); len(one.Waits) > 0 || !slices.Contains(one.Unclear, food.MailConfirmed) {
		t.Errorf("it waits for %+v, and %v are not clear", one.Waits, one.Unclear)
	}
}

// An event that an old build could not read goes on when a newer one works and it is
// redriven. One that is still no event becomes a dead letter again.
func TestRedrive(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	old, err := choreography.WorkOld(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1", "o-2")
	if _, err := stream(t, server.URL()).Publish(t.Context(), "test.order.order_placed.poison-1", []byte("?")); err != nil {
		t.Fatal(err)
	}
	o := operate(t, c)
	eventually(t, "all are dead letters", func() bool { return len(list(t, o).Orders) == 3 })
	for _, one := range list(t, o).Orders {
		if one.Worst() != stuck.Operator || one.Waits[0].Call != food.Charge {
			t.Errorf("order %s waits for %+v", one.ID, one.Waits)
		}
	}
	closeWorker(t, old)
	work(t, c, w)

	for _, id := range []string{"o-1", "poison-1"} {
		did, err := o.Redrive(t.Context(), id)
		if err != nil || len(did) != 1 {
			t.Fatalf("redrive of %s: %q, %v", id, did, err)
		}
	}
	if got := w.settled(t, "o-1"); got != food.Completed {
		t.Errorf("ended as %s", got)
	}
	eventually(t, "one waits as before, and one again", func() bool {
		left := tell(list(t, o))
		return len(left) == 2 && strings.Contains(left["poison-1"], "not an event") && strings.Contains(left["o-2"], "version 1 is not known")
	})
	if did, err := o.Redrive(t.Context(), "o-1"); err != nil || len(did) > 0 {
		t.Errorf("redriven twice: %q, %v", did, err)
	}
	var letter uint64
	for _, one := range list(t, o).Orders {
		if one.ID == "o-2" {
			letter = one.Waits[0].Letter
		}
	}
	if _, err := o.RedriveLetter(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	w.settled(t, "o-2")
	if _, err := o.RedriveLetter(t.Context(), letter); err == nil {
		t.Error("a letter that is gone was redriven")
	}

	foreign := &nats.Msg{Subject: "test.dead", Header: nats.Header{"Dead-Subject": {"test.order.order_placed.o-3.more"}, "Dead-Reason": {"?"}}}
	ack, err := stream(t, server.URL()).PublishMsg(t.Context(), foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.RedriveLetter(t.Context(), ack.Sequence); err == nil || !strings.Contains(err.Error(), "no event is published") {
		t.Errorf("a letter of another subject was redriven: %v", err)
	}
}

// So many orders wait that they are not read one by one, nor by one request.
func TestStuckMany(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	ids := orderIDs("o", 1100)
	place(t, open(t, c), ids...)
	look := list(t, operate(t, c))
	if len(look.Orders) != len(ids) {
		t.Errorf("%d orders wait, want %d", len(look.Orders), len(ids))
	}
	for _, one := range look.Orders {
		if len(one.Waits) != 1 || one.Waits[0].Call != food.Charge || one.Waits[0].Since.IsZero() {
			t.Fatalf("order %s waits for %+v", one.ID, one.Waits)
		}
	}
}

// An operator who deletes a dead letter by hand does not hide its order.
func TestStuckLost(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	co := open(t, c)
	old, err := choreography.WorkOld(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1")
	o := operate(t, c)
	eventually(t, "it is a dead letter", func() bool { return len(list(t, o).Orders) == 1 })
	closeWorker(t, old)
	dead, err := stream(t, server.URL()).Stream(t.Context(), c.Name+"-dlq")
	if err == nil {
		err = dead.Purge(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"o-1": ": payment.charge waits for operator: order_placed was acked and nothing has followed: was its dead letter removed?"}
	eventually(t, "it is lost", func() bool { return cmp.Equal(want, tell(list(t, o))) })
}

// Operate and Names create nothing.
func TestOperateCreatesNothing(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	if names, err := choreography.Names(t.Context(), c); err != nil || len(names) > 0 {
		t.Errorf("names %v, %v", names, err)
	}
	if _, err := operate(t, c).List(t.Context()); err == nil {
		t.Error("a stream that is not there was read")
	}
	if names := stream(t, server.URL()).StreamNames(t.Context()); len(names.Name()) > 0 {
		t.Error("there are streams")
	}
	open(t, c)
	if _, err := stream(t, server.URL()).CreateStream(t.Context(), jetstream.StreamConfig{Name: "others-dlq", Subjects: []string{"others.>"}}); err != nil {
		t.Fatal(err)
	}
	for _, c.Name = range []string{"test", "tset", ""} {
		if names, err := choreography.Names(t.Context(), c); err != nil || !slices.Equal(names, []string{"test"}) {
			t.Errorf("names %v, %v", names, err)
		}
	}
}

// BenchmarkStuck looks at a stream of many orders, of which one waits.
func BenchmarkStuck(b *testing.B) {
	for _, n := range []int{100, 2000, 20000} {
		b.Run(fmt.Sprintf("of-%d", n), func(b *testing.B) {
			c := config(devservertest.NATS(b).URL())
			w := newWorld(b)
			co := open(b, c)
			work(b, c, w, refuse(food.Confirm, "escalated"), refuse(food.Refund, "escalated"))
			ids := orderIDs("o", n)
			place(b, co, append(ids, "escalated-1")...)
			w.settled(b, ids...)
			o := operate(b, c)
			before := o.Cost()
			for b.Loop() {
				if n := len(list(b, o).Orders); n != 1 {
					b.Fatalf("%d orders wait, want one", n)
				}
			}
			after := o.Cost()
			b.ReportMetric(float64(after.Requests-before.Requests)/float64(b.N), "requests/op")
			b.ReportMetric(float64(after.Bytes-before.Bytes)/float64(b.N), "wire-B/op")
		})
	}
}

func operate(tb testing.TB, c choreography.Config) *choreography.Operator {
	tb.Helper()
	o, err := choreography.Operate(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { o.Close(context.Background()) })
	return o
}

func list(tb testing.TB, o *choreography.Operator) stuck.Look {
	tb.Helper()
	look, err := o.List(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return look
}

func showOne(tb testing.TB, o *choreography.Operator, order string) stuck.Order {
	tb.Helper()
	one, err := o.Show(tb.Context(), order)
	if err != nil {
		tb.Fatal(err)
	}
	return one
}

// tell puts each order that waits into a line.
func tell(l stuck.Look) map[string]string {
	lines := map[string]string{}
	for _, o := range l.Orders {
		var at []string
		for _, w := range o.Waits {
			at = append(at, fmt.Sprintf("%s.%s", w.Service, w.Call))
		}
		lines[o.ID] = fmt.Sprintf("%s: %s waits for %s: %s", o.Ending(), strings.Join(at, ", "), o.Worst(), o.Waits[0].Why)
	}
	return lines
}

// never makes an action of orders whose id begins with prefix fail for ever.
func never(a food.Action, prefix string) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == a && strings.HasPrefix(c.Order, prefix) {
			return food.ErrFailure
		}
		return next(ctx)
	}
}

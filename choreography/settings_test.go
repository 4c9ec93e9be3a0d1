package choreography_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// The server has the policy as it was meant: one consumer for each service, which
// redelivers for ever what was not acked in time, and bounds nothing.
func TestConsumersAsTheServerHasThem(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy.CallTimeout, c.Policy.Redelivery = 2*time.Second, 3*time.Second
	work(t, c, newWorld(t))
	events, err := stream(t, server.URL()).Stream(t.Context(), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[food.Service][]string{
		food.Payment:    {"order_placed", "restaurant_order_confirmation_failed", "delivery_partner_unavailable", "order_cancelled"},
		food.Restaurant: {"payment_success", "delivery_partner_unavailable", "order_cancelled"},
		food.Delivery:   {"restaurant_confirmed_order", "cancellation_requested"},
		food.Loyalty:    {"restaurant_confirmed_order", "delivery_partner_unavailable", "order_cancelled"},
		food.OrderService: {
			"restaurant_confirmed_order", "delivery_partner_assigned", "payment_failed",
			"restaurant_order_confirmation_failed", "delivery_partner_unavailable", "order_cancelled", "escalation_resolved",
		},
		food.Notification: {
			"restaurant_confirmed_order", "delivery_partner_assigned", "payment_failed",
			"restaurant_order_confirmation_failed", "delivery_partner_unavailable", "payment_reversed",
			"order_cancelled", "payment_reversal_failed", "ticket_cancellation_failed", "points_revocation_failed",
		},
	}
	found := 0
	for info := range events.ListConsumers(t.Context()).Info() {
		found++
		got := info.Config
		want := got // what is not said below is the server's default
		want.Name, want.Durable = got.Name, got.Name
		want.AckPolicy = jetstream.AckExplicitPolicy
		want.DeliverPolicy = jetstream.DeliverAllPolicy
		want.AckWait = 3 * time.Second
		want.MaxDeliver, want.MaxAckPending = -1, -1
		want.BackOff, want.RateLimit, want.InactiveThreshold = nil, 0, 0
		want.MaxRequestBatch, want.MaxRequestExpires, want.MaxRequestMaxBytes = 0, 0, 0
		want.FilterSubject, want.FilterSubjects = "", nil
		for _, k := range kinds[food.Service(got.Name)] {
			want.FilterSubjects = append(want.FilterSubjects, "test.order."+k+".*")
		}
		slices.Sort(got.FilterSubjects)
		slices.Sort(want.FilterSubjects)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("consumer %s (-want +got):\n%s", got.Name, diff)
		}
	}
	if found != len(kinds) {
		t.Errorf("%d consumers, want %d", found, len(kinds))
	}
}

// The streams keep what was published: all events, and dead letters while there is room.
func TestStreamsAsTheServerHasThem(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	open(t, c)
	js := stream(t, server.URL())
	for name, most := range map[string]struct {
		bytes   int64
		message int32
		full    jetstream.DiscardPolicy
	}{c.Name: {-1, 68 << 10, jetstream.DiscardOld}, c.Name + "-dlq": {64 << 20, 72 << 10, jetstream.DiscardNew}} {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		got := s.CachedInfo().Config
		want := got
		want.Retention = jetstream.LimitsPolicy
		want.Discard, want.DiscardNewPerSubject = most.full, false
		want.MaxMsgs, want.MaxMsgsPerSubject, want.MaxAge = -1, -1, 0
		want.MaxBytes, want.MaxMsgSize = most.bytes, most.message
		want.Duplicates = 2 * time.Minute
		want.Storage, want.NoAck = jetstream.FileStorage, false
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stream %s (-want +got):\n%s", name, diff)
		}
	}
}

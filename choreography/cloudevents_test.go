package choreography_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding/spec"
	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// Every event of every kind is a CloudEvent, by the judgement of the CloudEvents SDK: those
// of participants, those of a coordinator, and those that are published again.
func TestEventsAreCloudEvents(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy = food.DefaultPolicy // patient with calls that are held
	co := open(t, c)
	place(t, co, "cancelled", "completed", "declined", "kitchen", "unassigned", "stuck")
	if err := co.Cancel(t.Context(), meal("cancelled")); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	work(t, c, w, refuse(food.Charge, "declined"), refuse(food.Confirm, "kitchen"),
		refuse(food.Assign, "unassigned"), refuse(food.Assign, "stuck"), refuseUndos("stuck"),
		after(w, "stuck", food.Award, food.Assign), // points that are not there yet can't be refused to be taken back
		after(w, "cancelled", food.Cancel, food.Confirm))
	eventually(t, "an order is escalated", func() bool { return co.Resolve(t.Context(), meal("stuck")) == nil })
	w.settled(t, "cancelled", "completed", "declined", "kitchen", "unassigned", "stuck")

	js := stream(t, server.URL())
	for _, k := range choreography.Kinds {
		eventually(t, string(k)+" is published", func() bool {
			return slices.ContainsFunc(events(t, js, c.Name), func(m *jetstream.RawStreamMsg) bool {
				return strings.HasPrefix(m.Subject, choreography.Subject(c.Name, k, ""))
			})
		})
	}
	for _, m := range events(t, js, c.Name) {
		part := strings.Split(m.Subject, ".")
		kind, order := choreography.Kind(part[2]), part[3]
		e, err := cloudEvent(m.Header, m.Data)
		if err != nil {
			t.Errorf("%s: %v", m.Subject, err)
			continue
		}
		var body choreography.Event
		if err := e.DataAs(&body); err != nil || body.Order.ID != order || body.Kind != kind {
			t.Errorf("%s: its data is %+v (%v)", m.Subject, body, err)
		}
		if e.ID() != body.ID || e.Subject() != order || e.Type() != "com.github.sagabench.food."+string(kind)+".v1" {
			t.Errorf("%s: it is %s of %s, %s", m.Subject, e.ID(), e.Subject(), e.Type())
		}
		if publisher := "/test/" + string(publisherOf(kind)); e.Source() != publisher {
			t.Errorf("%s: its source is %s, want %s", m.Subject, e.Source(), publisher)
		}
		if row, ok := w.row(order, decidedBy(kind)); ok && !e.Time().Equal(row.At) {
			t.Errorf("%s: it happened at %v, and the row is of %v", m.Subject, e.Time(), row.At)
		}
	}
}

// A dead letter keeps the attributes and the trace, and a redrive publishes them again. Its
// span in that trace says why it is one.
func TestRedriveKeepsHeaders(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	spans := tracetest.NewSpanRecorder()
	c.Tracer = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test")
	co := open(t, c)
	work(t, c, newWorld(t))
	js := stream(t, server.URL())
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	header := nats.Header{
		"ce-specversion": {"1.0"}, "ce-id": {"o-1.order_placed"}, "ce-source": {"/elsewhere"}, "ce-type": {"of.tomorrow"}, "traceparent": {parent},
		"Nats-Expected-Stream": {c.Name}, // is of one publication
	}
	if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: "test.order.order_placed.o-1", Header: header, Data: []byte(`{"version":2}`)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is a dead letter", func() bool { return counters(t, co)["dead_letters"] == 1 })
	operator, err := choreography.Operate(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close(context.Background())
	if _, err := operator.Redrive(t.Context(), "o-1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is published again", func() bool { return len(events(t, js, c.Name)) == 2 })
	again := events(t, js, c.Name)[1]
	if e, err := cloudEvent(again.Header, again.Data); err != nil || e.Source() != "/elsewhere" || e.Type() != "of.tomorrow" {
		t.Errorf("published again with %v (%v)", again.Header, err)
	}
	if got := again.Header.Get("traceparent"); got != parent {
		t.Errorf("published again in trace %q, want %q", got, parent)
	}
	first := spans.Ended()[0]
	if in := first.SpanContext().TraceID().String(); !strings.Contains(parent, in) || !strings.Contains(first.Status().Description, "version 2 is not known") {
		t.Errorf("its span is in trace %s and ended with %+v", in, first.Status())
	}
}

// cloudEvent reads a message in binary mode with the CloudEvents SDK, and validates it.
func cloudEvent(h nats.Header, data []byte) (event.Event, error) {
	version := spec.WithPrefix("ce-").Version(h.Get("ce-specversion"))
	if version == nil {
		return event.Event{}, fmt.Errorf("there is no version %q", h.Get("ce-specversion"))
	}
	attributes := version.NewContext()
	for name := range h {
		if err := version.SetAttribute(attributes, name, h.Get(name)); err != nil {
			return event.Event{}, err
		}
		if strings.ContainsFunc(h.Get(name), func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '%' }) {
			return event.Event{}, fmt.Errorf("%s: %q is not percent-encoded", name, h.Get(name))
		}
	}
	e := event.Event{Context: attributes}
	if e.DataContentType() == event.ApplicationJSON && !json.Valid(data) {
		return e, errors.New("its data is no JSON")
	}
	e.DataEncoded = data
	if extensions := e.Extensions(); len(extensions) > 0 {
		return e, fmt.Errorf("it has attributes that the specification does not know: %v", extensions)
	}
	return e, e.Validate()
}

// events are the messages of a stream.
func events(t *testing.T, js jetstream.JetStream, name string) (all []*jetstream.RawStreamMsg) {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for seq := range s.CachedInfo().State.LastSeq {
		m, err := s.GetMsg(t.Context(), seq+1)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// refuseUndos makes the services refuse every undo of an order.
func refuseUndos(order string) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Order == order && c.Action.Undoes() != "" {
			ctx = food.Refusing(ctx, "not today")
		}
		return next(ctx)
	}
}

// after holds a call of an order until another one has its row.
func after(w *world, order string, first, then food.Action) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Order != order || c.Action != then {
			return next(ctx)
		}
		return food.Detach(ctx, func() error {
			for _, done := w.row(order, first); !done; _, done = w.row(order, first) {
				time.Sleep(time.Millisecond)
			}
			return next(ctx)
		})
	}
}

// decisions are the calls from whose rows the kinds of events follow.
var decisions = map[food.Action][]choreography.Kind{
	food.Charge:       {choreography.PaymentSuccess, choreography.PaymentFailed},
	food.Refund:       {choreography.PaymentReversed, choreography.PaymentReversalFailed},
	food.Confirm:      {choreography.RestaurantConfirmedOrder, choreography.RestaurantOrderConfirmationFailed},
	food.CancelTicket: {choreography.TicketCancellationFailed},
	food.Assign:       {choreography.DeliveryPartnerAssigned, choreography.DeliveryPartnerUnavailable},
	food.Cancel:       {choreography.OrderCancelled},
	food.Revoke:       {choreography.PointsRevocationFailed},
}

func decidedBy(k choreography.Kind) food.Action {
	for action, kinds := range decisions {
		if slices.Contains(kinds, k) {
			return action
		}
	}
	return ""
}

// publisherOf is the service of the call that decides it, or else the coordinator.
func publisherOf(k choreography.Kind) food.Service {
	for service, actions := range food.Actions {
		if slices.Contains(actions, decidedBy(k)) {
			return service
		}
	}
	return "coordinator"
}

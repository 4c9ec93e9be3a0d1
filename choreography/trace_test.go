package choreography

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// A trace that is not asked for costs nothing and leaves nothing in a message.
func TestNoTracesCostNothing(t *testing.T) {
	b := &bus{Config: Config{Name: "cell"}}
	s := &subscriber{bus: b}
	m := &nats.Msg{Header: nats.Header{}}
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() {
		_, span := s.receive(ctx, nil, 1)
		b.inject(ctx, m)
		endSpan(span, nil)
	}); n > 0 {
		t.Errorf("%v allocations a message", n)
	}
	if len(m.Header) > 0 {
		t.Errorf("the message has headers %v", m.Header)
	}
}

// The context is in the header that the W3C names, in its lower case: a program that is
// not ours reads it. And what is received goes on under it.
func TestTraceGoesByTheHeaderOfTheW3C(t *testing.T) {
	s := &subscriber{bus: &bus{Config: Config{Name: "cell", Tracer: sdk.NewTracerProvider().Tracer("test")}}, participant: payments}
	m := &nats.Msg{Subject: Subject("cell", OrderPlaced, "o-1"), Header: nats.Header{}}
	ctx, asked := s.Tracer.Start(context.Background(), "submit")
	s.inject(ctx, m)
	want := "00-" + asked.SpanContext().TraceID().String() + "-" + asked.SpanContext().SpanID().String() + "-01"
	if got := m.Header["traceparent"]; len(got) != 1 || got[0] != want {
		t.Errorf("traceparent is %q, want %q", got, want)
	}
	_, span := s.receive(context.Background(), received{m: m}, 1)
	if parent := span.(sdk.ReadOnlySpan).Parent(); parent.SpanID() != asked.SpanContext().SpanID() || !parent.IsRemote() {
		t.Errorf("its parent is %v", parent)
	}
}

// received is a message as a consumer gets it, as far as a span is about it.
type received struct {
	jetstream.Msg
	m *nats.Msg
}

func (r received) Subject() string      { return r.m.Subject }
func (r received) Headers() nats.Header { return r.m.Header }

package choreography

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// An order's trace goes from service to service in the headers of its events, as the W3C
// has it: traceparent names the span in which an event was published, and what reacts to
// the event goes on under that one. JetStream stores headers with the message, so a
// redelivery goes on in the same place. The NATS client has no interceptors, so it is
// done here, in the two places where a message is made and received.
//
// Without [Config].Tracer there is no such header, and nothing here takes any time.
var traceContext propagation.TraceContext

// carrier are headers as OpenTelemetry reads and writes them. Its own carrier is for those
// of HTTP, whose names it would capitalize: in NATS these are other names.
type carrier nats.Header

func (c carrier) Get(key string) string { return nats.Header(c).Get(key) }
func (c carrier) Set(key, value string) { nats.Header(c).Set(key, value) }
func (c carrier) Keys() (keys []string) {
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}

// inject writes the span that ctx is in into a message.
func (b *bus) inject(ctx context.Context, m *nats.Msg) {
	if b.Tracer != nil {
		traceContext.Inject(ctx, carrier(m.Header))
	}
}

// receive begins the span of one delivery of a message, under the one that published it.
// Its call and the event that follows are within. The caller ends it.
func (s *subscriber) receive(ctx context.Context, m jetstream.Msg, attempt int) (context.Context, trace.Span) {
	if s.Tracer == nil {
		return ctx, nil
	}
	kind, _ := parseSubject(m.Subject())
	return s.Tracer.Start(traceContext.Extract(ctx, carrier(m.Headers())), "process "+string(kind),
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String("messaging.system", "nats"),
			attribute.String("messaging.operation.name", "process"),
			attribute.String("messaging.destination.name", m.Subject()),
			attribute.String("messaging.consumer.group.name", string(s.service)),
			attribute.Int("messaging.nats.delivery", attempt)))
}

// endSpan ends the span of a delivery.
func endSpan(span trace.Span, err error) {
	if span == nil {
		return
	}
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

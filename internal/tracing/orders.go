package tracing

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/sagabench/sagabench/food"
)

// What an order's spans say of it.
const (
	orderKey   = attribute.Key("food.order")
	attemptKey = attribute.Key("food.attempt")
	outcomeKey = attribute.Key("food.outcome")
	reasonKey  = attribute.Key("food.reason")
)

// TraceID is the id of an order's trace. It is made of the traffic's name and the order's
// id, so all that is done for the order is in one trace: when it is submitted twice, when
// it is cancelled, and when a person resolves it.
func TraceID(name, order string) trace.TraceID {
	sum := sha256.Sum256([]byte(name + "." + order))
	return trace.TraceID(sum[:16])
}

type traceKey struct{}

// ids gives each span a random id, and the first of a trace that of its order.
type ids struct{}

func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, ofOrder := ctx.Value(traceKey{}).(trace.TraceID)
	if !ofOrder { // a span that no order led to
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64()|1)
	}
	return id, ids{}.NewSpanID(ctx, id)
}

func (ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	binary.NativeEndian.PutUint64(id[:], rand.Uint64()|1) // never zero, which is no id
	return id
}

// Ask wraps what is asked for an order from outside, such as submit. It is where the
// order's trace begins.
func (t *Traces) Ask(ctx context.Context, what, order string, do func(context.Context) error) error {
	if t == nil {
		return do(ctx)
	}
	ctx = context.WithValue(ctx, traceKey{}, TraceID(t.name, order))
	ctx, span := t.customer.Start(ctx, what, trace.WithNewRoot(), trace.WithAttributes(orderKey.String(order)))
	err := do(ctx)
	end(span, err)
	return err
}

// Calls is the interceptor that makes a span of each attempt at a call, under the span
// that the style has put into the context; none when tracing is off.
func (t *Traces) Calls() []food.Interceptor {
	if t == nil {
		return nil
	}
	return []food.Interceptor{t.call}
}

func (t *Traces) call(ctx context.Context, c food.Call, next func(context.Context) error) error {
	ctx, span := t.services[c.Service].Start(ctx, string(c.Service)+"."+string(c.Action),
		trace.WithAttributes(orderKey.String(c.Order), attemptKey.Int(c.Attempt)))
	ctx = food.Observing(ctx, func(r food.Row) {
		span.SetAttributes(outcomeKey.String(string(r.Outcome)))
		if r.Reason != "" {
			span.SetAttributes(reasonKey.String(r.Reason))
		}
	})
	err := next(ctx)
	end(span, err)
	return err
}

// end ends a span. An error is an attempt that got no answer; a refusal is one.
func end(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

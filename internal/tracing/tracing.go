// Package tracing sends what happens to orders to a collector of OpenTelemetry: one trace
// an order, with a span for each attempt at a call. It is off unless someone asks for it.
//
// What it knows is what both styles share: where a trace begins, and the calls of the
// services. How a trace gets from one call to the next is what the styles differ in, and
// each has a trace.go of its own for that.
//
// Tracing gives way to orders. Spans wait in a bounded queue, and when that is full they
// are dropped; a collector that is away fails no order. How many spans were lost is
// counted, and printed at the end. A process that is killed loses what it had not sent,
// and does not count it.
package tracing

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/sagabench/sagabench/food"
)

const (
	// queue is how many spans may wait for the collector: those of a thousand orders.
	queue = 1 << 15

	// flushWithin bounds how long the end waits for the last spans to be sent.
	flushWithin = 5 * time.Second

	// library is what every span says of the code that made it.
	library = "github.com/sagabench/sagabench"
)

// Traces makes spans and sends them. A nil one is tracing that is off: its methods do
// nothing, and cost nothing.
type Traces struct {
	name     string // of the traffic
	endpoint string
	warnings io.Writer
	spans    *counting
	customer trace.Tracer
	services map[food.Service]trace.Tracer
}

// Open starts sending to the collector at a URL, for traffic of a name; "" is nil. It does
// not ask whether the collector is there, see [Check]. What the OpenTelemetry SDK reads
// from the environment holds: sampling, headers, batches, certificates.
func Open(ctx context.Context, endpoint, name string, warnings io.Writer) (*Traces, error) {
	if endpoint == "" {
		return nil, nil
	}
	exporter, err := otlptrace.New(ctx, client(endpoint))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	counted := &counting{exporter: exporter}
	counted.SpanProcessor = sdk.NewBatchSpanProcessor(sending{counted}, sdk.WithMaxQueueSize(queue))
	t := &Traces{name: name, endpoint: endpoint, warnings: warnings, spans: counted, services: map[food.Service]trace.Tracer{}}
	t.customer = t.Tracer("customer")
	for _, service := range food.AllServices {
		t.services[service] = t.Tracer(string(service))
	}
	return t, nil
}

// client is the OTLP client, over HTTP: every collector takes that.
func client(endpoint string) otlptrace.Client {
	return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(tracesAt(endpoint)))
}

// tracesAt is where a collector takes traces, by the rule of OTEL_EXPORTER_OTLP_ENDPOINT.
func tracesAt(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint // which whoever dials it will refuse
	}
	return u.JoinPath("v1", "traces").String()
}

// Check sends a collector nothing, and returns why it does not take that.
func Check(ctx context.Context, endpoint string) error {
	c := client(endpoint)
	err := c.Start(ctx)
	if err == nil {
		err = c.UploadTraces(ctx, nil)
	}
	if err != nil {
		return fmt.Errorf("no OpenTelemetry collector takes traces at %s: %w; start one that takes OTLP over HTTP, or leave out --otlp-endpoint", endpoint, err)
	}
	return c.Stop(ctx)
}

// Tracer makes spans in the name of a service, as OpenTelemetry understands the word:
// one of the six, or a style. It is nil when tracing is off.
func (t *Traces) Tracer(service string) trace.Tracer {
	if t == nil {
		return nil
	}
	about := resource.NewSchemaless(attribute.String("service.name", service), attribute.String("service.namespace", t.name))
	return sdk.NewTracerProvider(sdk.WithSpanProcessor(t.spans), sdk.WithResource(about), sdk.WithIDGenerator(ids{})).Tracer(library)
}

// Close sends what is left, for as long as flushWithin, and prints how many spans were
// lost, if any were.
func (t *Traces) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
	defer cancel()
	stopped := t.spans.Shutdown(ctx)
	if lost, of, why := t.spans.lost(stopped); lost > 0 {
		fmt.Fprintf(t.warnings, "sagabench: %d of %d spans did not reach %s: %s\n", lost, of, t.endpoint, why)
	}
}

// counting is a processor that counts the spans which have ended, and those of them that
// the collector has taken.
type counting struct {
	sdk.SpanProcessor
	exporter sdk.SpanExporter

	mu          sync.Mutex
	ended, sent int
	failed      error // the last
}

func (c *counting) OnEnd(s sdk.ReadOnlySpan) {
	c.mu.Lock()
	c.ended++
	c.mu.Unlock()
	c.SpanProcessor.OnEnd(s)
}

func (c *counting) lost(stopped error) (lost, of int, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	why = "they came faster than they were sent"
	for _, err := range []error{stopped, c.failed} {
		if err != nil {
			why = strings.ReplaceAll(err.Error(), "\n", "; ")
		}
	}
	return c.ended - c.sent, c.ended, why
}

// sending is the exporter of what is counted. It keeps its errors, which the SDK would
// print one by one.
type sending struct{ to *counting }

func (s sending) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := s.to.exporter.ExportSpans(ctx, spans)
	s.to.mu.Lock()
	defer s.to.mu.Unlock()
	if err != nil {
		s.to.failed = err
	} else {
		s.to.sent += len(spans)
	}
	return nil
}

func (s sending) Shutdown(ctx context.Context) error { return s.to.exporter.Shutdown(ctx) }

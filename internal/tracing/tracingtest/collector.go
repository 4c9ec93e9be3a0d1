// Package tracingtest is a collector for tests: it takes OTLP over HTTP, as a real one
// does, and keeps the spans.
package tracingtest

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A Collector keeps what was sent to it.
type Collector struct {
	URL string

	mu    sync.Mutex
	spans []Span
}

// A Span is what a collector knows of one.
type Span struct {
	Service, Traffic  string // in whose name it was made
	Name              string
	Trace, ID, Parent string // no parent: it is the first
	Failed            string // the status, if it is an error
	Attributes        map[string]any
}

// Start starts a collector, which ends with the test.
func Start(tb testing.TB) *Collector {
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(c.take))
	tb.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// Spans are those that have come until now.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// Traces are the spans by trace.
func (c *Collector) Traces() map[string][]Span {
	all := map[string][]Span{}
	for _, s := range c.Spans() {
		all[s.Trace] = append(all[s.Trace], s)
	}
	return all
}

func (c *Collector) take(w http.ResponseWriter, r *http.Request) {
	request, err := read(r)
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, "not traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range request.GetResourceSpans() {
		about := values(of.GetResource().GetAttributes())
		for _, scope := range of.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, spanOf(about, s))
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func read(r *http.Request) (*collector.ExportTraceServiceRequest, error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	request := &collector.ExportTraceServiceRequest{}
	return request, proto.Unmarshal(data, request)
}

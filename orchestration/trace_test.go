package orchestration

import (
	"testing"

	"go.opentelemetry.io/otel/trace/noop"
)

// A trace that is not asked for costs nothing: there is no interceptor.
func TestNoTracesCostNothing(t *testing.T) {
	for _, c := range []Config{{}, {Tracer: noop.Tracer{}}} {
		options := clientOptions(c)
		if err := c.intercept(&options); err != nil || len(options.Interceptors) > 0 != (c.Tracer != nil) {
			t.Errorf("with tracer %v: %d interceptors, %v", c.Tracer, len(options.Interceptors), err)
		}
	}
}

package orchestration

import (
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
)

// An order's trace goes from call to call in the headers of Temporal's requests, which
// the server keeps in the order's history: the SDK's own interceptor writes them where a
// workflow or an activity is started, and reads them where it runs. So the flow and the
// activities know nothing of it. A workflow that is replayed, because its worker died, has
// a second span and goes on in the same trace.
//
// Without [Config].Tracer there is no interceptor.

// intercept adds the interceptor to a client, and so to each worker that is made of it.
func (c Config) intercept(options *client.Options) error {
	if c.Tracer == nil {
		return nil
	}
	tracing, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{Tracer: c.Tracer, DisableBaggage: true})
	if err != nil {
		return fmt.Errorf("orchestration: %w", err)
	}
	options.Interceptors = []interceptor.ClientInterceptor{tracing}
	return nil
}

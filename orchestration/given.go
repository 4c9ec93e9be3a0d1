package orchestration

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	sdk "go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/food"
)

// Given is for the experiment: what the style makes of a policy, as far as it can be read
// from the options of its client and workers, in the words of the table of what each side
// was given.
func Given(p food.Policy) map[string]string {
	c := Config{Policy: p, Log: slog.New(slog.DiscardHandler)}
	service, flow, connection := serviceOptions(c), flowOptions(c), clientOptions(c)
	client := "workflows cached"
	if _, plain := connection.ConnectionOptions.GrpcCompression.(*sdk.GrpcCompressionNone); plain {
		client += ", gRPC not compressed"
	}
	if connection.WorkerHeartbeatInterval < 0 {
		client += ", no worker heartbeats"
	}
	return map[string]string{
		"largest order": "not limited here; a server takes 2 MB by default",
		"attempts of a deciding call, and the waits between": fmt.Sprintf("%d: %s", p.Attempts, waits(p)),
		"call timeout, and the clock for a dead worker":      fmt.Sprintf("%v, %v", p.CallTimeout, p.Redelivery),
		"executing calls per service":                        fmt.Sprint(service.MaxConcurrentActivityExecutionSize),
		"how work is fetched": fmt.Sprintf("%d pollers a service and %d for the workflow, for a task each; none is fetched ahead",
			service.MaxConcurrentActivityTaskPollers, flow.MaxConcurrentWorkflowTaskPollers),
		"client": client,
	}
}

// waits are those between the attempts of a deciding call, as the server computes them.
func waits(p food.Policy) string {
	r, list := retries(p), []time.Duration{}
	wait := r.InitialInterval
	for range p.Attempts - 1 {
		list = append(list, min(wait, r.MaximumInterval))
		wait = time.Duration(float64(wait) * r.BackoffCoefficient)
	}
	return strings.Trim(fmt.Sprint(list), "[]")
}

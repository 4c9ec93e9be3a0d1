package orchestration_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/conformance"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/orchestration"
)

func TestMain(m *testing.M) {
	conformance.Main(conformWork) // this test binary is the worker too
	os.Exit(m.Run())
}

// The same orders, the same failures and the same rows as the choreography.
func TestConformance(t *testing.T) {
	server := devservertest.Temporal(t)
	conformance.Run(t, conformance.Harness{Endpoint: server.Addr(), Rate: 5, Open: conformOpen, Work: conformWork, Server: server})
}

// The same with local activities. The mark on the endpoint is how a worker
// process learns of it.
func TestConformanceOfLocalActivities(t *testing.T) {
	server := devservertest.Temporal(t)
	conformance.Run(t, conformance.Harness{Endpoint: server.Addr() + local, BeginsAnew: true, Rate: 5, Open: conformOpen, Work: conformWork, Server: server})
}

const local = " with local activities"

func conform(c conformance.Cell) orchestration.Config {
	addr, found := strings.CutSuffix(c.Endpoint, local)
	if found {
		// The attempts are counted anew after a workflow task that was given up,
		// and on a busy machine one second is soon over, and three sometimes. But a
		// cancellation is not seen before most of it is, and a call that waits for
		// one has less than three seconds.
		c.Policy.Redelivery = max(c.Policy.Redelivery, 3*time.Second)
	}
	return orchestration.Config{HostPort: addr, Name: c.Name, Policy: c.Policy, Local: found}
}

func conformOpen(ctx context.Context, c conformance.Cell) (food.Coordinator, error) {
	return orchestration.Open(ctx, conform(c))
}

func conformWork(ctx context.Context, c conformance.Cell, s *food.Services) (conformance.Worker, error) {
	return orchestration.Work(ctx, conform(c), s)
}

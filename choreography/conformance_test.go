package choreography_test

import (
	"context"
	"testing"

	"github.com/sagabench/sagabench/bench/conformance"
	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

func TestMain(m *testing.M) {
	conformance.Main(conformWork) // this test binary is the worker too
	devservertest.Main(m)         // and the server
}

// The same orders, the same failures and the same rows as the orchestration.
func TestConformance(t *testing.T) {
	server := devservertest.NATS(t)
	conformance.Run(t, conformance.Harness{Endpoint: server.URL(), Open: conformOpen, Work: conformWork, Server: server})
}

func conform(c conformance.Cell) choreography.Config {
	return choreography.Config{URL: c.Endpoint, Name: c.Name, Policy: c.Policy}
}

func conformOpen(ctx context.Context, c conformance.Cell) (food.Coordinator, error) {
	return choreography.Open(ctx, conform(c))
}

func conformWork(ctx context.Context, c conformance.Cell, s *food.Services) (conformance.Worker, error) {
	return choreography.Work(ctx, conform(c), s)
}

package orchestration_test

import (
	"context"
	"os"
	"testing"

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
	conformance.Run(t, conformance.Harness{Endpoint: server.Addr(), Open: conformOpen, Work: conformWork, Server: server})
}

func conform(c conformance.Cell) orchestration.Config {
	return orchestration.Config{HostPort: c.Endpoint, Name: c.Name, Policy: c.Policy}
}

func conformOpen(ctx context.Context, c conformance.Cell) (food.Coordinator, error) {
	return orchestration.Open(ctx, conform(c))
}

func conformWork(ctx context.Context, c conformance.Cell, s *food.Services) (conformance.Worker, error) {
	return orchestration.Work(ctx, conform(c), s)
}

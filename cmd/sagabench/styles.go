package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/nearest"
	"github.com/sagabench/sagabench/internal/twins"
)

// Adding a style is adding a row to engines, and its package.

// engines are in the order in which help texts and messages name them.
var engines = []engine{
	{
		style: record.Choreography, twin: twins.Choreography, server: &natsServer,
		given: choreographyGiven,
	},
	{
		style: record.Orchestration, twin: twins.Orchestration, server: &temporalServer,
		given: orchestrationGiven,
	},
	{
		style:     record.Baseline,
		inProcess: func(s *food.Services, p food.Policy) food.Coordinator { return baseline.New(s, p) },
	},
}

// The servers that styles run on.
var (
	natsServer = product{
		name: "nats", title: "NATS", port: 4222, variable: "NATS_URL",
		what: "URL of an external NATS server", example: "nats://127.0.0.1:4222",
		start: startNATS, address: (*devserver.Server).URL, hosts: natsHosts, shown: twins.NATSAddress,
		version: twins.Choreography.Version, remove: twins.RemoveStreams,
	}
	temporalServer = product{
		name: "temporal", title: "Temporal", port: 7233, variable: "TEMPORAL_ADDRESS",
		what: "address of an external Temporal server", example: "127.0.0.1:7233",
		prepare: devserver.FindTemporal, start: startTemporal, address: (*devserver.Server).Addr, hosts: temporalHosts, shown: func(at string) string { return at },
		version: twins.Orchestration.Version,
	}
	products = []*product{&natsServer, &temporalServer}
)

func startNATS(ctx context.Context, c devserver.Config) (*devserver.Server, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return devserver.StartNATS(ctx, []string{exe, "nats-server"}, c)
}

func startTemporal(ctx context.Context, c devserver.Config) (*devserver.Server, error) {
	exe, err := devserver.FindTemporal(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	return devserver.StartTemporal(ctx, []string{exe}, c)
}

// styleNames lists the styles.
func styleNames() (names []string) {
	for _, e := range engines {
		names = append(names, e.style)
	}
	return names
}

func unknownStyle(s string) error {
	return fmt.Errorf("unknown style %q%s; the styles are %s", s, nearest.Hint(s, styleNames()), strings.Join(styleNames(), ", "))
}

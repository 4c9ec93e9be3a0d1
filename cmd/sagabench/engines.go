package main

import (
	"context"

	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/orchestration"
)

// This is the only file that names both twins. Adding a style is adding a row to
// engines, and its package.

// engines are in the order in which help texts and messages name them.
var engines = []engine{
	{
		style: record.Choreography, server: &natsServer,
		place: func(ctx context.Context, t traffic) (coordinator, error) {
			return choreography.Open(ctx, choreographyConfig(t))
		},
		work: func(ctx context.Context, t traffic, s *food.Services) (closer, error) {
			return choreography.Work(ctx, choreographyConfig(t), s)
		},
		bare: func(ctx context.Context, t traffic, ended func()) (closer, error) {
			return choreography.Ceiling(ctx, choreographyConfig(t), afterLastCall(ended))
		},
	},
	{
		style: record.Orchestration, server: &temporalServer,
		place: func(ctx context.Context, t traffic) (coordinator, error) {
			return orchestration.Open(ctx, orchestrationConfig(t))
		},
		work: func(ctx context.Context, t traffic, s *food.Services) (closer, error) {
			return orchestration.Work(ctx, orchestrationConfig(t), s)
		},
		bare: func(ctx context.Context, t traffic, ended func()) (closer, error) {
			return orchestration.Ceiling(ctx, orchestrationConfig(t), func(string) { ended() })
		},
	},
	{
		style:     record.Baseline,
		inProcess: func(s *food.Services, p food.Policy) food.Coordinator { return baseline.New(s, p) },
	},
}

func choreographyConfig(t traffic) choreography.Config {
	return choreography.Config{URL: t.Address, Name: t.name, Policy: t.env.Policy, Memory: t.env.Durability == durability.Memory}
}

func orchestrationConfig(t traffic) orchestration.Config {
	return orchestration.Config{HostPort: t.Address, Namespace: t.Namespace, Name: t.name, Policy: t.env.Policy, Local: t.env.LocalActivities}
}

// The servers that styles run on.
var (
	natsServer = product{
		name: "nats", title: "NATS", port: 4222, variable: "NATS_URL",
		what: "URL of a NATS server", example: "nats://127.0.0.1:4222",
		start: startNATS, address: (*devserver.Server).URL, hosts: natsHosts, shown: choreography.Address,
		version: func(ctx context.Context, at endpoint) (string, error) { return choreography.Server(ctx, at.Address) },
		remove:  choreography.Remove,
	}
	temporalServer = product{
		name: "temporal", title: "Temporal", port: 7233, variable: "TEMPORAL_ADDRESS",
		what: "address of a Temporal server", example: "127.0.0.1:7233",
		prepare: devserver.FindTemporal, start: startTemporal, address: (*devserver.Server).Addr, hosts: temporalHosts, shown: func(at string) string { return at },
		version: func(ctx context.Context, at endpoint) (string, error) {
			return orchestration.Server(ctx, at.Address, at.Namespace)
		},
	}
	products = []*product{&natsServer, &temporalServer}
)

package main

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
)

// parity states what each side was given. What is equal is said once; what is
// not says which way it leans. external has the styles whose server is the user's
// own: of that server nothing is known.
func parity(p plan.Plan, external map[string]string) []record.Parity {
	pol := p.Policy
	both := func(setting, value string) record.Parity {
		return record.Parity{Setting: setting, Choreography: value, Orchestration: value, Equal: true}
	}
	// server is a setting of the servers; known is what can be said of it when
	// one of them is the user's own.
	server := func(row record.Parity, known string) record.Parity {
		for style, side := range map[string]*string{record.Choreography: &row.Choreography, record.Orchestration: &row.Orchestration} {
			if external[style] != "" {
				*side, row.Equal, row.Note = known, false, "a server of the user's own: what is unknown may lean either way"
			}
		}
		return row
	}
	storage := map[durability.Level][2]string{
		durability.Memory:  {"memory storage", "SQLite in memory"},
		durability.Process: {"file storage, synced every 2 minutes", "SQLite, WAL, synchronous=NORMAL"},
		durability.Power:   {"file storage, synced on every write", "SQLite, WAL, synchronous=FULL"},
	}[p.Durability]
	rows := []record.Parity{
		both("orders, arrivals and faults", fmt.Sprintf("the same, from seed %d", p.Seed)),
		both("services and ledger", "the same code, in one worker process, one SQLite ledger with group commit"),
		server(both("promise of an accepted order", p.Durability.String()), p.Durability.String()+", as said by the user and not verified"),
		server(record.Parity{Setting: "how that is kept", Choreography: storage[0], Orchestration: storage[1], Equal: true}, "unknown"),
		both("attempts of a deciding call", fmt.Sprint(pol.Attempts)),
		both("back-off", fmt.Sprintf("%v doubling to %v", pol.FirstBackoff, pol.MaxBackoff)),
		server(record.Parity{Setting: "how late a retry comes, half of them", Choreography: "about 1 ms", Orchestration: "about 5 ms", Equal: false,
			Note: "what the engines' timers add to the back-off at 12 orders/s on two cores, measured before and not in this run; it leans towards choreography where calls fail"}, "unknown"),
		both("call timeout", pol.CallTimeout.String()),
		{Setting: "clock that notices a dead worker", Choreography: "AckWait " + pol.Redelivery.String(), Orchestration: "StartToClose " + pol.Redelivery.String(), Equal: true},
		both("executing calls per service", fmt.Sprint(pol.Concurrency)),
		server(both("transport", "TCP on 127.0.0.1, server in a process of its own"), "TCP to a server that others may use too"),
		server(both("garbage collection of server, worker and harness", fmt.Sprintf("GOGC=%d", devserver.GCPercent)), fmt.Sprintf("server unknown, the others GOGC=%d", devserver.GCPercent)),
		server(both("server before a block", "fresh, without data"), "as it was"),
		server(both("processor time, memory and disk of the server", "measured"), "unknown"),
		{Setting: "wire format", Choreography: "JSON in NATS messages", Orchestration: "JSON payloads in gRPC", Equal: false,
			Note: "each engine's own; gRPC costs more per call, which is part of what is measured. Events are read with a faster JSON library than the payloads, where reading is well under a hundredth of an order's processor time"},
		{Setting: "work queues", Choreography: "one durable consumer per service", Orchestration: "one task queue per service, one for workflows", Equal: false,
			Note: "Temporal shares work better on one queue: a queue per service costs it about a sixth of its throughput"},
		{Setting: "what the engine keeps", Choreography: "each event, once", Orchestration: "each order's whole history", Equal: false,
			Note: "the history is what lets a workflow be resumed, shown and replayed; the choreography has nothing like it"},
		server(record.Parity{Setting: "server tuning", Choreography: "defaults", Orchestration: "queue polling raised from 20/s, timers exact to 1 ms instead of 1 s, one partition, limits lifted", Equal: false,
			Note: "with its development defaults Temporal is several times slower here, and no retry comes in under a second; tuning leans towards orchestration"}, "unknown"),
		{Setting: "fencing of late replies", Choreography: "none: a late ack is accepted", Orchestration: "a late completion is refused", Equal: false,
			Note: "the ledger makes late effects harmless on both sides"},
	}
	if slices.ContainsFunc(p.Scenarios, func(s plan.Scenario) bool { return s.Activities == record.LocalActivities }) {
		rows = append(rows, record.Parity{Setting: "local activities", Choreography: "has none", Orchestration: "where a scenario says so", Equal: false,
			Note: "with them the services run in the flow's worker, on one queue, each with as many calls at a time as above; those cells are set apart"})
	}
	return rows
}

package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/durability"
)

// parity states what each style that has a server was given. What is
// equal is stated once; what is not, with which way it leans. external has the styles
// with an external server: of that server nothing is known.
func parity(p plan.Plan, external map[string]string) (rows []record.Parity) {
	pol := p.Policy
	add := func(setting, note string, equal bool, value func(engine) string) {
		row := record.Parity{Setting: setting, Given: record.Given{Values: map[string]string{}, Equal: equal, Note: note}}
		for _, e := range engines {
			if e.server != nil {
				row.Values[e.style] = value(e)
			}
		}
		rows = append(rows, row)
	}
	same := func(setting, value string) { add(setting, "", true, func(engine) string { return value }) }
	own := func(setting, note string, equal bool) {
		add(setting, note, equal, func(e engine) string { return cmp.Or(e.given(p)[setting], "not stated") })
	}
	// server makes the last row one of the servers; known is what is known of it when
	// one of them is external.
	server := func(known string) {
		row := &rows[len(rows)-1]
		for style := range row.Values {
			if external[style] != "" {
				row.Values[style], row.Equal, row.Note = known, false, "an external server: what is unknown may lean either way"
			}
		}
	}
	same("orders, arrivals and faults", fmt.Sprintf("the same, from seed %d", p.Seed))
	same("services and ledger", "the same code, in one worker process, one SQLite ledger with group commit")
	same("durability of an accepted order", p.Durability.String())
	server(p.Durability.String() + ", as declared, not verified")
	own("how that is kept", map[durability.Level]string{
		durability.Process: "neither side needs a sync to survive kill -9; Temporal's database makes some all the same. Counted with strace over 118 orders at 12/s, not in this run. It leans towards choreography, the more the slower the disk",
		durability.Power:   "both sync before they answer; how often an order makes them do so was not counted",
	}[p.Durability], p.Durability == durability.Memory)
	server("unknown")
	same("attempts of a deciding call", fmt.Sprint(pol.Attempts))
	same("back-off, as set", fmt.Sprintf("%v doubling to %v", pol.FirstBackoff, pol.MaxBackoff))
	own("median extra delay of a retry", "how the back-off acts: measured before on two cores, not in this run. JetStream's delayed naks hold each other up when many calls of a service fail, which leans towards orchestration; Temporal was measured at 12 calls a second alone, which leans towards choreography", false)
	server("unknown")
	same("call timeout", pol.CallTimeout.String())
	own("redelivery clock, for a dead worker", "", true)
	same("executing calls per service", fmt.Sprint(pol.Concurrency))
	same("transport", "TCP on 127.0.0.1, server in a separate process")
	server("TCP to a server that others may use too")
	same("garbage collection of server, worker and harness", fmt.Sprintf("GOGC=%d", command.GCPercent))
	server(fmt.Sprintf("server unknown, the others GOGC=%d", command.GCPercent))
	same("server before a block", "fresh, without data")
	server("as it was")
	same("CPU time, memory and disk of the server", "measured")
	server("unknown")
	own("wire format", "each engine's own; gRPC costs more per call, which is part of what is measured and leans towards choreography", false)
	own("work queues", "Temporal shares work better on one queue. While it was tuned a queue per service cost it about a sixth of its throughput; this run did not measure that. It leans towards choreography", false)
	own("client", "chosen for each by measuring; what other choices cost is not in this run, nor which way that leans", false)
	own("what the engine keeps", "the history is what lets a workflow be resumed, shown and replayed; the choreography has nothing like it. In cost it leans towards choreography", false)
	own("server tuning", "with its development defaults Temporal is slower, and no retry comes in under a second: plan tuning measures it, and not this run. Tuning leans towards orchestration", false)
	server("unknown")
	own("fencing of late replies", "the ledger makes late effects harmless on both sides, so it leans neither way", false)
	if slices.ContainsFunc(p.Scenarios, func(s plan.Scenario) bool { return s.Activities == record.LocalActivities }) {
		own("local activities", "with them the services run in the flow's worker, on one queue, each with as many calls at a time as above; those cells are set apart", false)
	}
	return rows
}

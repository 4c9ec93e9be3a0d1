package main

import (
	"slices"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/durability"
)

// A setting is a row of the parity table. Each style states its own value, and the
// values are compared: that two are equal is written nowhere.
type setting struct {
	group, name string
	from        string // record.From constant
	server      bool   // of the server: of an external one it is unknown
	note        string // why it differs, where it does, and which way that leans
}

// The rows of the table. What the run measures is added by [measure.Parity].
func settings(p plan.Plan) []setting {
	const promises, cost, retries, clients = "promises", "cost", "retries", "clients and servers"
	rows := []setting{
		{promises, durabilityRow, record.FromServer, true, "one side promises more, and may pay for it"},
		{promises, "syncs to keep that", record.FromServer, true, map[durability.Level]string{
			durability.Memory:  "nothing is synced on either side",
			durability.Process: "no order waits for one. That NATS syncs beside them leans towards orchestration, by next to nothing",
			durability.Power:   "an order has more commits than messages: it leans towards choreography",
		}[p.Durability]},
		{promises, "syncs of the ledger, the instrument's own", record.FromCode, false, "the ledger is a part of each latency"},
		{promises, "copies of what is stored", record.FromCode, false, "a copy costs a round trip: it leans towards the side with fewer"},
		{promises, "largest order", record.FromCode, false, "orders of a run have a few hundred bytes: neither way"},
		{promises, "a customer's cancellation", record.FromCode, false, "no order of a run is cancelled: neither way"},
		{promises, "attempts when the server is killed", record.FromDesign, false, "the choreography may then try a call more often than its limit; in cells with a kill alone"},
		{promises, "late replies", record.FromDesign, false, "the ledger makes late effects harmless: neither way"},

		{cost, "a call that has been made", record.FromDesign, false, "one side waits for its store. It leans towards choreography; by how much was not measured apart"},
		{cost, "what the engine keeps", record.FromDesign, false, "a history can be resumed, shown and replayed, and costs: it leans towards choreography"},
		{cost, "wire format", record.FromDesign, false, "gRPC costs more per call: it leans towards choreography"},
		{cost, "server's process", record.FromCode, true, "one side may share its server with others"},

		{retries, "attempts of a deciding call, and the waits between", record.FromCode, false, "who waits less ends sooner, and who tries more often gives up less"},
		{retries, "call timeout, and the clock for a dead worker", record.FromCode, false, "who waits less ends sooner"},

		{clients, "executing calls per service", record.FromCode, false, "who may execute more has more throughput"},
		{clients, "how work is fetched", record.FromCode, false, "what is fetched ahead costs no round trip: it leans towards choreography. That more pollers bring nothing was measured before, not in this run"},
		{clients, "queues", record.FromCode, false, "one queue for all was faster for Temporal when it was tuned, not in this run: it leans towards choreography"},
		{clients, "client", record.FromCode, false, "chosen for each by measuring, not in this run: which way it leans is unknown"},
		{clients, "server tuning", record.FromCode, true, "it leans towards orchestration: with its development defaults no retry comes in under a second. Plan tuning measures that, not this run"},
	}
	if slices.ContainsFunc(p.Scenarios, func(s plan.Scenario) bool { return s.Activities == record.LocalActivities }) {
		rows = append(rows, setting{clients, "local activities", record.FromCode, false,
			"the services then run in the flow's worker, each with as many calls at a time as above; those cells are set apart"})
	}
	return rows
}

const durabilityRow = "durability of an accepted order"

// parity is what each style of the plan that has a server was given. external are the
// styles with an external server, of which nothing is known; reported is what the others'
// servers reported of themselves, by style.
func parity(p plan.Plan, external map[string]string, reported map[string]map[string]string) (rows []record.Parity) {
	given := map[string]map[string]string{}
	for _, e := range engines {
		if e.server != nil && slices.Contains(p.Styles, e.style) {
			given[e.style] = e.given(p, reported[e.style])
		}
	}
	for _, s := range settings(p) {
		values := map[string]string{}
		for style := range given {
			if values[style] = given[style][s.name]; values[style] == "" {
				values[style], s.note = record.Unknown, "no server with the settings of the run was started"
			}
			if s.server && external[style] != "" {
				values[style], s.note = record.Unknown, "an external server: what is unknown may lean either way"
				if s.name == durabilityRow {
					values[style], s.from = p.Durability.String()+", as declared, not verified", record.FromUser
				}
			}
		}
		rows = append(rows, record.NewParity(s.group, s.name, s.from, values, s.note))
	}
	return rows
}

// tracingRows is one row more where a run is traced, because its numbers are then those of
// orders and traces.
func tracingRows(p plan.Plan, collector string) []record.Parity {
	if collector == "" {
		return nil
	}
	values := map[string]string{}
	for _, e := range engines {
		if e.server != nil && slices.Contains(p.Styles, e.style) {
			values[e.style] = "a span for each call, and those of the way between; docs/speed.md has their cost"
		}
	}
	return []record.Parity{record.NewParity("clients and servers", "traces", record.FromCode, values, "")}
}

package main

import (
	"cmp"
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
			durability.Process: "no order waits for a sync. NATS makes one for each changed file every two minutes, beside the orders: it leans towards orchestration, by next to nothing",
			durability.Power:   "both sync before they answer. An order has more commits on one side than messages on the other: it leans towards choreography",
		}[p.Durability]},
		{promises, "syncs of the ledger, the instrument's own", record.FromCode, false, "the ledger is a part of each latency"},
		{promises, "copies of what is stored", record.FromCode, false, "a copy costs a round trip: it leans towards the side with fewer"},
		{promises, "largest order", record.FromCode, false, "the orders of a run have a few hundred bytes, so it leans neither way"},
		{promises, "a customer's cancellation", record.FromCode, false, "no order of a run is cancelled, so it leans neither way"},
		{promises, "attempts when the server is killed", record.FromDesign, false, "the choreography may then try a call more often than its limit; only cells with a kill have that"},
		{promises, "late replies", record.FromDesign, false, "the ledger makes a late effect harmless on both sides, so it leans neither way"},

		{cost, "a call that has been made", record.FromDesign, false, "one side waits for its store where the other does not. How much of an order's cost that is was not measured apart; it leans towards choreography"},
		{cost, "what the engine keeps", record.FromDesign, false, "from a history a workflow is resumed, shown and replayed; the choreography has nothing like it. In cost it leans towards choreography"},
		{cost, "wire format", record.FromDesign, false, "gRPC costs more per call, which is a part of what is measured. It leans towards choreography"},
		{cost, "server's process", record.FromCode, true, "one side may share its server with others"},

		{retries, "attempts of a deciding call, and the waits between", record.FromCode, false, "who waits less ends sooner, and who tries more often gives up less"},
		{retries, "call timeout, and the clock for a dead worker", record.FromCode, false, "who waits less ends sooner"},

		{clients, "executing calls per service", record.FromCode, false, "who may execute more has more throughput"},
		{clients, "how work is fetched", record.FromCode, false, "what is fetched ahead waits in the client and costs no round trip. It leans towards choreography; that more pollers bring nothing was measured before, and not in this run"},
		{clients, "queues", record.FromCode, false, "each engine's usual form. One queue for all was the faster one for Temporal while it was tuned, which this run did not measure: it leans towards choreography"},
		{clients, "client", record.FromCode, false, "chosen for each by measuring; what other choices cost is not in this run, nor which way that leans"},
		{clients, "server tuning", record.FromCode, true, "with its development defaults Temporal is slower, and no retry comes in under a second: plan tuning measures that, and not this run. Tuning leans towards orchestration"},
	}
	if slices.ContainsFunc(p.Scenarios, func(s plan.Scenario) bool { return s.Activities == record.LocalActivities }) {
		rows = append(rows, setting{clients, "local activities", record.FromCode, false,
			"with them the services run in the flow's worker, on one queue, each with as many calls at a time as above; those cells are set apart"})
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
			values[style] = cmp.Or(given[style][s.name], record.Unknown)
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

package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
)

func (d *data) orderSection(f *figure) section {
	s := section{ID: "order", Title: "One refused order", Figure: f}
	if f == nil {
		return s
	}
	s.Lead = "The restaurant says no after the card was charged. Now the charge has to be taken back, and the customer has to hear of it."
	if d.storyEnding() == food.NoPartner {
		s.Lead = "The card is charged and the kitchen is cooking when no delivery partner can be found. Now charge, ticket and points have to be taken back, and the customer has to hear of it."
	}
	if d.twins() {
		s.Title = "One refused order, told by every style"
		s.Lead += " In the choreography each service hears of the no and does its part; in the orchestration the workflow hears of it and calls them."
	}
	return s
}

func (d *data) refusalSection(f *figure) section {
	s := section{ID: "refusals", Title: "What refusals do to the others", Figure: f,
		Lead: "The rate of orders stays the same while a growing share of them is refused by the restaurant after the card was charged, and has to be refunded."}
	if finding, ok := d.refusalFinding(); ok {
		s.Findings = append(s.Findings, finding)
	}
	return s
}

func (d *data) throughputSection(f *figure) section {
	s := section{ID: "throughput", Title: "How many orders fit", Figure: f,
		Lead: "Rates are orders per second of the whole system on this machine, in this topology: one server, one worker and the load generator on the same cores."}
	if t, ok := d.limitTable(); ok {
		s.Tables = append(s.Tables, t)
	}
	if t, ok := d.kneeTable(); ok {
		s.Tables = append(s.Tables, t)
	}
	return s
}

func (d *data) costSection(f *figure) section {
	s := section{ID: "cost", Title: "What an order costs", Figure: f,
		Lead:   "Server, worker and load generator are processes of their own, so that each has its own bill. What the engines count is in their own units.",
		Tables: []table{d.costTable()}}
	for _, style := range d.styles() {
		if t, ok := d.tollTable(style); ok {
			s.Tables = append(s.Tables, t)
		}
	}
	if t, ok := d.demandTable(); ok {
		s.Tables = append(s.Tables, t)
	}
	return s
}

func (d *data) correctnessSection(f *figure) section {
	s := section{ID: "correctness", Title: "Was every order handled rightly", Figure: f,
		Lead:   "After the load, a checker that shares no code with the services read every row of the ledger and judged order by order.",
		Tables: []table{d.invariantTable()}}
	if t, ok := d.violationTable(); ok {
		s.Tables = append([]table{t}, s.Tables...)
	}
	if w := d.warnings(); len(w) > 0 {
		s.Lists = append(s.Lists, list{"Warnings", w})
	} else {
		s.Lists = append(s.Lists, list{"Warnings", []string{"None."}})
	}
	if f := d.absorbedFinding(); f.Text != "" {
		s.Findings = append(s.Findings, f)
	}
	return s
}

// absorbedFinding counts calls that came again and changed nothing.
func (d *data) absorbedFinding() finding {
	var parts []string
	for _, style := range d.styles() {
		n := 0
		for _, c := range d.results.Cells {
			if c.Style == style && c.Absorbed.OK() {
				n += int(c.Absorbed)
			}
		}
		parts = append(parts, with(style, grouped(n)))
	}
	return finding{Topic: "Repeats", Text: "Calls that came again and were absorbed by their key: " + listing(parts) + ".",
		Basis: "all cells; these are the repeats that would have charged or written twice without a key"}
}

func (d *data) undoSection(f *figure) section {
	return section{ID: "undoing", Title: "How long it takes to undo", Figure: f,
		Lead: "From the moment the no was recorded to the last undo of something that had been done. Until the refund the customer's money is gone, and there will be no food."}
}

func (d *data) outageSection(f *figure) section {
	s := section{ID: "outage", Title: "When a service is away", Figure: f,
		Lead: "A service fails every call for a while and then comes back. Calls are retried with back-off, by the same policy in both styles."}
	if finding, ok := d.outageFinding(); ok {
		s.Findings = append(s.Findings, finding)
	}
	return s
}

func (d *data) methodSection() section {
	s := section{ID: "method", Title: "How this was measured",
		Lead: "Orders are offered when they are due, whatever became of the others, and latency counts from that moment until the order is settled. " +
			"An order that never settles counts as infinitely late and is never left out. A percentile is given only where ten orders lie beyond it. " +
			"Latencies are kept apart by outcome. Percentiles of several repeats hold all their orders; they are never averaged.",
		Tables: []table{settledTable(), d.parityTable(), keyed("Policy, the same for both", []string{"rule", "value"}, d.run.Policy), d.generatorTable()}}
	if t, ok := d.faultTable(); ok {
		s.Tables = append(s.Tables, t)
	}
	s.Tables = append(s.Tables,
		keyed("Machine", []string{"what", "value"}, d.run.Machine),
		keyed("Versions", []string{"what", "version"}, d.run.Versions))
	return s
}

func (d *data) limitsSection() section {
	return section{ID: "limits", Title: "What this run does not measure", Lists: []list{{"", []string{
		"Debugging. When an order goes wrong, one style has a history to open and the other has six logs to join. No number here says what that is worth.",
		"Visibility. Whether anyone can say, at any moment, where an order stands and who has to act next.",
		"The cost of change: a new step, a new rule, a new team. That is often what decides, and it is not in a benchmark.",
		d.topologyLimit(),
		"Real services. Here a call costs a row in a ledger. Where a call takes 200 ms, a few ms of coordination may not matter.",
		d.durabilityLimit(),
	}}}}
}

// ownServers lists the servers of the user's own, or is "".
func (d *data) ownServers() string {
	at := map[string]string{}
	for _, c := range d.run.Cells {
		if c.External != "" {
			at[c.Style] = "the " + c.Style + "'s at " + c.External
		}
	}
	return strings.Join(slices.Sorted(maps.Values(at)), ", ")
}

func (d *data) topologyLimit() string {
	if own := d.ownServers(); own != "" {
		return "The servers of the user's own: " + own + ". How they are set up, where they run, what else they do and what all that costs is unknown here, and nothing of it is guessed."
	}
	return "Other topologies. Both servers run embedded, as one process on one machine beside the load: no cluster, no network, no replication. Temporal stores in SQLite with a single writer, which is not how it is run in production."
}

func (d *data) durabilityLimit() string {
	text := "The loss of a process or of power. Durability was set to " + d.run.Durability + " on both sides, and the parity table says how; this run killed nothing to prove it."
	if own := d.ownServers(); own != "" {
		text += " Of " + own + " that is the user's word, and nobody verified it."
	}
	return text
}

func (d *data) cellsSection() section {
	return section{ID: "cells", Title: "Every cell", Tables: []table{d.cellTable()}}
}

// empty says whether there is nothing under the heading but its lead.
func (s section) empty() bool {
	return s.Figure == nil && len(s.Findings) == 0 && len(s.Tables) == 0 && len(s.Lists) == 0
}

// plain is a text without line breaks, for places where they would end something.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }

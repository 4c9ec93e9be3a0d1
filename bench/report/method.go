package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// How the run was made, what it does not measure, and every cell of it.

func (d *data) methodSection() section {
	return section{ID: "method", Title: "How this was measured",
		Lead: "Orders are offered when they are due, whatever became of the others, and latency counts from that moment until the order is settled. " +
			"An order that never settles counts as infinitely late and is never left out. A percentile is given only where ten orders lie beyond it. " +
			"Latencies are kept apart by outcome. Percentiles of several repeats hold all their orders; they are never averaged.",
		Tables: slices.Concat(
			[]table{settledTable(), d.parityTable()},
			[]table{keyed("Policy, the same for both", "rule", "value", d.Run.Policy), d.generatorTable()},
			withRows(d.faultTable()),
			[]table{keyed("Machine", "what", "value", d.Run.Machine), keyed("Versions", "what", "version", d.Run.Versions)})}
}

func (d *data) limitsSection() section {
	return section{ID: "limits", Title: "What this run does not measure", Lists: []list{{"", []string{
		"Debugging. When an order goes wrong, one style has a history to open and the other has six logs to join. No number here shows what that is worth.",
		"Visibility. Whether anyone can see, at any moment, where an order stands and who has to act next.",
		"The cost of change: a new step, a new rule, a new team. That is often what decides, and it is not in a benchmark.",
		d.topologyLimit(),
		"Real services. A call costs a row in a ledger and, where the heading says so, a time drawn from a distribution: no connection, no queue of a provider's, no lock. Where a call takes longer, coordination weighs less.",
		d.durabilityLimit(),
	}}}}
}

func (d *data) cellsSection() section {
	return section{ID: "cells", Title: "Every cell", Tables: []table{d.cellTable()}}
}

// externalServers lists the external servers, or is "".
func (d *data) externalServers() string {
	at := map[string]string{}
	for _, c := range d.Run.Cells {
		if c.External != "" {
			at[c.Style] = "the " + c.Style + "'s at " + c.External
		}
	}
	return strings.Join(slices.Sorted(maps.Values(at)), ", ")
}

func (d *data) topologyLimit() string {
	if external := d.externalServers(); external != "" {
		return "External servers: " + external + ". How they are set up, where they run, what else they do and what all that costs is unknown here, and nothing of it is guessed."
	}
	return "Other topologies. Both servers run embedded, as one process on one machine beside the load: no cluster, no network, no replication. Temporal stores in SQLite with a single writer, which is not how it is run in production."
}

func (d *data) durabilityLimit() string {
	text := "The loss of a process or of power. Durability was set to " + d.Run.Durability + " on both sides, and the parity table shows how; this run killed nothing to prove it."
	if external := d.externalServers(); external != "" {
		text += " Of " + external + " that is as declared, not verified."
	}
	return text
}

// settledTable is when an order counts as settled, from package food's own table.
func settledTable() table {
	t := table{Title: "When an order is settled", Head: []string{"outcome", "rows that must be in the ledger"}, Words: 2,
		Note: "The stopwatch stops when the last of them is committed, but for resolve, which is a person's answer. An order that was cancelled in time and ends otherwise needs the rows of both, " +
			"and one that a customer cancels has its answer besides. An escalated order needs, before its own, the rows of the ending that its compensations were to bring about. " +
			"The ledger stands for the outside world; in every style it is the same, and so is the stopwatch."}
	wants := map[food.Want]string{
		food.WantDone: "", food.WantNotDone: " refused or given up", food.WantEither: " done or overtaken",
		food.WantUndone: " done or rejected", food.WantRefunded: " if a refund took effect",
	}
	for _, e := range food.Endings {
		if e == food.CustomerCancelled { // its cancellation blocks the assignment
			wants[food.WantNotDone] = " blocked"
		}
		rows := lists.Map(food.Required[e], func(r food.Requirement) string {
			return strings.ReplaceAll(string(r.Action), "-", " ") + wants[r.Want]
		})
		t.Rows = append(t.Rows, []string{endings[e].name, strings.Join(rows, ", ")})
	}
	return t
}

// parityTable has the lines of a group together, in the order in which groups come first.
func (d *data) parityTable() table {
	var styles, groups []string
	for _, p := range d.Parity {
		styles, groups = slices.AppendSeq(styles, maps.Keys(p.Values)), append(groups, p.Group)
	}
	slices.Sort(styles)
	styles = record.InOrder(slices.Compact(styles))
	t := table{Title: "What each side was given", Words: len(styles) + 4,
		Head: slices.Concat([]string{"setting"}, styles, []string{"known", "equal", "if not: why, and which way it leans"}),
		Note: "Measured is in this run, read back is as the server itself reported, set is as this program asked, and design is how a style or its engine works. " +
			"Equal are values that are the same; measured ones seldom are. Orders, arrivals and faults come from one seed, and services, ledger and stopwatch are one code. " +
			"A timer that is late on this machine is a part of each retry's lateness."}
	rows := slices.Clone(d.Parity)
	slices.SortStableFunc(rows, func(a, b record.Parity) int { return slices.Index(groups, a.Group) - slices.Index(groups, b.Group) })
	group := ""
	for _, p := range rows {
		if p.Group != group {
			group = p.Group
			t.Rows = append(t.Rows, []string{group})
		}
		values := lists.Map(styles, func(style string) string { return cmp.Or(p.Values[style], "not stated") })
		equal := "no"
		if p.Equal {
			equal = "yes"
		}
		t.Rows = append(t.Rows, slices.Concat([]string{p.Setting}, values, []string{cmp.Or(p.From, "–"), equal, p.Note}))
	}
	return t
}

// generatorTable is how well the load was offered, at its worst.
func (d *data) generatorTable() table {
	t := table{Title: "Load generator", Words: 1,
		Head: []string{"style", "late, p99 of the worst cell", "late at most", "orders never sent", "CPU time, busiest cell"},
		Note: "Orders are sent when they are due, whatever became of the others, and every latency counts from then: a late generator makes its style look slower. " +
			"Its CPU time is that of the whole harness, stopwatch and sampling too, from the start of the window to the end of the drain; it comes from the cores that server and worker use."}
	for _, style := range d.styles() {
		var worst record.Generator
		busiest := measure.Num(0)
		for _, c := range d.Results.Cells {
			if g := c.Generator; c.Style == style {
				worst.LateP99, worst.LateMax = max(worst.LateP99, g.LateP99), max(worst.LateMax, g.LateMax)
				worst.Dropped += g.Dropped
				busiest = max(busiest, c.Cost.Busy["harness"])
			}
		}
		t.Rows = append(t.Rows, []string{
			style, three(worst.LateP99) + " ms", three(worst.LateMax) + " ms", grouped(worst.Dropped),
			three(busiest) + " of " + cmp.Or(d.Run.Machine["cores"], "?") + " cores",
		})
	}
	return t
}

// faultTable sets what was planned beside what really fired.
func (d *data) faultTable() table {
	t := table{Title: "Faults, as planned and as they fired", Words: 2, Head: []string{"scenario", "planned"},
		Note: "Which orders a fault hits is fixed by the seed and is the same in every style. An outage fires once for each call that it fails."}
	t.Head = append(t.Head, lists.Map(d.styles(), func(style string) string { return style + " fired" })...)
	for _, s := range d.scenarios() {
		for _, rule := range d.rulesOf(s.Scenario) {
			t.Rows = append(t.Rows, append([]string{s.Scenario}, d.row(rule, func(style string) string {
				return d.firedIn(s.Scenario, style, rule)
			})...))
		}
	}
	return t
}

// rulesOf are the faults that were planned in a scenario, for any style.
func (d *data) rulesOf(scenario string) (rules []string) {
	for _, c := range d.Run.Cells {
		if c.Scenario == scenario {
			rules = append(rules, lists.Filter(c.Faults, func(r string) bool { return !slices.Contains(rules, r) })...)
		}
	}
	return rules
}

// firedIn is how often a rule fired in a style. One that was given to other styles only is
// no zero.
func (d *data) firedIn(scenario, style, rule string) string {
	var sum results.Fired
	planned := false
	for _, c := range d.Run.Cells {
		if c.Style == style && c.Scenario == scenario && slices.Contains(c.Faults, rule) {
			f := d.Fired[c.ID][rule]
			sum.Times, sum.Orders, planned = sum.Times+f.Times, sum.Orders+f.Orders, true
		}
	}
	if !planned {
		return "not planned"
	}
	return fmt.Sprintf("%s on %s", count(sum.Times, "time"), count(sum.Orders, "order"))
}

// cellTable lists every cell.
func (d *data) cellTable() table {
	t := table{Title: "One line per cell", Words: 2,
		Head: []string{"cell", "verdict", "due/s", "settled/s", "saturated",
			"orders", "settled", "completed", "refunded", "declined", "cancelled", "escalated", "unsettled", "p50, completed", "called again"},
		Note: "Orders without the warm-up. Cancelled are those that ended so because of their customer. Called again are calls that reached their service after they had taken effect. Rates are counted inside the window, so that a few orders are still on their way at its end; of saturated cells they are all orders over the time to settle them all."}
	for _, c := range d.Results.Cells {
		saturated, verdict := "no", c.Verdict.String()
		switch {
		case c.Saturated:
			saturated = "yes"
		case c.Behind:
			saturated = "perhaps"
		}
		if c.Cut {
			verdict += ", cut short"
		}
		t.Rows = append(t.Rows, []string{c.ID, verdict, three(c.Due), three(c.Achieved), saturated,
			grouped(c.Orders.Offered), grouped(c.Orders.Settled), grouped(c.Orders.Completed),
			grouped(c.Orders.RestaurantFailed + c.Orders.NoPartner), grouped(c.Orders.PaymentDeclined),
			grouped(c.Orders.CustomerCancelled), grouped(c.Orders.Escalated),
			grouped(c.Orders.Offered - c.Orders.Settled), millis(c.ByOutcome[food.Completed].Settled.At("p50")), grouped(c.Again.Calls)})
	}
	return t
}

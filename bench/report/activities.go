package report

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// The sweep that the orchestration has to itself: its calls as remote and as
// local activities.

func (d *data) activitySection() section {
	return section{ID: "activities", Title: "Remote or local activities",
		Lead: "Usually each call of the workflow goes through a queue of the server's, and its answer through the history. A local activity is made by the worker that runs the flow, " +
			"and the server learns of many answers at once. Given up for that: services that are deployed, scaled and paused by themselves, the record of each attempt, and, when a worker dies, what it had received since it last reported to the server.",
		Findings: written(d.activityFinding()), Tables: withRows(d.activityTable())}
}

// A localPair is a scenario with local activities, and the one that is the same
// but for that.
type localPair struct{ remote, local measure.Pool }

// localPairs lists them. A scenario with nothing to stand beside is left out.
func (d *data) localPairs() (all []localPair) {
	for _, local := range d.Results.Pools {
		if len(local.Cells) == 0 || local.Cells[0].Settings.Activities != record.LocalActivities {
			continue
		}
		of := local.Cells[0]
		of.Settings.Activities = ""
		alike := func(p measure.Pool) bool { return len(p.Cells) > 0 && sameButRate(of, p.Cells[0]) }
		if remote, ok := lists.Find(d.Results.Pools, alike); ok {
			all = append(all, localPair{remote, local})
		}
	}
	return all
}

// sameButRate reports whether two cells have the same settings and were offered the
// same; what is run for its rate is overloaded, which takes more of one than of
// the other.
func sameButRate(a, b measure.Cell) bool {
	full := a.Kind == record.KindSaturation
	return a.Style == b.Style && a.Settings == b.Settings && slices.Equal(a.Faults, b.Faults) &&
		full == (b.Kind == record.KindSaturation) && b.Kind != record.KindRung && (full || a.Offered == b.Offered)
}

// full reports whether the pair was run for its rate.
func (p localPair) full() bool { return p.local.Kind == record.KindSaturation }

func (p localPair) words() string {
	if p.full() {
		return fmt.Sprintf("overload: %s of %s offered, and %s of %s",
			p.remote.Scenario, perSecond(p.remote.Offered), p.local.Scenario, perSecond(p.local.Offered))
	}
	return fmt.Sprintf("%s: %s and %s", perSecond(p.local.Offered), p.remote.Scenario, p.local.Scenario)
}

// metrics are those of the table, by their names in results.json, with what they
// are called there.
func (p localPair) metrics() [][2]string {
	if p.full() {
		return [][2]string{
			{"achieved_per_s", "orders settled per second"},
			{"server_cpu_ms_per_order", "server, ms of CPU time per order"},
			{"worker_cpu_ms_per_order", "worker, ms of CPU time per order"},
		}
	}
	return [][2]string{
		{"completed.settled.p50_ms", "completed orders: p50"},
		{"completed.settled.p90_ms", "completed orders: p90"},
		{"completed.settled.p99_ms", "completed orders: p99"},
		{"history_events_per_order", "history events per order"},
		{"disk_bytes_per_order", "disk, bytes per order"},
		{"server_busy_cores", "server, cores"},
		{"worker_busy_cores", "worker, cores"},
	}
}

// contrast compares the local side with the remote one. A rate that kept up with
// what was offered is no limit, and its ratio would be that of the offers.
func (p localPair) contrast(metric string) (measure.Comparison, bool) {
	m, _ := measure.MetricNamed(metric)
	c, ok := m.Between(p.remote, p.local, "remote", "local")
	keptUp := func(c measure.Cell) bool { return !c.Saturated }
	return c, ok && !(p.full() && slices.ContainsFunc(slices.Concat(p.remote.Cells, p.local.Cells), keptUp))
}

func (d *data) activityTable() table {
	t := table{Title: "The orchestration's calls, remote and local", Words: 1,
		Head: []string{"metric", "remote", "local", "local over remote"}}
	known := false
	for _, p := range d.localPairs() {
		rows := [][]string{{p.words()}}
		for _, m := range p.metrics() {
			if c, ok := p.contrast(m[0]); ok {
				known = known || c.Last().Distinct != nil
				rows = append(rows, contrastRow(c, m[1]))
			}
		}
		if len(rows) > 1 {
			t.Rows = append(t.Rows, rows...)
		}
	}
	t.Note = "A ratio below 1 means that local activities take less; it is the median of the repeats. " + ratioNote(known) +
		" Under overload the lines stand only if both were driven to their limit in every repeat, and a rate is all orders over the time to settle them all." +
		" The table does not show what local activities give up, which is listed above and is in no number, nor what happens when a worker dies, which then leaves more to do again."
	return t
}

// activityFinding reports what they buy, of the first pair that has a median.
func (d *data) activityFinding() finding {
	for _, p := range d.localPairs() {
		p50, ok := p.contrast(settledAs(food.Completed).metric("p50"))
		if p.full() || !ok || !p50.Values["remote"].OK() || !p50.Values["local"].OK() {
			continue
		}
		f := finding{Topic: "Local activities",
			Text: fmt.Sprintf("At %s, half of the completed orders had settled after %s with local activities and %s with remote ones.",
				perSecond(p.local.Offered), millis(p50.Values["local"]), millis(p50.Values["remote"])),
			Basis: fmt.Sprintf("orchestration; n = %s local and %s remote, %s",
				grouped(p.local.Orders.Completed), grouped(p.remote.Orders.Completed), count(len(p.local.Cells), "repeat"))}
		if p50.Last().Noise() {
			f.Text += " The difference can't be distinguished from noise."
		}
		if events, ok := p.contrast("history_events_per_order"); ok && events.Values["remote"].OK() && events.Values["local"].OK() {
			f.Text += " Such an order left " + three(events.Values["local"]) + " events in the history instead of " + three(events.Values["remote"]) + "."
		}
		return f
	}
	return finding{}
}

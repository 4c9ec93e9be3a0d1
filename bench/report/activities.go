package report

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// The sweep that the orchestration has to itself: its calls as remote and as
// local activities.

// A retelling is a scenario with local activities, and the one that is the same
// but for that.
type retelling struct{ remote, local measure.Pool }

// full says whether it was run for its rate.
func (r retelling) full() bool { return r.local.Kind == record.KindSaturation }

// retellings lists them. A scenario with nothing to stand beside is left out.
func (d *data) retellings() (all []retelling) {
	cells := map[string]record.Cell{}
	for _, c := range d.run.Cells {
		cells[c.ID] = c
	}
	of := func(s measure.Pool) (c record.Cell) {
		if len(s.Cells) > 0 {
			c = cells[s.Cells[0].ID]
		}
		return c
	}
	sides := d.results.Pools
	for _, local := range sides {
		l := of(local)
		if l.Activities != record.LocalActivities {
			continue
		}
		l.Activities = ""
		i := slices.IndexFunc(sides, func(s measure.Pool) bool { return sameButRate(l, of(s)) })
		if i >= 0 {
			all = append(all, retelling{sides[i], local})
		}
	}
	return all
}

// sameButRate says whether two cells have the same settings and were offered the
// same; what is run for its rate is offered more than fits, which is not the same
// for both.
func sameButRate(a, b record.Cell) bool {
	full := a.Kind == record.KindSaturation
	return a.Style == b.Style && a.Settings == b.Settings && slices.Equal(a.Faults, b.Faults) &&
		full == (b.Kind == record.KindSaturation) && b.Kind != record.KindRung && (full || a.Offered == b.Offered)
}

// A line names a metric of results.json for a table.
type line struct{ metric, words string }

var (
	calmLines = []line{
		{"completed.settled.p50_ms", "completed orders: p50"},
		{"completed.settled.p90_ms", "completed orders: p90"},
		{"completed.settled.p99_ms", "completed orders: p99"},
		{"history_events_per_order", "history events per order"},
		{"disk_bytes_per_order", "disk, bytes per order"},
		{"server_busy_cores", "server, cores"},
		{"worker_busy_cores", "worker, cores"},
	}
	fullLines = []line{
		{"achieved_per_s", "orders settled per second"},
		{"server_cpu_ms_per_order", "server, ms of processor time per order"},
		{"worker_cpu_ms_per_order", "worker, ms of processor time per order"},
	}
)

func (r retelling) words() string {
	if r.full() {
		return fmt.Sprintf("more than fits: %s of %s offered, and %s of %s", r.remote.Scenario, perSecond(float64(r.remote.Offered)), r.local.Scenario, perSecond(float64(r.local.Offered)))
	}
	return fmt.Sprintf("%s: %s and %s", perSecond(float64(r.local.Offered)), r.remote.Scenario, r.local.Scenario)
}

// contrast holds the local side over the remote one. A rate that kept up with
// what was offered is no limit, and its ratio would be that of the offers.
func (r retelling) contrast(metric string) (measure.Contrast, bool) {
	m, _ := measure.MetricNamed(metric)
	c, ok := m.Between(r.remote, r.local)
	keptUp := func(c measure.Cell) bool { return !c.Saturated }
	if r.full() && (slices.ContainsFunc(r.remote.Cells, keptUp) || slices.ContainsFunc(r.local.Cells, keptUp)) {
		ok = false
	}
	return c, ok
}

func (d *data) activityTable() (t table, ok bool) {
	t = table{Title: "The orchestration's calls, remote and local", Words: 1, Head: []string{"metric", "remote", "local", "local over remote"}}
	sure := false
	for _, r := range d.retellings() {
		lines, rows := calmLines, [][]string{{r.words()}}
		if r.full() {
			lines = fullLines
		}
		for _, l := range lines {
			c, ok := r.contrast(l.metric)
			if !ok {
				continue
			}
			sure = sure || c.Distinct != nil
			row := []string{l.words, Quantity(l.metric, c.InA), Quantity(l.metric, c.InB), "–"}
			if c.InA.OK() && c.InB.OK() {
				row[3] = judged(c.Judgement)
			}
			rows = append(rows, row)
		}
		if len(rows) > 1 {
			t.Rows = append(t.Rows, rows...)
		}
	}
	t.Note = "A ratio below 1 means that local activities take less; it is the median of the repeats. " + ratioNote(sure) +
		" Where more is offered than fits, the lines stand only if both were driven to their limit in every repeat, and a rate is what settled inside the window: orders that are just coming in take from those under way." +
		" The table does not show what local activities give up, which is said above and is in no number, nor what happens when a worker dies, which then leaves more to do again."
	return t, len(t.Rows) > 0
}

func (d *data) activitySection() section {
	s := section{ID: "activities", Title: "Remote or local activities",
		Lead: "Usually each call of the workflow goes through a queue of the server's, and its answer through the history. A local activity is made by the worker that runs the flow, " +
			"and the server hears of many answers at once. Given up for that: services that are deployed, scaled and paused by themselves, the record of each attempt, and, when a worker dies, what it had heard since its last word to the server."}
	if t, ok := d.activityTable(); ok {
		s.Tables = []table{t}
	}
	if f, ok := d.activityFinding(); ok {
		s.Findings = []finding{f}
	}
	return s
}

// activityFinding says what they buy, of the first pair that has a median.
func (d *data) activityFinding() (finding, bool) {
	for _, r := range d.retellings() {
		p50, ok := r.contrast(calmLines[0].metric)
		if r.full() || !ok || !p50.InA.OK() || !p50.InB.OK() {
			continue
		}
		f := finding{Topic: "Local activities", Text: fmt.Sprintf("At %s, half of the completed orders had settled after %s with local activities and %s with remote ones.",
			perSecond(float64(r.local.Offered)), millis(p50.InB), millis(p50.InA)),
			Basis: fmt.Sprintf("orchestration; n = %s local and %s remote, %s", grouped(r.local.Orders.Completed), grouped(r.remote.Orders.Completed), count(len(r.local.Cells), "repeat"))}
		if p50.Noise() {
			f.Text += " The difference can't be told from noise."
		}
		if events, ok := r.contrast("history_events_per_order"); ok && events.InA.OK() && events.InB.OK() {
			f.Text += fmt.Sprintf(" Such an order left %s events in the history instead of %s.", three(float64(events.InB)), three(float64(events.InA)))
		}
		return f, true
	}
	return finding{}, false
}

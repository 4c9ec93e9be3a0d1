package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/internal/lists"
)

// What orders take from the machine and from the engine: at saturation, at a common
// rate, and under each kind of failure. Units differ from metric to metric and are
// never added up.

func (d *data) costSection() section {
	first, last := []table{d.saturatedCostTable()}, []table{d.demandTable()}
	return section{ID: "cost", Title: "What an order costs, " + noServiceTime, Figure: d.costFigure(),
		Lead:   "Server, worker and load generator are processes of their own, so that each is measured alone. What the engines count is in their own units.",
		Tables: withRows(slices.Concat(first, lists.Map(d.styles(), d.failureCostTable), last)...)}
}

// A costMetric is one thing that orders take from the machine or the engine.
type costMetric struct {
	name   string
	metric string      // its name in results.json
	scale  measure.Num // what is written is the value over this
	unit   string      // where its name has none
}

// of reads a cell. Some metrics are not among those that runs are compared by.
func (m costMetric) of(c measure.Cell) measure.Num {
	switch m.metric {
	case "redeliveries_per_order":
		return c.Cost.Redeliveries
	case "state_transitions_per_order":
		return c.Cost.Transitions
	case "server_idle_cores":
		if v, ok := c.Cost.Idle["server"]; ok {
			return v
		}
		return measure.None
	}
	compared, _ := measure.MetricNamed(m.metric)
	return compared.In(c)
}

// values are those of the cells that have one, in ascending order.
func (m costMetric) values(cells []measure.Cell) (values []measure.Num) {
	for _, c := range cells {
		if v := m.of(c); v.OK() {
			values = append(values, v/m.scale)
		}
	}
	slices.Sort(values)
	return values
}

// write has the unit behind the value. What has none are cores.
func (m costMetric) write(v measure.Num) string {
	if m.unit == "" {
		return fmt.Sprintf("%.3f", float64(v))
	}
	return three(v) + " " + m.unit
}

// costRow has the median of each style's cells, with their range, or why there is
// none: the cells' reason, or that given here where a style has no cell.
func (d *data) costRow(m costMetric, cells []measure.Cell, absent string) []string {
	return d.row(m.name, func(style string) string {
		of, why, text := lists.Filter(cells, func(c measure.Cell) bool { return c.Style == style }), absent, "–"
		if len(of) > 0 {
			why = of[len(of)-1].Cost.Reasons[m.metric]
		}
		if why != "" {
			text += " (" + why + ")"
		}
		if values := m.values(of); len(values) > 0 {
			repeats := measure.Spread{Values: values, Lo: values[0], Hi: values[len(values)-1]}
			text = ranged(measure.Median(values), repeats, m.write)
		}
		return text
	})
}

var saturatedCosts = []costMetric{
	{"server, CPU time", "server_cpu_ms_per_order", 1, "ms"},
	{"worker, CPU time", "worker_cpu_ms_per_order", 1, "ms"},
	{"load generator, CPU time", "harness_cpu_ms_per_order", 1, "ms"},
	{"server, memory at most", "server_rss_mb", 1, "MB"},
	{"worker, memory at most", "worker_rss_mb", 1, "MB"},
	{"load generator, memory at most", "harness_rss_mb", 1, "MB"},
	{"kept on disk", "disk_bytes_per_order", 1000, "kB"},
}

// saturatedCostTable is what an order takes from a system that has nothing else
// to do.
func (d *data) saturatedCostTable() table {
	t := table{Title: "What an order costs at saturation, " + noServiceTime, Words: 1, Head: append([]string{"cost"}, d.styles()...),
		Note: "Medians of the repeats, with their range. Kept on disk is how much the files of server and ledger grew; what was written to the disk on the way is more. CPU time per order is given where the system was saturated, because below that most of it is the price of being awake."}
	full := d.measured(func(c measure.Cell) bool {
		return c.Saturated && c.Kind == record.KindSaturation && c.Settings == record.Settings{}
	})
	for _, m := range saturatedCosts {
		t.Rows = append(t.Rows, d.costRow(m, full, "no cell was saturated"))
	}
	return t
}

// calm is the first scenario at a common rate without faults, with the settings of
// the run; where there is none, the first scenario.
func (d *data) calm() (s scenario, ok bool) {
	all := slices.Concat(d.scenarios(record.KindRefused), d.scenarios(record.KindCustom), d.scenarios(record.KindUnloaded))
	own := func(s scenario) bool { return len(s.Faults) == 0 && s.Settings == record.Settings{} }
	if all = append(lists.Filter(all, own), d.scenarios()...); len(all) == 0 {
		return s, false
	}
	return all[0], true
}

// demandTable sets the styles side by side at the same rate: what they use then.
func (d *data) demandTable() table {
	calm, ok := d.calm()
	if !ok {
		return table{}
	}
	t := table{Title: "The same demand: " + calm.words(), Words: 1,
		Head: append([]string{"CPU time used, in cores"}, d.styles()...),
		Note: "From the start of the window to the end of the drain. The idle line was measured with nothing to do."}
	at := d.measured(func(c measure.Cell) bool { return c.Scenario == calm.Scenario })
	anywhere := d.measured(func(measure.Cell) bool { return true })
	for _, m := range failureCosts[:3] {
		m.name = strings.TrimSuffix(m.name, " (cores)")
		t.Rows = append(t.Rows, d.costRow(m, at, ""))
	}
	t.Rows = append(t.Rows, d.costRow(costMetric{"server, idle", "server_idle_cores", 1, ""}, anywhere, ""))
	return t
}

var failureCosts = []costMetric{
	{"server (cores)", "server_busy_cores", 1, ""},
	{"worker (cores)", "worker_busy_cores", 1, ""},
	{"load generator (cores)", "harness_busy_cores", 1, ""},
	{"server memory (MB)", "server_rss_mb", 1, ""},
	{"kept on disk (kB per order)", "disk_bytes_per_order", 1000, ""},
	{"messages per order", "messages_per_order", 1, ""},
	{"deliveries per order", "deliveries_per_order", 1, ""},
	{"redeliveries per order", "redeliveries_per_order", 1, ""},
	{"history events per order", "history_events_per_order", 1, ""},
	{"state transitions per order", "state_transitions_per_order", 1, ""},
}

// failing lists the calm scenario, and those with faults at the same rate: any
// difference between them is what went wrong.
func (d *data) failing() (all []scenario) {
	calm, _ := d.calm()
	all = d.scenarios(record.KindRefused, record.KindFailures, record.KindOutage, record.KindCustom, record.KindUnloaded)
	return lists.Filter(all, func(s scenario) bool {
		return s.Scenario == calm.Scenario ||
			len(s.Faults) > 0 && s.Settings == (record.Settings{}) && s.Offered == calm.Offered
	})
}

// took lists what each repeat of a style took in a scenario.
func (d *data) took(m costMetric, style string, s scenario) []measure.Num {
	return m.values(d.measured(func(c measure.Cell) bool { return c.Style == style && c.Scenario == s.Scenario }))
}

// failureCostTable is what the orders of one style took, a scenario in each line.
func (d *data) failureCostTable(style string) table {
	t := table{Title: sentenceStart(style) + ", by failure scenario, " + noServiceTime, Words: 1, Head: []string{"scenario"},
		Note: "Medians of the repeats; the plot has each repeat. Cores are CPU time over the time from the start of the window to the end of the drain, so they are use at this rate and not the price of an order."}
	scenarios := d.failing()
	given := lists.Filter(failureCosts, func(m costMetric) bool {
		return slices.ContainsFunc(scenarios, func(s scenario) bool { return len(d.took(m, style, s)) > 0 })
	})
	if len(given) == 0 {
		return table{}
	}
	for _, s := range scenarios {
		took := lists.Map(given, func(m costMetric) string { return quantity("", measure.Median(d.took(m, style, s))) })
		t.Rows = append(t.Rows, append([]string{s.words()}, took...))
	}
	t.Head = append(t.Head, lists.Map(given, func(m costMetric) string { return m.name })...)
	return t
}

// costFigure draws each metric in a panel of its own, with a line per scenario.
func (d *data) costFigure() figure {
	scenarios := d.failing()
	if len(scenarios) < 2 {
		return figure{Name: "cost", Title: "Resource use by failure scenario",
			Missing: "the run has no scenario with faults at the rate of one without"}
	}
	var chart plot.Grid
	for _, style := range d.styles() {
		chart.Legend = append(chart.Legend, plot.Entry{Label: style, Mark: d.look(style).Mark(3, false)})
	}
	common := ", " + perSecond(scenarios[0].Offered) + ", " + noServiceTime
	chart.Lines = lists.Map(scenarios, func(s scenario) string { return strings.TrimSuffix(s.words(), common) })
	var names []string
	for _, m := range failureCosts {
		panel := plot.GridPanel{Title: m.name}
		panel.Lines = lists.Map(scenarios, func(s scenario) []plot.Spread { return d.spreads(m, s) })
		if len(slices.Concat(panel.Lines...)) > 0 {
			chart.Panels, names = append(chart.Panels, panel), append(names, m.name)
		}
	}
	return figure{
		Name: "cost", Title: "Resource use by failure scenario" + common, Chart: chart,
		How: "Each panel has its own unit and starts at zero. The large marker is the median of the repeats, small ones are single repeats. " +
			"Read a panel downwards: what a kind of failure adds to the first line. An engine that has no such unit has no marker.",
		Not: "The price of an order: at this rate much of the CPU time is that of being awake, and its clock ticks every 10 ms. " +
			"The panels can't be added up. Memory belongs to a server that has been through all scenarios before, and the files of a database grow in leaps.",
		Alt: listing(names) + ", each for " + listing(chart.Lines) + ". The tables below hold the medians.",
	}
}

// spreads are what the styles took in a scenario, but for those that took nothing
// that is counted.
func (d *data) spreads(m costMetric, s scenario) (all []plot.Spread) {
	for _, style := range d.styles() {
		if values := d.took(m, style, s); len(values) > 0 {
			each := lists.Map(values, func(v measure.Num) float64 { return float64(v) })
			all = append(all, plot.Spread{Look: d.look(style), Values: each, Median: float64(measure.Median(values))})
		}
	}
	return all
}

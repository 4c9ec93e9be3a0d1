package report

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// costTable says what an order takes: processor time from saturated cells, and
// what the engines count from the calmest cells without faults.
func (d *data) costTable() table {
	t := table{Title: "What an order costs", Words: 2, Head: append([]string{"cost", "measured in"}, d.styles()...),
		Note: "Processor time per order is given where the system was saturated, because below that most of it is the price of being awake. " +
			"Messages, deliveries and history events are each engine's own unit and can't be set against each other."}
	add := func(name, where string, cells func(style string) []measure.Cell, read func(measure.Cost) measure.Num, key string, write func(measure.Num) string) {
		row := []string{name, where}
		for _, style := range d.styles() {
			row = append(row, costCell(cells(style), read, key, write))
		}
		t.Rows = append(t.Rows, row)
	}
	full := func(style string) []measure.Cell {
		return d.cellsWhere(func(c measure.Cell) bool { return c.Style == style && c.Saturated && c.Kind == record.KindSaturation })
	}
	calm := func(style string) []measure.Cell { return d.calmest(style) }
	where := d.calmScenario()
	milli := func(v measure.Num) string { return three(float64(v)) + " ms" }
	plain := func(v measure.Num) string { return three(float64(v)) }
	add("server, processor time", "saturation", full, func(c measure.Cost) measure.Num { return c.ServerCPU }, "server_cpu_ms_per_order", milli)
	add("worker, processor time", "saturation", full, func(c measure.Cost) measure.Num { return c.WorkerCPU }, "worker_cpu_ms_per_order", milli)
	add("load generator, processor time", "saturation", full, func(c measure.Cost) measure.Num { return c.HarnessCPU }, "harness_cpu_ms_per_order", milli)
	add("server, memory at most", "saturation", full, func(c measure.Cost) measure.Num { return c.ServerRSS }, "server_rss_mb", func(v measure.Num) string { return plain(v) + " MB" })
	add("written to disk", where, calm, func(c measure.Cost) measure.Num { return c.Disk }, "disk_bytes_per_order", func(v measure.Num) string { return three(float64(v)/1000) + " kB" })
	add("messages", where, calm, func(c measure.Cost) measure.Num { return c.Messages }, "messages_per_order", plain)
	add("deliveries", where, calm, func(c measure.Cost) measure.Num { return c.Deliveries }, "deliveries_per_order", plain)
	add("history events", where, calm, func(c measure.Cost) measure.Num { return c.History }, "history_events_per_order", plain)
	return t
}

// costCell is the median of the repeats with their range, or why there is none.
func costCell(cells []measure.Cell, read func(measure.Cost) measure.Num, key string, write func(measure.Num) string) string {
	var values []measure.Num
	why := "no cell was saturated"
	for _, c := range cells {
		if v := read(c.Cost); v.OK() {
			values = append(values, v)
		} else {
			why = c.Cost.Reasons[key]
		}
	}
	if len(values) == 0 {
		return "– (" + why + ")"
	}
	slices.Sort(values)
	median := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	return ranged(median, measure.Spread{Values: values, Lo: values[0], Hi: values[len(values)-1]}, write)
}

func (d *data) cellsWhere(keep func(measure.Cell) bool) (cells []measure.Cell) {
	for _, c := range d.results.Cells {
		if !c.Cut && keep(c) {
			cells = append(cells, c)
		}
	}
	return cells
}

// calmScenario is the first scenario at a common rate without faults; where there
// is none, the first scenario.
func (d *data) calmScenario() string {
	for _, kind := range []string{record.KindRefused, record.KindCustom, record.KindUnloaded} {
		for _, s := range d.scenarios(kind) {
			if len(s.faults) == 0 {
				return s.name
			}
		}
	}
	if all := d.scenarios(); len(all) > 0 {
		return all[0].name
	}
	return "–"
}

// calmest returns a style's cells of the calm scenario.
func (d *data) calmest(style string) []measure.Cell {
	name := d.calmScenario()
	return d.cellsWhere(func(c measure.Cell) bool { return c.Style == style && c.Scenario == name })
}

// demandTable sets the styles side by side at the same rate: what they use then.
func (d *data) demandTable() (t table, ok bool) {
	all := d.scenarios()
	i := slices.IndexFunc(all, func(s scenario) bool { return s.name == d.calmScenario() })
	if i < 0 {
		return t, false
	}
	cells := map[string][]measure.Cell{}
	for _, style := range d.styles() {
		cells[style] = d.calmest(style)
	}
	t = table{Title: "The same demand: " + all[i].words(), Words: 1, Head: append([]string{"processor use, in cores"}, d.styles()...),
		Note: "From the start of the window to the end of the drain. The idle line was measured just before saturation, with nothing to do."}
	for _, role := range []string{"server", "worker", "harness"} {
		row := []string{role}
		for _, style := range d.styles() {
			row = append(row, coresCell(cells[style], func(c measure.Cost) (measure.Num, bool) { v, ok := c.Busy[role]; return v, ok }))
		}
		t.Rows = append(t.Rows, row)
	}
	row := []string{"server, idle"}
	for _, style := range d.styles() {
		idle := d.cellsWhere(func(c measure.Cell) bool { return c.Style == style && len(c.Cost.Idle) > 0 })
		row = append(row, coresCell(idle, func(c measure.Cost) (measure.Num, bool) { v, ok := c.Idle["server"]; return v, ok }))
	}
	t.Rows = append(t.Rows, row)
	return t, true
}

func coresCell(cells []measure.Cell, read func(measure.Cost) (measure.Num, bool)) string {
	var values []measure.Num
	for _, c := range cells {
		if v, ok := read(c.Cost); ok {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return "–"
	}
	slices.Sort(values)
	median := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	return fmt.Sprintf("%.3f", float64(median))
}

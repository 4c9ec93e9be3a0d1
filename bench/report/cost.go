package report

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// costTable says what an order takes from a system that has nothing else to do.
func (d *data) costTable() table {
	t := table{Title: "What an order costs at saturation", Words: 1, Head: append([]string{"cost"}, d.styles()...),
		Note: "Medians of the repeats, with their range. Processor time per order is given where the system was saturated, because below that most of it is the price of being awake."}
	add := func(name, key, unit string, scale float64, read func(measure.Cost) measure.Num) {
		row := []string{name}
		for _, style := range d.styles() {
			full := d.cellsWhere(func(c measure.Cell) bool {
				return c.Style == style && c.Saturated && c.Kind == record.KindSaturation && c.Settings == record.Settings{}
			})
			row = append(row, costCell(full, read, key, func(v measure.Num) string { return three(float64(v)/scale) + " " + unit }))
		}
		t.Rows = append(t.Rows, row)
	}
	add("server, processor time", "server_cpu_ms_per_order", "ms", 1, func(c measure.Cost) measure.Num { return c.ServerCPU })
	add("worker, processor time", "worker_cpu_ms_per_order", "ms", 1, func(c measure.Cost) measure.Num { return c.WorkerCPU })
	add("load generator, processor time", "harness_cpu_ms_per_order", "ms", 1, func(c measure.Cost) measure.Num { return c.HarnessCPU })
	add("server, memory at most", "server_rss_mb", "MB", 1, func(c measure.Cost) measure.Num { return c.ServerRSS })
	add("worker, memory at most", "worker_rss_mb", "MB", 1, func(c measure.Cost) measure.Num { return c.WorkerRSS })
	add("load generator, memory at most", "harness_rss_mb", "MB", 1, func(c measure.Cost) measure.Num { return c.HarnessRSS })
	add("written to disk", "disk_bytes_per_order", "kB", 1000, func(c measure.Cost) measure.Num { return c.Disk })
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
	return medianRange(values, write)
}

// medianRange writes the median of what the repeats gave, with their range.
func medianRange(values []measure.Num, write func(measure.Num) string) string {
	slices.Sort(values)
	t := toll{values: values}
	return ranged(t.median(), measure.Spread{Values: values, Lo: values[0], Hi: values[len(values)-1]}, write)
}

func (d *data) cellsWhere(keep func(measure.Cell) bool) (cells []measure.Cell) {
	for _, c := range d.results.Cells {
		if !c.Cut && keep(c) {
			cells = append(cells, c)
		}
	}
	return cells
}

// calmScenario is the first scenario at a common rate without faults, with the
// settings of the run; where there is none, the first scenario.
func (d *data) calmScenario() string {
	for _, kind := range []string{record.KindRefused, record.KindCustom, record.KindUnloaded} {
		for _, s := range d.scenarios(kind) {
			if len(s.faults) == 0 && s.settings == (record.Settings{}) {
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
		Note: "From the start of the window to the end of the drain. The idle line was measured with nothing to do."}
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
	return medianRange(values, func(v measure.Num) string { return fmt.Sprintf("%.3f", float64(v)) })
}

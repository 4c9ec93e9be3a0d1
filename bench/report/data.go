package report

import (
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// The styles by name, in the order of every table and plot.
const (
	choreography  = "choreography"
	orchestration = "orchestration"
	baseline      = "baseline"
)

var styleOrder = []string{choreography, orchestration, baseline}

// data is a run in memory: what the plots and sentences are made from.
type data struct {
	folder  *record.Folder
	run     record.Run
	orders  map[string][]record.Order   // by cell
	fired   map[string]map[string]fired // by cell and rule
	results measure.Results
}

// load reads the run folder.
func load(dir string) (*data, error) {
	folder, err := record.Open(dir)
	if err != nil {
		return nil, err
	}
	d := &data{folder: folder, run: folder.Run, orders: map[string][]record.Order{}, fired: map[string]map[string]fired{}}
	for o, err := range folder.Orders() {
		if err != nil {
			return nil, err
		}
		d.orders[o.Cell] = append(d.orders[o.Cell], o)
	}
	for f, err := range folder.Faults() {
		if err != nil {
			return nil, err
		}
		if d.fired[f.Cell] == nil {
			d.fired[f.Cell] = map[string]fired{}
		}
		d.fired[f.Cell][f.Rule] = d.fired[f.Cell][f.Rule].and(f.Order)
	}
	// Nothing is drawn from the samples, but a folder is whole or damaged.
	for _, err := range folder.Samples() {
		if err != nil {
			return nil, err
		}
	}
	d.results = measure.Run(d.run, d.orders)
	return d, nil
}

// fired says how often a fault fired, and on how many orders.
type fired struct {
	times, orders int
	last          string
}

// and counts one more. Faults come order by order.
func (f fired) and(order string) fired {
	f.times++
	if order != f.last {
		f.orders++
	}
	f.last = order
	return f
}

// styles lists the styles that were run.
func (d *data) styles() (styles []string) {
	for _, s := range styleOrder {
		if slices.ContainsFunc(d.results.Cells, func(c measure.Cell) bool { return c.Style == s }) {
			styles = append(styles, s)
		}
	}
	return styles
}

// twins says whether both compared styles were run.
func (d *data) twins() bool {
	s := d.styles()
	return slices.Contains(s, choreography) && slices.Contains(s, orchestration)
}

// A scenario is a load with its faults, as the plan has it.
type scenario struct {
	name     string
	kind     string
	offered  float64 // of the first cell
	faults   []string
	settings record.Settings // of the first cell
}

// scenarios lists them in the order of the run.
func (d *data) scenarios(kinds ...string) (all []scenario) {
	for _, c := range d.results.Cells {
		if len(kinds) > 0 && !slices.Contains(kinds, c.Kind) {
			continue
		}
		if !slices.ContainsFunc(all, func(s scenario) bool { return s.name == c.Scenario }) {
			all = append(all, scenario{c.Scenario, c.Kind, float64(c.Offered), c.Faults, c.Settings})
		}
	}
	return all
}

// pool returns the pooled results of a style in a scenario.
func (d *data) pool(style, scenario string) (measure.Pool, bool) {
	for _, p := range d.results.Pools {
		if p.Style == style && p.Scenario == scenario {
			return p, true
		}
	}
	return measure.Pool{}, false
}

// cells lists the uncut cells of a style in a scenario, by repeat.
func (d *data) cells(style, scenario string) (cells []record.Cell) {
	for _, c := range d.run.Cells {
		if c.Style == style && c.Scenario == scenario && !c.Cut {
			cells = append(cells, c)
		}
	}
	slices.SortStableFunc(cells, func(a, b record.Cell) int { return a.Repeat - b.Repeat })
	return cells
}

// sample reads a clock of all repeats together, and of each. It is empty where
// the scenario gives no latency.
func (d *data) sample(style, scenario string, clock measure.Clock, ending food.Ending) (all measure.Sample, each []measure.Sample) {
	p, ok := d.pool(style, scenario)
	if !ok || !p.GivesLatency() {
		return nil, nil
	}
	var merged []record.Order
	for _, c := range d.cells(style, scenario) {
		if p.LeftOut[c.ID] != "" {
			continue
		}
		merged = append(merged, d.orders[c.ID]...)
		each = append(each, measure.Latencies(d.orders[c.ID], clock, ending))
	}
	return measure.Latencies(merged, clock, ending), each
}

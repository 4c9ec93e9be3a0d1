package report

import (
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// data is a judged run, with the views of it that the sections take.
type data struct {
	*results.Judged
	followed bool              // orders can be drawn in lanes
	kept     map[string]string // by ending, an order to be followed
}

// styles lists the styles that were run, in the order of every table and plot.
func (d *data) styles() (styles []string) {
	for _, c := range d.Results.Cells {
		if !slices.Contains(styles, c.Style) {
			styles = append(styles, c.Style)
		}
	}
	return record.InOrder(styles)
}

// compared are those that are compared with each other, the reference first.
func (d *data) compared() []string { return record.Compared(d.styles()) }

// twins reports whether the two styles were run that the project is about.
func (d *data) twins() bool {
	s := d.styles()
	return slices.Contains(s, record.Choreography) && slices.Contains(s, record.Orchestration)
}

// inAll is every style that was run, in words, for what is alike in all.
func (d *data) inAll() string {
	if len(d.styles()) == 2 {
		return "both styles"
	}
	return "every style"
}

// A scenario is a load with its faults, as the plan has it, read off its first cell.
type scenario struct {
	measure.Cell
	rate string // that is offered; by style, where styles have others
}

// scenarios lists them in the order of the run.
func (d *data) scenarios(kinds ...string) (all []scenario) {
	for _, c := range d.Results.Cells {
		known := slices.ContainsFunc(all, func(s scenario) bool { return s.Scenario == c.Scenario })
		if !known && (len(kinds) == 0 || slices.Contains(kinds, c.Kind)) {
			all = append(all, scenario{c, d.offered(c)})
		}
	}
	return all
}

// offered is the rate of a cell's scenario.
func (d *data) offered(first measure.Cell) string {
	rate, by := perSecond(first.Offered), []string{}
	same := true
	for _, style := range d.styles() {
		c, ran := lists.Find(d.Results.Cells, func(c measure.Cell) bool { return c.Style == style && c.Scenario == first.Scenario })
		if ran {
			by = append(by, perSecond(c.Offered)+" "+style)
			same = same && perSecond(c.Offered) == rate
		}
	}
	if same {
		return rate
	}
	return strings.Join(by, ", ")
}

// pool returns the pooled results of a style in a scenario.
func (d *data) pool(style, scenario string) (measure.Pool, bool) {
	return lists.Find(d.Results.Pools, func(p measure.Pool) bool { return p.Style == style && p.Scenario == scenario })
}

// A reading is one of the latencies of a pool, with its name in results.json.
type reading struct {
	name string
	of   func(measure.Pool) measure.Quantiles
}

// settledAs reads settled latency by how the orders ended.
func settledAs(e food.Ending) reading {
	return reading{string(e) + ".settled", func(p measure.Pool) measure.Quantiles { return p.ByOutcome[e].Settled }}
}

// compensated reads the time from a refusal to the last compensation.
func compensated() reading {
	return reading{"compensation", func(p measure.Pool) measure.Quantiles { return p.Latency.Compensation }}
}

// metric is the name of a percentile.
func (r reading) metric(quantile string) string { return r.name + "." + quantile + "_ms" }

// in reads the latency of a style in a scenario.
func (d *data) in(style, scenario string, r reading) measure.Quantiles {
	p, _ := d.pool(style, scenario)
	return r.of(p)
}

// comparison finds what was compared.
func (d *data) comparison(metric, scenario string) (measure.Comparison, bool) {
	return lists.Find(d.Results.Comparisons, func(c measure.Comparison) bool {
		return c.Metric == metric && c.Scenario == scenario
	})
}

// measured lists the cells that were not cut short and are as asked.
func (d *data) measured(is func(measure.Cell) bool) []measure.Cell {
	return lists.Filter(d.Results.Cells, func(c measure.Cell) bool { return !c.Cut && is(c) })
}

// cells lists the uncut cells of a style in a scenario, by repeat.
func (d *data) cells(style, scenario string) []record.Cell {
	cells := lists.Filter(d.Run.Cells, func(c record.Cell) bool { return c.Style == style && c.Scenario == scenario && !c.Cut })
	slices.SortStableFunc(cells, func(a, b record.Cell) int { return a.Repeat - b.Repeat })
	return cells
}

// sample reads a clock of all repeats together, and of each. It is empty where
// the scenario gives no latency.
func (d *data) sample(
	style, scenario string, clock measure.Clock, ending food.Ending,
) (all measure.Sample, each []measure.Sample) {
	p, ok := d.pool(style, scenario)
	if !ok || !p.GivesLatency() {
		return nil, nil
	}
	var merged []record.Order
	for _, c := range d.cells(style, scenario) {
		if p.LeftOut[c.ID] == "" {
			merged = append(merged, d.Orders[c.ID]...)
			each = append(each, measure.Latencies(d.Orders[c.ID], clock, ending))
		}
	}
	return measure.Latencies(merged, clock, ending), each
}

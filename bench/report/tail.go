package report

import (
	"cmp"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// tailPanel draws latency against what was due, for the highest percentile that
// every style has at two rates or more. Its name is "" where there is none.
func (d *data) tailPanel(cells []measure.Cell, lo, hi float64) (p panel, name string) {
	for _, tail := range slices.Backward(measure.UsualPercentiles) {
		lines, ys := map[string][]xy{}, span{}
		for _, style := range d.styles() {
			lines[style] = d.tailLine(style, cells, tail)
			_, y := columnsOf(lines[style])
			ys.hold(y...)
		}
		if slices.ContainsFunc(d.styles(), func(s string) bool { return len(lines[s]) < 2 }) {
			continue
		}
		bottom, top := ys.log()
		p := newPanel("",
			axis{label: "orders due per second, log scale", min: lo, max: hi, log: true, ticks: rateTicks},
			axis{label: tail + " of completed orders, " + untilSettled, min: bottom, max: top, log: true, ticks: milliTicks})
		for _, style := range d.styles() {
			l := lookOf(style)
			points, never := reached(lines[style], top)
			p.Add(curve{points: points, style: l.line(1.2)}, dots{points, l.mark(3, true)}, dots{never, l.never()})
		}
		return p, tail
	}
	return panel{}, ""
}

// tailLine is one percentile of a style at each planned rate that it kept up
// with, of all orders at that rate.
func (d *data) tailLine(style string, cells []measure.Cell, percentile string) (line []xy) {
	orders := map[measure.Num][]record.Order{}
	due, n := map[measure.Num]float64{}, map[measure.Num]float64{}
	for _, c := range cells {
		if c.Style != style || c.Behind || c.Late != "" {
			continue
		}
		orders[c.Offered] = append(orders[c.Offered], d.orders[c.ID]...)
		due[c.Offered], n[c.Offered] = due[c.Offered]+float64(c.Due), n[c.Offered]+1
	}
	for rate, all := range orders {
		if v, ok := measure.Latencies(all, measure.Settled, food.Completed).Percentile(percentile); ok {
			line = append(line, xy{due[rate] / n[rate], v})
		}
	}
	slices.SortFunc(line, func(a, b xy) int { return cmp.Compare(a.x, b.x) })
	return line
}

package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// When a service fails for a while.

func (d *data) outageSection() section {
	title := "When a service fails"
	if cells := d.outageCells(); len(cells) > 0 {
		title += ", " + serviceTime(cells[0].Settings)
	}
	return section{ID: "outage", Title: title, Figure: d.outageFigure(),
		Lead:     "A service fails every call for a while and then comes back. Calls are retried with back-off, by the same policy in " + d.inAll() + ".",
		Findings: written(d.outageFinding())}
}

// outageCells chooses one cell per style: the last repeat of the first scenario
// with a planned outage.
func (d *data) outageCells() (cells []record.Cell) {
	first, _ := lists.Find(d.Run.Cells, func(c record.Cell) bool { return len(c.Outages) > 0 })
	all := lists.Filter(d.Run.Cells, func(c record.Cell) bool { return len(c.Outages) > 0 && c.Scenario == first.Scenario })
	slices.Reverse(all)
	for _, style := range d.styles() {
		if c, ok := lists.Find(all, func(c record.Cell) bool { return c.Style == style }); ok {
			cells = append(cells, c)
		}
	}
	return cells
}

// outageFigure draws each order's latency at the time it was due, with the
// outage shaded, and below it how many orders were open. The axes are the same for
// every style.
func (d *data) outageFigure() figure {
	cells := d.outageCells()
	if len(cells) == 0 {
		return figure{Name: "outage", Title: "Latency over time with an outage",
			Missing: "the run has no cell with an outage"}
	}
	end, most := 0.0, 1
	var ys plot.Span
	for _, c := range cells {
		end = max(end, c.Window)
		for _, o := range d.Orders[c.ID] {
			if !o.Warmup {
				ys.Hold(o.Settled)
			}
		}
		for _, b := range measure.Backlogs(d.Orders[c.ID]) {
			most = max(most, b.Open)
		}
	}
	ys.Hold(ys.Hi * 2.2) // room for the name of the outage
	due := plot.Axis{Label: "second of the window in which the order was due", Max: end, Ticks: plot.Evenly(6)}
	second := plot.Axis{Label: "second of the window", Max: end, Ticks: plot.Evenly(6)}
	open := plot.Axis{Label: "orders open: due and not settled", Max: float64(most) * 1.1, Ticks: plot.Evenly(4)}
	f := figure{Name: "outage", Title: "An outage, order by order, " + serviceTime(cells[0].Settings),
		How: "Above, each marker is one order, placed at the time it was due; the grey band is the outage. Orders due inside it wait for its end and for their next retry. " +
			"The steps inside the band are the back-off of the policy, the same in " + d.inAll() + "; they are no property of either engine. " +
			"Below is how many orders were due and not settled. A style has recovered when no more are open than at the worst moment before the outage.",
		Not: "An outage of the broker, of the engine or of a worker. This is one cell per style and shows a course, not a distribution. How steeply the backlog falls is the retries' doing as well."}
	chart := plot.Panels{Tall: 180, Piled: 2}
	var words []string
	for _, c := range cells {
		above := plot.Panel{Title: c.Style, X: due, Y: ys.Log(untilSettled, plot.Millis())}
		if lost := d.addOrders(&above, c); lost {
			f.Notes = []string{"A red triangle on the upper edge is an unsettled order."}
		}
		below := plot.Panel{X: second, Y: open}
		d.addBacklog(&below, c)
		chart.Panels = append(chart.Panels, above, below)
		l := d.look(c.Style)
		chart.Legend = append(chart.Legend, plot.Entry{Label: c.Style + ", completed", Mark: l.Mark(2.6, false)},
			plot.Entry{Label: "refunded", Mark: l.Mark(2.8, true)})
		w := d.waited(c)
		words = append(words, fmt.Sprintf("%s: %s due in the outage, slowest to settle %s, %d unsettled; %s",
			c.Style, count(w.due, "order"), millis(w.slowest), w.unsettled, d.recoveryWords(c)))
	}
	f.Chart, f.Alt = chart, strings.Join(words, ". ")+"."
	return f
}

// windowSecond is a moment of a cell, in seconds of its window.
func windowSecond(c record.Cell, ms float64) float64 { return (ms - c.Begin) / 1000 }

// bands shade a cell's outages.
func bands(panel *plot.Panel, c record.Cell, named bool) {
	for _, o := range c.Outages {
		band := plot.Band{From: windowSecond(c, o.From), To: windowSecond(c, o.To)}
		if named {
			band.Label = o.Service + " fails"
		}
		panel.Add(band)
	}
}

// addOrders draws the orders of a cell by the second they were due, and
// reports whether one is unsettled.
func (d *data) addOrders(panel *plot.Panel, c record.Cell) (lost bool) {
	bands(panel, c, true)
	var completed, refunded, unsettled []plot.XY
	for _, o := range d.Orders[c.ID] {
		at := plot.XY{X: windowSecond(c, o.Due), Y: o.Settled}
		switch {
		case o.Warmup:
		case math.IsNaN(o.Settled):
			unsettled = append(unsettled, plot.XY{X: at.X, Y: panel.Y.Max})
		case o.Outcome == string(food.Completed):
			completed = append(completed, at)
		default:
			refunded = append(refunded, at)
		}
	}
	l := d.look(c.Style)
	panel.Add(plot.Dots{Points: completed, Mark: l.Mark(2.2, false)}, plot.Dots{Points: refunded, Mark: l.Mark(2.6, true)},
		plot.Dots{Points: unsettled, Mark: plot.Mark{Color: plot.Danger, Radius: 4, Shape: plot.Wedge}})
	return len(unsettled) > 0
}

// addBacklog draws how many orders of a cell were open.
func (d *data) addBacklog(panel *plot.Panel, c record.Cell) {
	bands(panel, c, false)
	points := lists.Map(measure.Backlogs(d.Orders[c.ID]), func(b measure.Backlog) plot.XY {
		return plot.XY{X: windowSecond(c, b.At), Y: float64(b.Open)}
	})
	if n := len(points); n > 0 {
		points = append(points, plot.XY{X: max(panel.X.Max, points[n-1].X), Y: points[n-1].Y})
	}
	panel.Add(plot.Curve{Points: points, Line: d.look(c.Style).Solid(1.4), Steps: true})
}

// outageFinding reports how an outage was ridden out.
func (d *data) outageFinding() finding {
	var parts []string
	var away record.Outage
	for _, c := range d.outageCells() {
		w := d.waited(c)
		if w.due == 0 {
			continue
		}
		away = c.Outages[0]
		text := fmt.Sprintf("With %s, %s of %s due in the outage settled, the slowest after %s",
			c.Style, grouped(w.due-w.unsettled), count(w.due, "order"), millis(w.slowest))
		if words := d.recoveryWords(c); words != "" {
			text += "; " + words
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return finding{}
	}
	seconds := plot.Number((away.To - away.From) / 1000)
	return finding{
		Topic: "Outage", Text: fmt.Sprintf("The %s failed every call for %s s. %s.", away.Service, seconds, strings.Join(parts, ". ")),
		Basis: "one cell per style, so there is no range; how soon a waiting order is tried again is the policy's, not the engine's",
	}
}

// waits is what an outage did to the orders that were due in it.
type waits struct {
	due, unsettled int
	slowest        measure.Num
}

func (d *data) waited(c record.Cell) waits {
	w := waits{slowest: measure.None}
	for _, o := range d.Orders[c.ID] {
		for _, out := range c.Outages {
			if o.Warmup || o.Due < out.From || o.Due >= out.To {
				continue
			}
			w.due++
			if math.IsNaN(o.Settled) {
				w.unsettled++
			} else if !(float64(w.slowest) > o.Settled) {
				w.slowest = measure.Num(o.Settled)
			}
		}
	}
	return w
}

// recoveryWords is how long a style took to get back to where it was.
func (d *data) recoveryWords(c record.Cell) string {
	all := lists.Map(measure.Recoveries(c, d.Orders[c.ID]), func(r measure.Recovery) string {
		text := fmt.Sprintf("at most %s open at once. ", count(r.Most, "order was", "orders were"))
		if r.Took.Finite() {
			text += fmt.Sprintf("No more than before it (%d) were open %s after its end, ", r.Before, millis(r.Took))
		} else {
			text += fmt.Sprintf("The backlog never came back to what it was before (%d), ", r.Before)
		}
		if r.Cleared.Finite() {
			return text + "and every order held up by it had settled after " + millis(r.Cleared)
		}
		return text + "and not every order held up by it settled"
	})
	return strings.Join(all, ". In the next outage ")
}

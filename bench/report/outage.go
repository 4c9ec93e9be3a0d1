package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg/draw"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// outageCells chooses one cell per style: the last repeat of the first scenario
// with a planned outage.
func (d *data) outageCells() (cells []record.Cell) {
	name := ""
	for _, c := range d.run.Cells {
		if name == "" && len(c.Outages) > 0 {
			name = c.Scenario
		}
	}
	for _, style := range d.styles() {
		var last record.Cell
		for _, c := range d.run.Cells {
			if c.Style == style && c.Scenario == name && len(c.Outages) > 0 {
				last = c
			}
		}
		if last.ID != "" {
			cells = append(cells, last)
		}
	}
	return cells
}

// outageFigure draws each order's latency at the time it was due, with the
// outage shaded, and below it how many orders were open.
func (d *data) outageFigure() (figure, string) {
	cells := d.outageCells()
	if len(cells) == 0 {
		return figure{}, "the run has no cell with an outage"
	}
	art := panels{tall: 180, piled: 2}
	axes := d.outageAxes(cells)
	lost := false
	for _, c := range cells {
		p, never := d.outagePanel(c, axes)
		lost = lost || never
		art.plots = append(art.plots, p, d.backlogPanel(c, axes))
		l := lookOf(c.Style)
		art.legend = append(art.legend,
			entry{label: c.Style + ", completed", mark: l.mark(2.6, false)}, entry{label: "refunded", mark: l.mark(2.8, true)})
	}
	f := figure{
		Name: "outage", Title: "An outage, order by order, and the backlog it leaves", art: art,
		How: "Above, each marker is one order, placed at the time it was due; the grey band is the outage. Orders due inside it wait for its end and for their next retry. " +
			"The steps inside the band are the back-off of the policy, the same in both styles; they say nothing of either engine. " +
			"Below is how many orders were due and not settled. A style has recovered when no more are open than at the worst moment before the outage.",
		Not: "An outage of the broker, of the engine or of a worker. This is one cell per style and shows a course, not a distribution. How steeply the backlog falls is the retries' doing as well.",
		Alt: d.outageAlt(cells),
	}
	if lost {
		f.Notes = append(f.Notes, "A red triangle on the upper edge is an order that never settled.")
	}
	return f, ""
}

// outageAxes are the same for every style: seconds of the window up to the end,
// latency from lo to hi, and open orders up to most.
type outageAxes struct {
	end, lo, hi float64
	most        int
}

func (d *data) outageAxes(cells []record.Cell) (a outageAxes) {
	var ys span
	for _, c := range cells {
		a.end = max(a.end, c.Window)
		for _, o := range d.orders[c.ID] {
			if !o.Warmup {
				ys.hold(o.Settled)
			}
		}
		for _, b := range measure.Backlogs(d.orders[c.ID]) {
			a.most = max(a.most, b.Open)
		}
	}
	ys.hold(ys.hi * 2.2) // room for the name of the outage
	a.lo, a.hi = ys.log()
	return a
}

// outagePanel draws the orders of a cell, and says whether one never settled.
func (d *data) outagePanel(c record.Cell, a outageAxes) (p panel, lost bool) {
	p = newPanel(c.Style,
		axis{label: "second of the window in which the order was due", min: 0, max: a.end, ticks: evenly(6, trim)},
		axis{label: untilSettled, min: a.lo, max: a.hi, log: true, ticks: milliTicks})
	for _, o := range c.Outages {
		p.Add(band{(o.From - c.Begin) / 1000, (o.To - c.Begin) / 1000, o.Service + " away"})
	}
	l := lookOf(c.Style)
	completed, refunded, never := d.outagePoints(c, a.hi)
	p.Add(dots{completed, l.mark(2.2, false)}, dots{refunded, l.mark(2.6, true)},
		dots{never, draw.GlyphStyle{Color: danger, Radius: 4, Shape: marker{shape: wedge}}})
	return p, len(never) > 0
}

// backlogPanel draws how many orders of a cell were open.
func (d *data) backlogPanel(c record.Cell, a outageAxes) panel {
	p := newPanel("",
		axis{label: "second of the window", min: 0, max: a.end, ticks: evenly(6, trim)},
		axis{label: "orders open: due and not settled", min: 0, max: float64(max(a.most, 1)) * 1.1, ticks: evenly(4, trim)})
	for _, o := range c.Outages {
		p.Add(band{(o.From - c.Begin) / 1000, (o.To - c.Begin) / 1000, ""})
	}
	var points []xy
	for _, b := range measure.Backlogs(d.orders[c.ID]) {
		points = append(points, xy{(b.At - c.Begin) / 1000, float64(b.Open)})
	}
	if n := len(points); n > 0 {
		points = append(points, xy{max(a.end, points[n-1].x), points[n-1].y})
	}
	p.Add(curve{points: points, style: lookOf(c.Style).solid(1.4), steps: true})
	return p
}

// recoveryWords says how long a style took to get back to where it was.
func (d *data) recoveryWords(c record.Cell) string {
	var all []string
	for _, r := range measure.Recoveries(c, d.orders[c.ID]) {
		text := fmt.Sprintf("at most %s open at once. ", count(r.Most, "order was", "orders were"))
		if r.Took.Finite() {
			text += fmt.Sprintf("No more than before it (%d) were open %s after its end, ", r.Before, millis(r.Took))
		} else {
			text += fmt.Sprintf("The backlog never came back to what it was before (%d), ", r.Before)
		}
		if r.Cleared.Finite() {
			text += "and all that it had held up were settled after " + millis(r.Cleared)
		} else {
			text += "and what it had held up was never settled to the last order"
		}
		all = append(all, text)
	}
	return strings.Join(all, ". In the next outage ")
}

// outagePoints places a cell's orders by the second they were due.
func (d *data) outagePoints(c record.Cell, top float64) (completed, refunded, never []xy) {
	for _, o := range d.orders[c.ID] {
		at := xy{(o.Due - c.Begin) / 1000, o.Settled}
		switch {
		case o.Warmup:
		case math.IsNaN(o.Settled):
			never = append(never, xy{at.x, top})
		case o.Outcome == string(food.Completed):
			completed = append(completed, at)
		default:
			refunded = append(refunded, at)
		}
	}
	return completed, refunded, never
}

func (d *data) outageAlt(cells []record.Cell) string {
	var parts []string
	for _, c := range cells {
		w := d.waited(c)
		parts = append(parts, fmt.Sprintf("%s: %s due in the outage, slowest to settle %s, %d never settled; %s", c.Style, count(w.due, "order"), millis(w.slowest), w.never, d.recoveryWords(c)))
	}
	return strings.Join(parts, ". ") + "."
}

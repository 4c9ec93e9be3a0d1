package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg/draw"

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
// outage shaded.
func (d *data) outageFigure() (figure, string) {
	cells := d.outageCells()
	if len(cells) == 0 {
		return figure{}, "the run has no cell with an outage"
	}
	var ys span
	end := 0.0
	for _, c := range cells {
		end = max(end, c.Window)
		for _, o := range d.orders[c.ID] {
			if !o.Warmup {
				ys.hold(o.Settled)
			}
		}
	}
	ys.hold(ys.hi * 2.2) // room for the name of the outage
	lo, hi := ys.log()
	art := panels{tall: 200}
	lost := false
	for _, c := range cells {
		p := newPanel(c.Style,
			axis{label: "second of the window in which the order was due", min: 0, max: end, ticks: evenly(6, trim)},
			axis{label: untilSettled, min: lo, max: hi, log: true, ticks: milliTicks})
		for _, o := range c.Outages {
			p.Add(band{(o.From - c.Begin) / 1000, (o.To - c.Begin) / 1000, o.Service + " away"})
		}
		l := lookOf(c.Style)
		completed, refunded, never := d.outagePoints(c, hi)
		p.Add(dots{completed, l.mark(2.2, false)}, dots{refunded, l.mark(2.6, true)},
			dots{never, draw.GlyphStyle{Color: danger, Radius: 4, Shape: marker{shape: wedge}}})
		lost = lost || len(never) > 0
		art.plots = append(art.plots, p)
		art.legend = append(art.legend,
			entry{label: c.Style + ", completed", mark: l.mark(2.6, false)}, entry{label: "refunded", mark: l.mark(2.8, true)})
	}
	f := figure{
		Name: "outage", Title: "An outage, order by order", art: art,
		How: "Each marker is one order, placed at the time it was due; the grey band is the outage. Orders due inside it wait for its end and for their next retry. " +
			"The steps inside the band are the back-off of the policy, the same in both styles; they say nothing of either engine. " +
			"How soon after the band the markers are back where they were before it is the recovery.",
		Not: "An outage of the broker, of the engine or of a worker. This is one cell per style and shows a course, not a distribution.",
		Alt: d.outageAlt(cells),
	}
	if lost {
		f.Notes = append(f.Notes, "A red triangle on the upper edge is an order that never settled.")
	}
	return f, ""
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
		parts = append(parts, fmt.Sprintf("%s: %s due in the outage, slowest to settle %s, %d never settled", c.Style, count(w.due, "order"), millis(w.slowest), w.never))
	}
	return strings.Join(parts, ". ") + "."
}

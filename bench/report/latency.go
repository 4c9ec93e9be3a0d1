package report

import (
	"cmp"
	"fmt"
	"math"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A view is one group of orders worth a panel: those of a scenario that ended in
// one way.
type view struct {
	scenario scenario
	ending   food.Ending
}

// latencyViews chooses what the percentile plot shows: completed orders one at a
// time and under a common load without refusals, or what comes closest.
func (d *data) latencyViews() (views []view) {
	add := func(s scenario, e food.Ending) {
		for _, style := range d.styles() {
			p, _ := d.pool(style, s.name)
			all, _ := d.sample(style, s.name, measure.Settled, e)
			if p.ByOutcome[e].Settled.N > 0 && all.Supports(0.5) && len(views) < 2 {
				views = append(views, view{s, e})
				return
			}
		}
	}
	calm := d.scenarios(record.KindUnloaded, record.KindRefused, record.KindCustom, record.KindLoaded)
	for _, s := range calm {
		if len(s.faults) == 0 {
			add(s, food.Completed)
		}
	}
	for _, s := range calm {
		if len(s.faults) > 0 {
			for _, e := range food.Endings {
				add(s, e)
			}
		}
	}
	return views
}

// latencyFigure draws percentiles by style.
func (d *data) latencyFigure() (figure, string) {
	views := d.latencyViews()
	if len(views) == 0 {
		return figure{}, "no scenario has the 20 orders of one outcome that a median needs"
	}
	f := figure{
		Name: "latency", Title: "How long an order takes: settled latency by percentile",
		How: "Further right are the slower orders: at 90 % nine in ten are at least this fast. Bold lines hold the orders of all repeats, thin ones those of a single repeat. " +
			"A line ends where fewer than ten orders lie beyond it.",
		Not: "The tail beyond the end of the lines, which would take more orders, and how latency moves with load: each panel has one rate.",
		Alt: d.latencyAlt(views),
	}
	var xs, ys span
	lines := make([][]percentileLine, len(views))
	for i, v := range views {
		lines[i] = d.percentileLines(v)
		for _, l := range lines[i] {
			x, y := columnsOf(l.points)
			xs.hold(x...)
			ys.hold(y...)
			if l.bold && math.IsInf(y[len(y)-1], 1) {
				f.Notes = []string{"A triangle on the upper edge: from that share on, orders never settled."}
			}
		}
	}
	f.Notes = append(f.Notes, d.missing(views)...)
	art := panels{legend: styleEntries(d.styles()), tall: 210}
	for i, v := range views {
		art.plots = append(art.plots, percentilePanel(v, lines[i], xs, ys))
	}
	f.art = art
	return f, ""
}

// missing says which style has no line in which panel, and why.
func (d *data) missing(views []view) (notes []string) {
	for _, v := range views {
		for _, style := range d.styles() {
			p, ran := d.pool(style, v.scenario.name)
			q := p.ByOutcome[v.ending].Settled
			switch {
			case q.At("p50").OK():
			case !ran:
				notes = append(notes, fmt.Sprintf("No line for %s in “%s”: it was not run.", style, v.scenario.words()))
			default:
				notes = append(notes, fmt.Sprintf("No line for %s in “%s, %s”: %s.", style, endingWords[v.ending], v.scenario.words(), cmp.Or(q.Reasons["p50"], "no such order")))
			}
		}
	}
	return notes
}

// A percentileLine is a sample of one style: a repeat, or in bold all of them.
type percentileLine struct {
	style  string
	points []xy
	bold   bool
}

// percentileLines are those of all styles in a view. Samples that don't reach the
// median are too short a piece to be read.
func (d *data) percentileLines(v view) (lines []percentileLine) {
	for _, style := range d.styles() {
		all, each := d.sample(style, v.scenario.name, measure.Settled, v.ending)
		for _, s := range each {
			if s.Supports(0.5) {
				lines = append(lines, percentileLine{style, percentiles(s), false})
			}
		}
		if all.Supports(0.5) {
			lines = append(lines, percentileLine{style, percentiles(all), true})
		}
	}
	return lines
}

func percentilePanel(v view, lines []percentileLine, xs, ys span) panel {
	lo, hi := ys.log()
	p := newPanel(endingWords[v.ending]+", "+v.scenario.words(),
		axis{label: "share of orders at least as fast, log scale of the rest", min: 1, max: max(xs.hi*1.08, 10), log: true, ticks: nines},
		axis{label: untilSettled, min: lo, max: hi, log: true, ticks: milliTicks})
	for _, l := range lines {
		look := lookOf(l.style)
		points, never := reached(l.points, hi)
		if !l.bold {
			p.Add(curve{points: points, style: look.thin()})
			continue
		}
		p.Add(curve{points: points, style: look.line(1.8)}, dots{markers(points), look.mark(3, false)},
			dots{never[:min(len(never), 1)], look.never()})
	}
	return p
}

// untilSettled labels the axis that most plots share.
const untilSettled = "from due until settled, log scale"

// percentiles turns a sample into points (1/(1-q), latency), as far as the
// sample supports q. It leaves out points that would lie on each other.
func percentiles(s measure.Sample) (points []xy) {
	last := math.Inf(-1)
	for i, ms := range s {
		q := float64(i+1) / float64(len(s))
		if !s.Supports(q) {
			break
		}
		x := 1 / (1 - q)
		if math.Log(x)-last > 0.003 || i == 0 {
			points = append(points, xy{x, ms})
			last = math.Log(x)
		}
	}
	return points
}

// markers picks the points of a line that get a marker: at its start, its end,
// and the percentiles that the axis names.
func markers(points []xy) (at []xy) {
	if len(points) == 0 {
		return nil
	}
	for _, x := range []float64{2, 4, 10, 100, 1000, 10000} {
		for _, pt := range points {
			if pt.x >= x*(1-1e-9) {
				at = append(at, pt)
				break
			}
		}
	}
	return append(at, points[len(points)-1])
}

// reached parts what happened from what never did, which goes to the upper edge
// of a plot, with a marker of its own: no line may suggest a time for it.
func reached(points []xy, top float64) (finite, never []xy) {
	for _, pt := range points {
		if math.IsInf(pt.y, 1) {
			never = append(never, xy{pt.x, top})
		} else {
			finite = append(finite, pt)
		}
	}
	return finite, never
}

func (d *data) latencyAlt(views []view) string {
	text := ""
	for _, v := range views {
		for _, style := range d.styles() {
			p, _ := d.pool(style, v.scenario.name)
			q := p.ByOutcome[v.ending].Settled
			if !q.At("p50").OK() {
				continue
			}
			text += fmt.Sprintf("%s, %s, %s: median %s", style, endingWords[v.ending], v.scenario.words(), millis(q.P50))
			if q.P90.OK() {
				text += fmt.Sprintf(", 90 %% within %s", millis(q.P90))
			}
			text += fmt.Sprintf(" (n = %d). ", q.N)
		}
	}
	return text
}

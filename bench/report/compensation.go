package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// undone chooses the scenario that most styles can show, and among those the one
// with the most undone orders. Outages come last.
func (d *data) undone() (best scenario, ok bool) {
	shown, most := 0, 0
	for _, kinds := range [][]string{{record.KindRefused, record.KindCustom, record.KindUnloaded}, {record.KindFailures, record.KindOutage}} {
		for _, s := range d.scenarios(kinds...) {
			styles, n := 0, 0
			for _, style := range d.styles() {
				all, _ := d.sample(style, s.name, measure.Compensation, measure.Any)
				n += len(all)
				styles += min(len(all), 1)
			}
			if styles > shown || styles == shown && n > most {
				best, shown, most = s, styles, n
			}
		}
		if most > 0 {
			return best, true
		}
	}
	return best, false
}

// windows are the two clocks of a dead order.
var windows = []struct {
	clock       measure.Clock
	title, axis string
}{
	{measure.Compensation, "everything undone", "from the refusal until the last undo was written, log scale"},
	{measure.Inconsistent, "the charge refunded", "from the refusal until the refund was written, log scale"},
}

// shownWindows are both clocks, or the first alone where they show the same: then
// the charge was all there was to undo.
func (d *data) shownWindows(s scenario) (n int) {
	for _, style := range d.styles() {
		for _, c := range d.cells(style, s.name) {
			if slices.ContainsFunc(d.orders[c.ID], func(o record.Order) bool { return record.Came(o.Compensation) && o.Compensation != o.Inconsistent }) {
				return len(windows)
			}
		}
	}
	return 1
}

// compensationFigure draws the distributions of the time from the refusal to the
// last undo, and of the part of it in which the customer is out of pocket.
func (d *data) compensationFigure() (figure, string) {
	s, ok := d.undone()
	if !ok {
		return figure{}, "no order had to be undone in a cell that gives latency"
	}
	var xs span
	for _, style := range d.styles() {
		for _, w := range windows {
			all, _ := d.sample(style, s.name, w.clock, measure.Any)
			xs.hold(all...)
		}
	}
	f := figure{
		Name: "compensation", Title: "How long it takes to undo: " + s.words(),
		How: "A line rises by one step for each order that was made good. The further left, the sooner. Thin lines are single repeats. " +
			"A line that levels off below 100 % belongs to orders that were never made good.",
		Not: "The time before the refusal, and what a customer notices: mails and status come on top of it.",
	}
	art := panels{legend: styleEntries(d.styles()), tall: 220}
	for i := range art.legend {
		art.legend[i].line.Dashes = nil // steps make dashes ragged; the markers tell the styles apart
	}
	shown := windows[:d.shownWindows(s)]
	for _, w := range shown {
		lo, hi := xs.log()
		p := newPanel(w.title,
			axis{label: w.axis, min: lo, max: hi, log: true, ticks: milliTicks},
			axis{label: "share of the orders that were refused after the charge", min: 0, max: 100, ticks: percentTicks})
		for _, style := range d.styles() {
			d.addWindow(p, s, style, w.clock)
		}
		art.plots = append(art.plots, p)
	}
	f.Alt, f.Notes = d.windowWords(s)
	if len(shown) == 1 {
		art.plots[0].title = ""
		f.Notes = append(f.Notes, "The charge was all there was to take back, so this is also how long a customer had paid for an order that was dead.")
	} else {
		f.How += " On the right is the stretch in which a customer has paid for an order that is dead."
	}
	f.art = art
	return f, ""
}

// addWindow draws the line of one style, and thin ones of its repeats.
func (d *data) addWindow(p panel, s scenario, style string, clock measure.Clock) {
	l := lookOf(style)
	all, each := d.sample(style, s.name, clock, measure.Any)
	for _, one := range each {
		if len(each) > 1 {
			p.Add(curve{points: ecdf(one, p.X.Min, p.X.Max), style: l.thin(), steps: true})
		}
	}
	points := ecdf(all, p.X.Min, p.X.Max)
	p.Add(curve{points: points, style: l.solid(1.8), steps: true}, dots{quartersOf(points), l.mark(3, false)})
}

// windowWords says in words what the lines show, and notes what they lack.
func (d *data) windowWords(s scenario) (alt string, notes []string) {
	for _, style := range d.styles() {
		all, _ := d.sample(style, s.name, measure.Compensation, measure.Any)
		if len(all) == 0 {
			p, _ := d.pool(style, s.name)
			notes = append(notes, fmt.Sprintf("No line for %s: %s.", style, cmp.Or(p.Latency.Compensation.Reasons["p50"], "no such order")))
			continue
		}
		words, never := undoneWords(all)
		alt += style + ": " + words
		charged, _ := d.sample(style, s.name, measure.Inconsistent, measure.Any)
		if v, ok := charged.Quantile(0.5); ok {
			alt += ", half of the charges refunded within " + millis(measure.Num(v))
		}
		alt += ". "
		if never > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s of %d never undone; the line stays below 100 %%.", style, count(never, "order"), len(all)))
		}
	}
	return alt, notes
}

// undoneWords says in words what a line shows.
func undoneWords(all measure.Sample) (text string, never int) {
	for _, v := range all {
		if math.IsInf(v, 1) {
			never++
		}
	}
	text = count(len(all)-never, "order") + " undone"
	if v, ok := all.Quantile(0.5); ok {
		text += ", half of all within " + millis(measure.Num(v))
	}
	return fmt.Sprintf("%s, %d never", text, never), never
}

// ecdf climbs from zero by one order at a time. What never happened is a level
// line to the right edge.
func ecdf(s measure.Sample, lo, hi float64) (points []xy) {
	share := 0.0
	for i, v := range s {
		if math.IsInf(v, 1) {
			return append(points, xy{hi, share})
		}
		if i == 0 {
			points = append(points, xy{max(v, lo), 0})
		}
		share = 100 * float64(i+1) / float64(len(s))
		points = append(points, xy{max(v, lo), share})
	}
	return points
}

// quartersOf picks the points at which a quarter, half and three quarters are
// reached, so that the lines can be told apart without colour.
func quartersOf(points []xy) (at []xy) {
	for _, level := range []float64{25, 50, 75} {
		for _, pt := range points {
			if pt.y >= level {
				at = append(at, pt)
				break
			}
		}
	}
	return at
}

package report

import (
	"cmp"
	"fmt"
	"math"

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

// compensationFigure draws the distribution of the time from the refusal to the
// last undo.
func (d *data) compensationFigure() (figure, string) {
	s, ok := d.undone()
	if !ok {
		return figure{}, "no order had to be undone in a cell that gives latency"
	}
	var xs span
	for _, style := range d.styles() {
		all, _ := d.sample(style, s.name, measure.Compensation, measure.Any)
		xs.hold(all...)
	}
	lo, hi := xs.log()
	p := newPanel("",
		axis{label: "from the refusal until the last undo was written, log scale", min: lo, max: hi, log: true, ticks: milliTicks},
		axis{label: "share of refused orders", min: 0, max: 100, ticks: percentTicks})
	f := figure{
		Name: "compensation", Title: "How long it takes to undo: " + s.words(),
		How: "A line rises by one step for each order that was undone. The further left, the sooner the money was back. Thin lines are single repeats.",
		Not: "The time before the refusal, and what a customer notices: mails and status come on top of it.",
	}
	legend := styleEntries(d.styles())
	for i, style := range d.styles() {
		legend[i].line.Dashes = nil // steps make dashes ragged; the markers tell the styles apart
		l := lookOf(style)
		all, each := d.sample(style, s.name, measure.Compensation, measure.Any)
		for _, one := range each {
			if len(each) > 1 {
				p.Add(curve{points: ecdf(one, lo, hi), style: l.thin(), steps: true})
			}
		}
		points := ecdf(all, lo, hi)
		p.Add(curve{points: points, style: l.solid(1.8), steps: true}, dots{quartersOf(points), l.mark(3, false)})
		if len(all) == 0 {
			p, _ := d.pool(style, s.name)
			f.Notes = append(f.Notes, fmt.Sprintf("No line for %s: %s.", style, cmp.Or(p.Latency.Compensation.Reasons["p50"], "no such order")))
			continue
		}
		words, never := undoneWords(all)
		f.Alt += style + ": " + words + ". "
		if never > 0 {
			f.Notes = append(f.Notes, fmt.Sprintf("%s: %s of %d never undone; the line stays below 100 %%.", style, count(never, "order"), len(all)))
		}
	}
	f.art = panels{legend: legend, plots: []panel{p}, tall: 220}
	return f, ""
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

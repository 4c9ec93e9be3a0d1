package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// What refused orders do to the latency of the others.

func (d *data) refusalSection() section {
	return section{ID: "refusals", Title: "What refusals do to the others, " + noServiceTime, Figure: d.refusalFigure(),
		Lead:     "The rate of orders stays the same while a growing share of them is refused by the restaurant after the card was charged, and has to be refunded.",
		Findings: written(d.refusalFinding())}
}

// A shareStep is a scenario with a share of refused orders, in percent.
type shareStep struct {
	scenario
	share float64
}

// refusals lists the scenarios that differ in the share of refused orders alone,
// by share: the run's own settings, and one rate.
func (d *data) refusals() (all []shareStep) {
	for _, s := range d.scenarios(record.KindRefused) {
		share, ok := measure.RefusedShare(s.Faults)
		if ok && s.Settings == (record.Settings{}) && (len(all) == 0 || s.Offered == all[0].Offered) {
			all = append(all, shareStep{s, share})
		}
	}
	slices.SortStableFunc(all, func(a, b shareStep) int { return cmp.Compare(a.share, b.share) })
	return all
}

// refusalFigure draws latency against the share of refused orders.
func (d *data) refusalFigure() figure {
	f := figure{Name: "failures", Title: "Settled latency against the share of refused orders"}
	steps := d.refusals()
	if len(steps) < 2 {
		f.Missing = fmt.Sprintf("the run has %s that differ in the share of refused orders alone, and a line needs two", count(len(steps), "scenario"))
		return f
	}
	var ys plot.Span
	var lines [2][]refusalLine
	shown := [2]food.Ending{food.Completed, food.RestaurantFailed}
	for i, e := range shown {
		for _, style := range d.styles() {
			l := d.refusalLine(style, e, steps)
			lines[i] = append(lines[i], l)
			ys.HoldY(slices.Concat(l.p50, l.p90, l.repeats))
		}
	}
	if ys.Empty() {
		f.Missing = "no share of refused orders has the 20 orders of one outcome that a median needs"
		return f
	}
	chart := plot.Panels{Tall: 200}
	for _, style := range d.styles() {
		l := d.look(style)
		chart.Legend = append(chart.Legend,
			plot.Entry{Label: style + ", median", Line: l.Line(1.8), Mark: l.Mark(3.2, false)},
			plot.Entry{Label: "90 % within", Mark: l.Mark(3.2, true)})
	}
	f.Title = "What refusals do to latency, " + noServiceTime
	f.How = "All points of a style have the same rate; only the share of refused orders grows. Large markers hold all repeats, small dots single ones. " +
		"A level line means that the refusals of others cost an order nothing."
	f.Not = "Why: completed and refused orders do different work, so the two panels can't be compared with each other. Points with too few orders are missing, not zero. In each repeat the shares come in the same order, so that what drifts would show here too."
	x := sharesAxis(steps)
	for i, e := range shown {
		panel := plot.Panel{Title: endings[e].orders, X: x, Y: ys.Log(untilSettled, plot.Millis())}
		for _, l := range lines[i] {
			f.Alt += l.words(e)
			if unsettled := l.draw(&panel); unsettled {
				f.Notes = []string{"A triangle on the upper edge: half, or one in ten, of these orders are unsettled."}
			}
		}
		chart.Panels = append(chart.Panels, panel)
	}
	f.Notes = append(f.Notes, d.withoutMark(steps)...)
	f.Chart = chart
	return f
}

// withoutMark lists which style has no latency at which share, and why.
func (d *data) withoutMark(steps []shareStep) (notes []string) {
	for _, s := range steps {
		for _, style := range d.styles() {
			if p, ran := d.pool(style, s.Scenario); ran && !p.GivesLatency() {
				notes = append(notes, fmt.Sprintf("No marker for %s at %s %%: %s.", style, plot.Number(s.share), p.Claim))
			}
		}
	}
	return notes
}

func sharesAxis(steps []shareStep) plot.Axis {
	shares := lists.Map(steps, func(s shareStep) float64 { return s.share })
	most := slices.Max(shares)
	return plot.Axis{Label: "orders refused by the restaurant, as planned",
		Min: -0.04 * most, Max: most * 1.04, Ticks: plot.Percents(shares...)}
}

// A refusalLine is one style and one outcome, over the shares of refused orders.
type refusalLine struct {
	style             string
	look              plot.Look
	p50, p90, repeats []plot.XY // x is the share in percent
}

func (d *data) refusalLine(style string, e food.Ending, steps []shareStep) refusalLine {
	l := refusalLine{style: style, look: d.look(style)}
	for _, s := range steps {
		add := func(to *[]plot.XY, sample measure.Sample, q float64) {
			if v, ok := sample.Quantile(q); ok {
				*to = append(*to, plot.XY{X: s.share, Y: v})
			}
		}
		all, each := d.sample(style, s.Scenario, measure.Settled, e)
		add(&l.p50, all, 0.5)
		add(&l.p90, all, 0.9)
		for _, one := range each {
			add(&l.repeats, one, 0.5)
		}
	}
	return l
}

// draw reports whether a marker stands for unsettled orders.
func (l refusalLine) draw(panel *plot.Panel) (unsettled bool) {
	p50, lost50 := plot.Reached(l.p50, panel.Y.Max)
	p90, lost90 := plot.Reached(l.p90, panel.Y.Max)
	repeats, _ := plot.Reached(l.repeats, panel.Y.Max)
	lost := append(lost50, lost90...)
	panel.Add(plot.Curve{Points: p50, Line: l.look.Line(1.8)},
		plot.Dots{Points: repeats, Mark: l.look.Pale(0x80).Mark(1.5, false)},
		plot.Dots{Points: p50, Mark: l.look.Mark(3.2, false)}, plot.Dots{Points: p90, Mark: l.look.Mark(3.2, true)},
		plot.Dots{Points: lost, Mark: l.look.Never()})
	return len(lost) > 0
}

// words is the medians for a reader who can't see them.
func (l refusalLine) words(e food.Ending) (text string) {
	for _, pt := range l.p50 {
		text += fmt.Sprintf("%s, %s, %s %% refused: median %s. ", l.style, endings[e].orders, plot.Number(pt.X), millis(measure.Num(pt.Y)))
	}
	return text
}

// refusalFinding reports what others' refusals do to a completed order. It is
// empty where the run has none to set against each other.
func (d *data) refusalFinding() finding {
	steps := d.refusals()
	if len(steps) < 2 {
		return finding{}
	}
	completed := settledAs(food.Completed)
	p50, _ := measure.MetricNamed(completed.metric("p50"))
	first, last := steps[0], steps[len(steps)-1]
	var parts []string
	for _, style := range d.styles() {
		a, _ := d.pool(style, first.Scenario)
		b, _ := d.pool(style, last.Scenario)
		from, to := completed.of(a).At("p50"), completed.of(b).At("p50")
		if from.OK() && to.OK() {
			c, _ := p50.Between(a, b, first.Scenario, last.Scenario)
			parts = append(parts, fmt.Sprintf("from %s to %s with %s (%s)", millis(from), millis(to), style, higherIn(c)))
		}
	}
	if len(parts) == 0 {
		return finding{}
	}
	return finding{Topic: "Refusals", Text: fmt.Sprintf("As the share of refused orders went from %s %% to %s %%, the median of the completed ones went %s.",
		plot.Number(first.share), plot.Number(last.share), listing(parts))}
}

// higherIn counts in how many repeats the last of two is above the first.
func higherIn(c measure.Comparison) string {
	if len(c.Repeats) == 0 {
		return "a single repeat has too few orders to judge"
	}
	higher := lists.Filter(c.Repeats, func(r measure.Repeat) bool { return r.Values[c.Of[1]] > r.Values[c.Of[0]] })
	return fmt.Sprintf("higher in %d of %s", len(higher), count(len(c.Repeats), "repeat"))
}

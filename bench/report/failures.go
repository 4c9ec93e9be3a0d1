package report

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// refusals lists the scenarios that differ in the share of refused orders alone,
// by share: the run's own settings, and one rate.
func (d *data) refusals() (all []scenario) {
	for _, s := range d.scenarios(record.KindRefused) {
		if _, ok := measure.RefusedShare(s.faults); ok && s.settings == (record.Settings{}) && (len(all) == 0 || s.offered == all[0].offered) {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b scenario) int { return cmp.Compare(share(a), share(b)) })
	return all
}

func share(s scenario) float64 {
	percent, _ := measure.RefusedShare(s.faults)
	return percent
}

// failuresFigure draws latency against the share of refused orders.
func (d *data) failuresFigure() (figure, string) {
	steps := d.refusals()
	if len(steps) < 2 {
		return figure{}, fmt.Sprintf("the run has %s that differ in the share of refused orders alone, and a line needs two", count(len(steps), "scenario"))
	}
	art := panels{tall: 200}
	for _, style := range d.styles() {
		l := lookOf(style)
		art.legend = append(art.legend,
			entry{label: style + ", median", line: l.line(1.8), mark: l.mark(3.2, false)},
			entry{label: "90 % within", mark: l.mark(3.2, true)})
	}
	var ys span
	endings := []food.Ending{food.Completed, food.RestaurantFailed}
	series := make([][]failureLine, len(endings))
	for i, e := range endings {
		for _, style := range d.styles() {
			l := d.failureLine(style, e, steps)
			series[i] = append(series[i], l)
			for _, pts := range [][]xy{l.p50, l.p90, l.repeats} {
				_, y := columnsOf(pts)
				ys.hold(y...)
			}
		}
	}
	if ys.empty() {
		return figure{}, "no share of refused orders has the 20 orders of one outcome that a median needs"
	}
	f := figure{
		Name: "failures", Title: "What refusals do to latency",
		How: "All points of a style have the same rate; only the share of refused orders grows. Large markers hold all repeats, small dots single ones. " +
			"A line that stays level says that the others' bad luck costs an order nothing.",
		Not: "Why: completed and refused orders do different work, so the two panels can't be compared with each other. Points with too few orders are missing, not zero.",
		Alt: failuresAlt(series, endings),
	}
	for i, e := range endings {
		p, lost := failurePanel(endingWords[e], steps, series[i], ys)
		art.plots = append(art.plots, p)
		if lost {
			f.Notes = []string{"A triangle on the upper edge: half, or one in ten, of these orders never settled."}
		}
	}
	for _, s := range steps {
		for _, style := range d.styles() {
			if p, ran := d.pool(style, s.name); ran && !p.GivesLatency() {
				f.Notes = append(f.Notes, fmt.Sprintf("No marker for %s at %s %%: %s.", style, trim(share(s)), p.Claim))
			}
		}
	}
	f.art = art
	return f, ""
}

// failurePanel draws the lines of one outcome, and says whether a marker stands
// for never.
func failurePanel(title string, steps []scenario, lines []failureLine, ys span) (p panel, lost bool) {
	lo, hi := ys.log()
	most := share(steps[len(steps)-1])
	p = newPanel(title,
		axis{label: "orders refused by the restaurant, as planned", min: -0.04 * most, max: most * 1.04, ticks: shareTicks(steps)},
		axis{label: untilSettled, min: lo, max: hi, log: true, ticks: milliTicks})
	for _, l := range lines {
		look := lookOf(l.style)
		thin := look.mark(1.5, false)
		thin.Color = pale(look.color, 0x80)
		p50, never50 := reached(l.p50, hi)
		p90, never90 := reached(l.p90, hi)
		repeats, _ := reached(l.repeats, hi)
		p.Add(curve{points: p50, style: look.line(1.8)},
			dots{repeats, thin}, dots{p50, look.mark(3.2, false)}, dots{p90, look.mark(3.2, true)},
			dots{append(never50, never90...), look.never()})
		lost = lost || len(never50)+len(never90) > 0
	}
	return p, lost
}

type failureLine struct {
	style             string
	p50, p90, repeats []xy // x is the share in percent
}

func (d *data) failureLine(style string, e food.Ending, steps []scenario) failureLine {
	l := failureLine{style: style}
	for _, s := range steps {
		all, each := d.sample(style, s.name, measure.Settled, e)
		if v, ok := all.Quantile(0.5); ok {
			l.p50 = append(l.p50, xy{share(s), v})
		}
		if v, ok := all.Quantile(0.9); ok {
			l.p90 = append(l.p90, xy{share(s), v})
		}
		for _, one := range each {
			if v, ok := one.Quantile(0.5); ok {
				l.repeats = append(l.repeats, xy{share(s), v})
			}
		}
	}
	return l
}

func shareTicks(steps []scenario) plot.Ticker {
	var ticks plot.ConstantTicks
	for _, s := range steps {
		ticks = append(ticks, plot.Tick{Value: share(s), Label: trim(share(s)) + " %"})
	}
	return ticks
}

func failuresAlt(series [][]failureLine, endings []food.Ending) string {
	text := ""
	for i, e := range endings {
		for _, l := range series[i] {
			for _, pt := range l.p50 {
				text += fmt.Sprintf("%s, %s, %s %% refused: median %s. ", l.style, endingWords[e], trim(pt.x), millis(measure.Num(pt.y)))
			}
		}
	}
	return text
}

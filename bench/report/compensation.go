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
)

// How long it takes to compensate what was done for an order that was refused.

func (d *data) compensationSection() section {
	s, _ := d.mostCompensated()
	return section{ID: "compensation", Title: "How long compensation takes, " + serviceTime(s.Settings), Figure: d.compensationFigure(),
		Lead: "From the moment the refusal, or the customer's cancellation, was recorded to the last compensation of something that had been done. Until the refund the customer's money is gone, and there will be no food."}
}

// mostCompensated chooses the scenario that most styles can show, and among those the one
// with the most compensated orders. Outages come last.
func (d *data) mostCompensated() (best scenario, ok bool) {
	shown, most := 0, 0
	calm := d.scenarios(record.KindRefused, record.KindCustom, record.KindUnloaded)
	for _, scenarios := range [][]scenario{calm, d.scenarios(record.KindFailures, record.KindOutage)} {
		for _, s := range scenarios {
			styles, n := 0, 0
			for _, style := range d.styles() {
				all, _ := d.sample(style, s.Scenario, measure.Compensation, measure.Any)
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

// A deadClock is one of the two clocks of a dead order.
type deadClock struct {
	clock       measure.Clock
	title, axis string
}

// deadClocks are both, or the first alone where they show the same: then the charge
// was all there was to compensate.
func (d *data) deadClocks(s scenario) []deadClock {
	both := []deadClock{
		{measure.Compensation, "everything compensated", "from refusal or cancellation until the last compensation, log scale"},
		{measure.Inconsistent, "the charge refunded", "from refusal or cancellation until the refund, log scale"},
	}
	differ := func(o record.Order) bool { return !math.IsNaN(o.Compensation) && o.Compensation != o.Inconsistent }
	for _, c := range d.Run.Cells {
		if c.Scenario == s.Scenario && !c.Cut && slices.ContainsFunc(d.Orders[c.ID], differ) {
			return both
		}
	}
	return both[:1]
}

// compensationFigure draws the distributions of the time from the refusal to the
// last compensation, and of the part of it in which the customer is out of pocket.
func (d *data) compensationFigure() figure {
	s, ok := d.mostCompensated()
	if !ok {
		return figure{Name: "compensation", Title: "Time to compensate",
			Missing: "no order had to be compensated in a cell that gives latency"}
	}
	f := figure{Name: "compensation", Title: "How long compensation takes: " + s.words(),
		How: "A line rises by one step for each order that was compensated. The further left, the sooner. Thin lines are single repeats. " +
			"A line that levels off below 100 % has orders that were never compensated to the end: they are unsettled, or a compensation was rejected and a person takes over.",
		Not: "The time before the refusal, and what a customer notices: mails and status come on top of it."}
	var xs plot.Span
	chart := plot.Panels{Tall: 220}
	for _, style := range d.styles() {
		for _, clock := range []measure.Clock{measure.Compensation, measure.Inconsistent} {
			all, _ := d.sample(style, s.Scenario, clock, measure.Any)
			xs.Hold(all...)
		}
		l := d.look(style)
		chart.Legend = append(chart.Legend, plot.Entry{Label: style, Line: l.Solid(1.8), Mark: l.Mark(3, false)})
	}
	share := plot.Axis{Label: "share of the orders that were refused or cancelled after the charge",
		Max: 100, Ticks: plot.Percents(0, 25, 50, 75, 100)}
	clocks := d.deadClocks(s)
	for _, w := range clocks {
		panel := plot.Panel{Title: w.title, X: xs.Log(w.axis, plot.Millis()), Y: share}
		for _, style := range d.styles() {
			d.addDistribution(&panel, s, style, w.clock)
		}
		chart.Panels = append(chart.Panels, panel)
	}
	f.Alt, f.Notes = d.compensationWords(s)
	if len(clocks) == 1 {
		chart.Panels[0].Title = ""
		f.Notes = append(f.Notes, "The charge was all there was to compensate, so this is also how long a customer had paid for an order that was rejected.")
	} else {
		f.How += " On the right is the stretch in which a customer has paid for an order that is rejected."
	}
	f.Chart = chart
	return f
}

// addDistribution draws the line of one style, and thin ones of its repeats.
func (d *data) addDistribution(panel *plot.Panel, s scenario, style string, clock measure.Clock) {
	l := d.look(style)
	all, each := d.sample(style, s.Scenario, clock, measure.Any)
	for _, one := range each {
		if len(each) > 1 {
			panel.Add(plot.Curve{Points: distribution(one, panel.X), Line: l.Thin(), Steps: true})
		}
	}
	points := distribution(all, panel.X)
	quarters := firstAt(points, []float64{25, 50, 75}, func(pt plot.XY) float64 { return pt.Y })
	panel.Add(plot.Curve{Points: points, Line: l.Solid(1.8), Steps: true},
		plot.Dots{Points: quarters, Mark: l.Mark(3, false)})
}

// distribution climbs from zero by one order at a time. An unsettled order is a
// level line to the right edge.
func distribution(s measure.Sample, x plot.Axis) (points []plot.XY) {
	share := 0.0
	for i, v := range s {
		if math.IsInf(v, 1) {
			return append(points, plot.XY{X: x.Max, Y: share})
		}
		if i == 0 {
			points = append(points, plot.XY{X: max(v, x.Min)})
		}
		share = 100 * float64(i+1) / float64(len(s))
		points = append(points, plot.XY{X: max(v, x.Min), Y: share})
	}
	return points
}

// compensationWords describes what the lines show, and notes what they lack.
func (d *data) compensationWords(s scenario) (alt string, notes []string) {
	for _, style := range d.styles() {
		all, _ := d.sample(style, s.Scenario, measure.Compensation, measure.Any)
		if len(all) == 0 {
			notes = append(notes, fmt.Sprintf("No line for %s: %s.", style, d.in(style, s.Scenario, compensated()).Why("p50")))
			continue
		}
		made, _ := slices.BinarySearch(all, math.Inf(1))
		never := len(all) - made
		alt += style + ": " + count(made, "order") + " compensated"
		if v, ok := all.Quantile(0.5); ok {
			alt += ", half of all within " + millis(measure.Num(v))
		}
		alt += fmt.Sprintf(", %d never to the end", never)
		charged, _ := d.sample(style, s.Scenario, measure.Inconsistent, measure.Any)
		if v, ok := charged.Quantile(0.5); ok {
			alt += ", half of the charges refunded within " + millis(measure.Num(v))
		}
		alt += ". "
		if never > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s of %d never compensated to the end; the line stays below 100 %%.", style, count(never, "order"), len(all)))
		}
	}
	return alt, notes
}

// paidAndDead reports whether an order was charged and then taken back, or was to be. Of
// one that its customer cancelled that shows by what was compensated.
func paidAndDead(o record.Order) bool {
	switch food.Ending(o.Outcome) {
	case food.RestaurantFailed, food.NoPartner, food.Escalated:
		return true
	case food.CustomerCancelled:
		return !math.IsNaN(o.Compensation)
	}
	return false
}

// takenBack says why orders were, in this run.
func takenBack(d *data) string {
	if d.ended(food.CustomerCancelled, food.Escalated) > 0 {
		return "refused or cancelled"
	}
	return "refused"
}

// compensationFinding reports whether refused orders were compensated, and how fast.
func (d *data) compensationFinding() finding {
	f := finding{Topic: "Compensation"}
	dead, made, escalated := 0, 0, 0
	for _, c := range d.Run.Cells {
		for _, o := range d.Orders[c.ID] {
			if o.Warmup || !paidAndDead(o) {
				continue
			}
			dead++
			switch {
			case math.IsNaN(o.Settled):
			case o.Outcome == string(food.Escalated):
				escalated++
			default:
				made++
			}
		}
	}
	if dead == 0 {
		f.Text = "No order was refused after it had been paid for, so nothing had to be compensated."
		return f
	}
	f.Text = count(dead, "order was", "orders were") + " paid for and then " + takenBack(d)
	if n := len(d.styles()); n > 1 {
		f.Text += fmt.Sprintf(", in %d styles together", n)
	}
	f.Text += "; "
	switch made {
	case dead:
		f.Text += "every one of them was compensated to the end."
	case 0:
		f.Text += "none of them was compensated to the end."
	default:
		f.Text += grouped(made) + " of them were compensated to the end."
	}
	if escalated > 0 {
		f.Text += " Of " + grouped(escalated) + " a compensation was rejected, and a person takes over."
	}
	if s, ok := d.mostCompensated(); ok {
		m := d.medians(s, compensated())
		f.Text += " " + m.sentence("With "+s.words()+" the median from refusal to last compensation was ", ".")
		f.Basis = strings.Join(m.grounds, "; ")
	}
	return f
}

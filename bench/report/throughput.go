package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
)

// What came out against what went in.

func (d *data) throughputSection() section {
	return section{ID: "throughput", Title: "Throughput: settled against offered, " + noServiceTime, Figure: d.throughputFigure(),
		Lead:   "Rates are orders per second of the whole system on this machine, in this topology: one server, one worker and the load generator on the same cores, and services that take no time.",
		Tables: withRows(d.limitTable(), d.kneeTable())}
}

// rated lists the cells whose rates can be set against each other: those with
// the run's settings, at whatever rate, and without faults, or where there are
// none, those with no fault but refusals.
func (d *data) rated() (cells []measure.Cell, refused bool) {
	for _, plain := range []bool{true, false} {
		for _, c := range d.Results.Cells {
			set := c.Settings
			set.Share = 0 // of the style's own capacity: a rate like any other
			_, onlyRefusals := measure.RefusedShare(c.Faults)
			if !c.Cut && set == (record.Settings{}) && (len(c.Faults) == 0 || !plain && onlyRefusals) && c.Orders.Settled > 0 {
				cells = append(cells, c)
			}
		}
		if len(cells) > 0 {
			return cells, !plain
		}
	}
	return nil, false
}

// throughputFigure draws what came out against what went in.
func (d *data) throughputFigure() figure {
	f := figure{Name: "throughput", Title: "Throughput achieved against offered"}
	cells, refused := d.rated()
	if f.Missing = unplottable(cells); f.Missing != "" {
		return f
	}
	f.Title = "Throughput: settled against due, " + noServiceTime + ", whole system"
	f.How = "On the rising dotted line everything that was due settled in time. Where a style leaves it, it is overloaded: more goes in than comes out, and what is drawn is all orders over the time to settle them all. Each marker is one cell, and where only one style is to be seen, the other lies below it: both kept up. The lines join the means of the cells, and the rates in the legend are the medians of the saturated cells."
	f.Not = "What either engine can do on other machines, in a cluster or with other services. Server, worker and load generator share these cores."
	panel := d.ratePanel(cells)
	chart := plot.Panels{Tall: 230, Panels: []plot.Panel{panel}}
	chart.Legend, f.Alt = d.rateLegend()
	tail, name := d.tailPanel(cells, panel.X)
	if name != "" {
		f.How += " Below is the " + name + " at the same rates, of all cells at a rate together; it is the highest percentile that the orders at two rates or more allow for every style. A saturated cell has none, because there latency grows for as long as the load lasts."
		f.Not += " Steps on the way up show a course and claim nothing."
	}
	if len(d.scenarios(record.KindLoaded)) > 0 {
		f.Not += " Cells at a share of a capacity come after the ladder that found it, and the machine and the server have been driven to their limits just before: set them against each other, not against the cells of a rested system."
	}
	if len(d.ceilings()) > 0 {
		f.How += " A dotted level with a style's marker at its end is that style's ceiling: what the same traffic reached with a fixed number of orders under way and nothing behind it."
	} else {
		f.Not += " The engines' ceilings: " + measure.NoCeiling + "."
	}
	if len(d.knees()) > 0 {
		f.How += " A bracket on the axis is a knee: between the highest rate that was kept up with and the lowest that was not, over all repeats. It also asks for a bound on latency, which neither a saturated cell nor a ceiling does."
	}
	if refused {
		f.Notes = []string{"Every cell of this run has refused orders, and those do less work than completed ones."}
	}
	if name != "" {
		chart.Panels, chart.Piled = append(chart.Panels, tail), 2
	}
	f.Chart = chart
	return f
}

// unplottable explains why cells make no plot of their rates, or "".
func unplottable(cells []measure.Cell) string {
	if len(cells) == 0 {
		return "no cell without faults settled an order"
	}
	if slices.ContainsFunc(cells, func(c measure.Cell) bool { return c.Saturated || c.Offered != cells[0].Offered }) {
		return ""
	}
	return "all cells without faults had the same rate and kept up with it"
}

// allDue is the line on which all that was due settled in time.
func allDue() plot.Line { return plot.Line{Color: plot.Rule, Width: 1, Dashes: dotted} }

// ratePanel draws the cells of each style, with the ceilings and the knees.
func (d *data) ratePanel(cells []measure.Cell) plot.Panel {
	var rates plot.Span
	for _, c := range cells {
		rates.Hold(float64(c.Due), float64(c.Achieved))
	}
	ceilings := d.ceilings()
	for _, c := range ceilings {
		rates.Hold(float64(c.Ceiling))
	}
	panel := plot.Panel{X: rates.Log("orders due per second, log scale", plot.Rates()),
		Y: rates.Log("orders settled per second, log scale", plot.Rates())}
	lo, hi := panel.X.Min, panel.X.Max
	panel.Add(plot.Curve{Points: []plot.XY{{X: lo, Y: lo}, {X: hi, Y: hi}}, Line: allDue()})
	for _, style := range d.styles() {
		l := d.look(style)
		kept, full, line := ratePoints(style, cells)
		panel.Add(plot.Curve{Points: line, Line: l.Line(1.2)},
			plot.Dots{Points: kept, Mark: l.Mark(3, true)}, plot.Dots{Points: full, Mark: l.Mark(3.6, false)})
	}
	for _, c := range ceilings {
		d.addCeiling(&panel, c)
	}
	for _, k := range d.knees() {
		panel.Add(plot.Bracket{Lo: k.Lo, Hi: k.Hi, Look: d.look(k.Style)})
	}
	return panel
}

// rateLegend names the styles with what they did at most; alt has the same for a
// reader who can't see it.
func (d *data) rateLegend() (legend []plot.Entry, alt string) {
	for _, style := range d.styles() {
		text := style + ": " + capacityWords(d.Results.Capacity[style])
		if limit, _ := d.saturated(style, record.KindSaturation); limit.Share.Interval != nil {
			text += ", " + three(limit.Share.Ratio) + " of its ceiling"
		}
		legend = append(legend, plot.Entry{Label: text, Line: d.look(style).Line(1.8), Mark: d.look(style).Mark(3, false)})
		alt += text + ". "
	}
	neutral := plot.Look{Color: plot.Soft}
	legend = append(legend,
		plot.Entry{Label: "kept up", Mark: neutral.Mark(3, true)},
		plot.Entry{Label: "saturated", Mark: neutral.Mark(3.4, false)},
		plot.Entry{Label: "all that was due", Line: allDue()})
	if len(d.ceilings()) > 0 {
		legend = append(legend, plot.Entry{Label: "ceiling: the same traffic, bare", Line: shortDashed(neutral)})
	}
	return legend, alt
}

// ratePoints sorts a style's cells by what was due, and joins the mean of the
// cells at each planned rate.
func ratePoints(style string, cells []measure.Cell) (kept, full, line []plot.XY) {
	at := map[measure.Num][]plot.XY{}
	for _, c := range cells {
		if c.Style != style || c.Achieved <= 0 {
			continue
		}
		pt := plot.XY{X: float64(c.Due), Y: float64(c.Achieved)}
		if c.Saturated {
			full = append(full, pt)
		} else {
			kept = append(kept, pt)
		}
		at[c.Offered] = append(at[c.Offered], pt)
	}
	for _, points := range at {
		line = append(line, mean(points))
	}
	slices.SortFunc(line, func(a, b plot.XY) int { return cmp.Compare(a.X, b.X) })
	return kept, full, line
}

func mean(points []plot.XY) (m plot.XY) {
	for _, pt := range points {
		m.X, m.Y = m.X+pt.X, m.Y+pt.Y
	}
	n := float64(len(points))
	return plot.XY{X: m.X / n, Y: m.Y / n}
}

// tailPanel draws latency against what was due, for the highest percentile that
// every style has at two rates or more. Its name is "" where there is none.
func (d *data) tailPanel(cells []measure.Cell, x plot.Axis) (panel plot.Panel, name string) {
	for _, tail := range slices.Backward(measure.UsualPercentiles) {
		lines, ys := map[string][]plot.XY{}, plot.Span{}
		for _, style := range d.styles() {
			lines[style] = d.tailLine(style, cells, tail)
			ys.HoldY(lines[style])
		}
		if slices.ContainsFunc(d.styles(), func(s string) bool { return len(lines[s]) < 2 }) {
			continue
		}
		panel := plot.Panel{X: x, Y: ys.Log(tail+" of completed orders, "+untilSettled, plot.Millis())}
		for _, style := range d.styles() {
			l := d.look(style)
			points, unsettled := plot.Reached(lines[style], panel.Y.Max)
			panel.Add(plot.Curve{Points: points, Line: l.Line(1.2)},
				plot.Dots{Points: points, Mark: l.Mark(3, true)}, plot.Dots{Points: unsettled, Mark: l.Never()})
		}
		return panel, tail
	}
	return panel, ""
}

// tailLine is one percentile of a style at each planned rate that it kept up
// with, of all orders at that rate.
func (d *data) tailLine(style string, cells []measure.Cell, percentile string) (line []plot.XY) {
	orders, due := map[measure.Num][]record.Order{}, map[measure.Num][]plot.XY{}
	for _, c := range cells {
		if c.Style == style && !c.Behind && c.Late == "" {
			orders[c.Offered] = append(orders[c.Offered], d.Orders[c.ID]...)
			due[c.Offered] = append(due[c.Offered], plot.XY{X: float64(c.Due)})
		}
	}
	for offered, all := range orders {
		if v, ok := measure.Latencies(all, measure.Settled, food.Completed).Percentile(percentile); ok {
			line = append(line, plot.XY{X: mean(due[offered]).X, Y: v})
		}
	}
	slices.SortFunc(line, func(a, b plot.XY) int { return cmp.Compare(a.X, b.X) })
	return line
}

// ceilings are the limits at the run's own durability that stand beside one.
func (d *data) ceilings() (all []measure.Limit) {
	for _, style := range d.styles() {
		if l, ok := d.saturated(style, record.KindSaturation); ok && l.Ceiling.OK() {
			all = append(all, l)
		}
	}
	return all
}

// addCeiling draws what a style's engine allows, from where all that is due would
// reach it to the edge, where the line has the style's mark. It is a median: in a
// good repeat the style may come out above.
func (d *data) addCeiling(panel *plot.Panel, l measure.Limit) {
	look, at := d.look(l.Style), float64(l.Ceiling)
	end := plot.XY{X: panel.X.Max, Y: at}
	panel.Add(plot.Curve{Points: []plot.XY{{X: at, Y: at}, end}, Line: shortDashed(look)},
		plot.Dots{Points: []plot.XY{end}, Mark: look.Mark(2.6, false)})
}

func shortDashed(l plot.Look) plot.Line {
	return plot.Line{Color: l.Color, Width: 1.4, Dashes: []plot.Length{2, 2}}
}

// capacityFinding reports what the styles settled when they were overloaded.
func (d *data) capacityFinding() finding {
	f := finding{Topic: "Throughput, " + noServiceTime}
	sought := false // a cell was there to find a limit, or found one
	var reached, open, shares, basis []string
	for _, style := range d.styles() {
		c := d.Results.Capacity[style]
		sought = sought || len(c.Repeats) > 0
		l, _ := d.saturated(style, record.KindSaturation)
		if l.Share.Interval != nil {
			shares = append(shares, with(style, three(l.Share.Ratio)))
		}
		if c.PerS.OK() {
			reached = append(reached, fmt.Sprintf("%s orders per second with %s (%s)", three(c.PerS), style, d.drivenBy(style)))
			basis = append(basis, fmt.Sprintf("%s: n = %s, saturated in %s, %s to %s, %s, claim: ok",
				style, d.saturating(style), count(len(c.Repeats), "repeat"), rate(c.Spread.Lo), rate(c.Spread.Hi), shareBasis(l)))
			continue
		}
		if c.AtLeast.OK() {
			open = append(open, fmt.Sprintf("The limit of %s was not reached: it settled at least %s orders per second.", style, three(c.AtLeast)))
		}
		basis = append(basis, fmt.Sprintf("%s: claim: unsupported (%s)", style, c.Reason))
	}
	if !sought {
		f.Text = d.withoutCapacity()
		return f
	}
	var text []string
	if len(reached) > 0 {
		text = append(text, fmt.Sprintf("At most the whole system settled %s.", listing(reached)))
	}
	if len(shares) > 0 {
		text = append(text, "As a share of the ceiling, which is what the same traffic reached in a window with nothing behind it, that is "+listing(shares)+".")
	}
	f.Text = cmp.Or(strings.Join(append(text, open...), " "), "No style's limit can be given.")
	f.Basis = strings.Join(basis, "; ")
	return f
}

// saturatedCells are those behind a style's capacity.
func (d *data) saturatedCells(style string) []measure.Cell {
	return d.measured(func(c measure.Cell) bool {
		return c.Style == style && c.Saturated && c.Kind != record.KindRung && len(c.Faults) == 0 && c.Settings == record.Settings{}
	})
}

// saturating counts their measured orders.
func (d *data) saturating(style string) string {
	n := 0
	for _, c := range d.saturatedCells(style) {
		n += c.Orders.Offered
	}
	return count(n, "order")
}

// drivenBy is what a style did that rate under.
func (d *data) drivenBy(style string) string {
	if d.Results.Capacity[style].KeptUp {
		return "kept up with; in a burst it was less"
	}
	cell := d.saturatedCells(style)[0]
	if cell.InFlight > 0 {
		return grouped(cell.InFlight) + " kept under way"
	}
	return fmt.Sprintf("a burst of %s in %s s, until the last had settled", grouped(cell.Orders.Offered), plot.Number(float64(cell.Window)))
}

// withoutCapacity describes what a run shows of rates that did not look for a limit.
func (d *data) withoutCapacity() string {
	most := measure.Num(0)
	var behind []string
	for _, c := range d.Results.Cells {
		most = max(most, c.Offered)
		if c.Saturated && !slices.Contains(behind, c.Style) {
			behind = append(behind, c.Style)
		}
	}
	text := fmt.Sprintf("This run did not look for a limit: at most %s orders per second were offered.", strings.TrimSuffix(perSecond(most), "/s"))
	if len(behind) > 0 {
		text += " " + sentenceStart(listing(behind)) + " fell behind all the same."
	}
	return text
}

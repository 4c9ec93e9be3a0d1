package report

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg/draw"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// rated lists the cells whose rates can be set against each other: those with
// the run's settings, at whatever rate, and without faults, or where there are
// none, those with no fault but refusals.
func (d *data) rated() (cells []measure.Cell, refused bool) {
	for _, plain := range []bool{true, false} {
		for _, c := range d.results.Cells {
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
func (d *data) throughputFigure() (figure, string) {
	cells, refused := d.rated()
	if len(cells) == 0 {
		return figure{}, "no cell without faults settled an order"
	}
	var both span
	rates, full := map[measure.Num]bool{}, false
	for _, c := range cells {
		both.hold(float64(c.Due), float64(c.Achieved))
		rates[c.Offered], full = true, full || c.Saturated
	}
	if len(rates) < 2 && !full {
		return figure{}, "all cells without faults had the same rate and kept up with it"
	}
	roofs := d.roofs()
	for _, r := range roofs {
		both.hold(r.at)
	}
	lo, hi := both.log()
	p := newPanel("",
		axis{label: "orders due per second, log scale", min: lo, max: hi, log: true, ticks: rateTicks},
		axis{label: "orders settled per second, log scale", min: lo, max: hi, log: true, ticks: rateTicks})
	guide := draw.LineStyle{Color: rule, Width: 1, Dashes: looks[baseline].dashes}
	p.Add(curve{points: []xy{{lo, lo}, {hi, hi}}, style: guide})
	var legend []entry
	alt := ""
	for _, style := range d.styles() {
		l := lookOf(style)
		calm, full, line := ratePoints(style, cells)
		p.Add(curve{points: line, style: l.line(1.2)}, dots{calm, l.mark(3, true)}, dots{full, l.mark(3.6, false)})
		text := style + ": " + capacityWords(d.results.Capacity[style])
		if l, _ := d.saturated(style, record.KindSaturation); l.Share.Interval != nil {
			text += ", " + three(float64(l.Share.Ratio)) + " of its ceiling"
		}
		legend = append(legend, entry{label: text, line: l.line(1.8), mark: l.mark(3, false)})
		alt += text + ". "
	}
	legend = append(legend,
		entry{label: "kept up", mark: draw.GlyphStyle{Color: soft, Radius: 3, Shape: marker{disc, true}}},
		entry{label: "saturated", mark: draw.GlyphStyle{Color: soft, Radius: 3.4, Shape: marker{disc, false}}},
		entry{label: "all that was due", line: guide})
	for _, r := range roofs {
		r.add(p, hi)
	}
	if len(roofs) > 0 {
		legend = append(legend, entry{label: "ceiling of the style's engine", line: draw.LineStyle{Color: soft, Width: 1.4, Dashes: roofDashes}})
	}
	art := panels{legend: legend, plots: []panel{p}, tall: 230, piled: 2}
	tail, name := d.tailPanel(cells, lo, hi)
	if art.plots = append(art.plots, tail); name == "" {
		art.plots, art.piled = art.plots[:1], 1
	}
	f := figure{
		Name: "throughput", Title: "How many orders fit: settled against due, whole system on this machine", art: art,
		How: "On the rising dotted line everything that was due settled in time. Where a style leaves it, more goes in than comes out. Each marker is one cell, and where only one style is to be seen, the other lies below it: both kept up. The lines join the means of the cells, and the rates in the legend are the medians of the saturated cells.",
		Not: "What either engine can do on other machines, in a cluster or with other services. Server, worker and load generator share these cores.",
		Alt: alt,
	}
	if name != "" {
		f.How += " Below is the " + name + " at the same rates, of all cells at a rate together; it is the highest percentile that the orders at two rates or more allow for every style. A saturated cell has none, because there latency grows for as long as the load lasts."
		f.Not += " Steps on the way up show a course and claim nothing."
	}
	if len(d.scenarios(record.KindLoaded)) > 0 {
		f.Not += " Cells at a share of a capacity come after the ladder that found it, and the machine and the server have been driven to their limits just before: set them against each other, not against the cells of a rested system."
	}
	if len(roofs) > 0 {
		f.How += " A dotted roof with a style's marker at its end is that style's ceiling: what its engine allows with a fixed number of orders under way and nothing behind the same traffic."
	} else {
		f.Not += " The engines' ceilings: " + measure.NoCeiling + "."
	}
	if knees := d.knees(); len(knees) > 0 {
		for _, k := range knees {
			p.Add(k)
		}
		f.How += " A bracket on the axis is a knee: between the highest rate that was kept up with and the lowest that was not, over all repeats. It also asks for a bound on latency, which neither a saturated cell nor a ceiling does."
	}
	if refused {
		f.Notes = append(f.Notes, "Every cell of this run has refused orders, and those do less work than completed ones.")
	}
	return f, ""
}

// ratePoints sorts a style's cells by what was due, and joins the mean of the
// cells at each planned rate.
func ratePoints(style string, cells []measure.Cell) (calm, full, line []xy) {
	type sum struct {
		due, achieved float64
		n             int
	}
	sums := map[measure.Num]sum{}
	for _, c := range cells {
		if c.Style != style || c.Achieved <= 0 {
			continue
		}
		pt := xy{float64(c.Due), float64(c.Achieved)}
		if c.Saturated {
			full = append(full, pt)
		} else {
			calm = append(calm, pt)
		}
		s := sums[c.Offered]
		sums[c.Offered] = sum{s.due + pt.x, s.achieved + pt.y, s.n + 1}
	}
	for _, s := range sums {
		line = append(line, xy{s.due / float64(s.n), s.achieved / float64(s.n)})
	}
	slices.SortFunc(line, func(a, b xy) int { return cmp.Compare(a.x, b.x) })
	return calm, full, line
}

// capacityWords is the rate of a style, or what can be said instead.
func capacityWords(c measure.Capacity) string {
	switch {
	case c.PerS.OK():
		return rate(c.PerS)
	case len(c.Repeats) > 0:
		return "≥ " + rate(c.AtLeast) + ", not reached"
	case c.AtLeast.OK():
		return "≥ " + rate(c.AtLeast) + ", not driven to its limit"
	}
	return "not measured"
}

// soughtCapacity says whether any cell was there to find a limit, or found one.
func (d *data) soughtCapacity() bool {
	for _, c := range d.results.Capacity {
		if len(c.Repeats) > 0 {
			return true
		}
	}
	return false
}

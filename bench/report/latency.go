package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// A view is one group of orders worth a panel: those of a scenario that ended in
// one way.
type view struct {
	scenario
	ending food.Ending
}

func (v view) title() string { return endings[v.ending].orders + ", " + v.words() }

// settled reads what the view is of.
func (v view) settled() reading { return settledAs(v.ending) }

// latencyViews chooses what the percentile plot shows: completed orders without
// refusals whose services take realistic times, and beside them those whose
// services take none, or what comes closest.
func (d *data) latencyViews() []view {
	scenarios := d.scenarios(record.KindUnloaded, record.KindRefused, record.KindCustom, record.KindLoaded)
	unlike := func(s scenario) int {
		if s.Settings == (record.Settings{ServiceTime: realistic}) {
			return -1
		}
		return 0
	}
	slices.SortStableFunc(scenarios, func(a, b scenario) int { return unlike(a) - unlike(b) })
	var calm, faulty []view
	for _, s := range scenarios {
		if len(s.Faults) == 0 {
			calm = append(calm, view{s, food.Completed})
		} else {
			faulty = append(faulty, lists.Map(food.Endings, func(e food.Ending) view { return view{s, e} })...)
		}
	}
	views := lists.Filter(append(calm, faulty...), func(v view) bool {
		return slices.ContainsFunc(d.styles(), func(style string) bool {
			all, _ := d.sample(style, v.Scenario, measure.Settled, v.ending)
			return all.Supports(0.5) && d.in(style, v.Scenario, v.settled()).N > 0
		})
	})
	return views[:min(len(views), 2)]
}

// latencyFigure draws percentiles by style.
func (d *data) latencyFigure() figure {
	views := d.latencyViews()
	if len(views) == 0 {
		return figure{Name: "latency", Title: "Latency percentiles by style",
			Missing: "no scenario has the 20 orders of one outcome that a median needs"}
	}
	f := figure{Name: "latency", Title: "How long an order takes: settled latency by percentile",
		How: "Further right are the slower orders: at 90 % nine in ten are at least this fast. Bold lines hold the orders of all repeats, thin ones those of a single repeat. " +
			"A line ends where fewer than ten orders lie beyond it.",
		Not: "The tail beyond the end of the lines, which would take more orders, and how latency moves with load: each panel has one rate.",
		Alt: d.latencyAlt(views)}
	var xs, ys plot.Span
	lines := lists.Map(views, d.percentileLines)
	for _, l := range slices.Concat(lines...) {
		last := l.points[len(l.points)-1]
		xs.Hold(last.X)
		ys.HoldY(l.points)
		if l.bold && math.IsInf(last.Y, 1) {
			f.Notes = []string{"A triangle on the upper edge: from that share on, orders are unsettled."}
		}
	}
	f.Notes = append(f.Notes, d.withoutLine(views)...)
	chart := plot.Panels{Tall: 210}
	for _, style := range d.styles() {
		l := d.look(style)
		chart.Legend = append(chart.Legend, plot.Entry{Label: style, Line: l.Line(1.8), Mark: l.Mark(3, false)})
	}
	x := plot.Axis{Label: "share of orders at least as fast, log scale of the rest",
		Min: 1, Max: max(xs.Hi*1.08, 10), Log: true, Ticks: plot.Nines()}
	for i, v := range views {
		panel := plot.Panel{Title: v.title(), X: x, Y: ys.Log(untilSettled, plot.Millis())}
		for _, l := range lines[i] {
			l.draw(&panel)
		}
		chart.Panels = append(chart.Panels, panel)
	}
	f.Chart = chart
	return f
}

// withoutLine lists which style has no line in which panel, and why.
func (d *data) withoutLine(views []view) (notes []string) {
	for _, v := range views {
		for _, style := range d.styles() {
			p, ran := d.pool(style, v.Scenario)
			q, of, why := v.settled().of(p), v.words(), "it was not run"
			if q.At("p50").OK() {
				continue
			}
			if ran {
				of, why = v.title(), q.Why("p50")
			}
			notes = append(notes, fmt.Sprintf("No line for %s in “%s”: %s.", style, of, why))
		}
	}
	return notes
}

func (d *data) latencyAlt(views []view) string {
	text := ""
	for _, v := range views {
		for _, style := range d.styles() {
			q := d.in(style, v.Scenario, v.settled())
			if !q.At("p50").OK() {
				continue
			}
			text += fmt.Sprintf("%s, %s: median %s", style, v.title(), millis(q.P50))
			if q.P90.OK() {
				text += fmt.Sprintf(", 90 %% within %s", millis(q.P90))
			}
			text += fmt.Sprintf(" (n = %d). ", q.N)
		}
	}
	return text
}

// A percentileLine is a sample of one style: a repeat, or in bold all of them.
type percentileLine struct {
	look   plot.Look
	points []plot.XY
	bold   bool
}

// percentileLines are those of all styles in a view. Samples that don't reach the
// median are too short a piece to be read.
func (d *data) percentileLines(v view) (lines []percentileLine) {
	for _, style := range d.styles() {
		all, each := d.sample(style, v.Scenario, measure.Settled, v.ending)
		for i, s := range append(each, all) {
			if s.Supports(0.5) {
				lines = append(lines, percentileLine{d.look(style), percentiles(s), i == len(each)})
			}
		}
	}
	return lines
}

// percentiles turns a sample into points (1/(1-q), latency), as far as the
// sample supports q. It leaves out points that would lie on each other.
func percentiles(s measure.Sample) (points []plot.XY) {
	last := math.Inf(-1)
	for i, ms := range s {
		q := float64(i+1) / float64(len(s))
		if !s.Supports(q) {
			break
		}
		x := 1 / (1 - q)
		if math.Log(x)-last > 0.003 || i == 0 {
			points, last = append(points, plot.XY{X: x, Y: ms}), math.Log(x)
		}
	}
	return points
}

// draw marks the line at the percentiles that the axis names, and at its end.
func (l percentileLine) draw(panel *plot.Panel) {
	points, unsettled := plot.Reached(l.points, panel.Y.Max)
	if !l.bold {
		panel.Add(plot.Curve{Points: points, Line: l.look.Thin()})
		return
	}
	marked := firstAt(points, []float64{2, 4, 10, 100, 1000, 10000}, func(pt plot.XY) float64 { return pt.X * (1 + 1e-9) })
	marked = append(marked, points[max(len(points)-1, 0):]...)
	panel.Add(plot.Curve{Points: points, Line: l.look.Line(1.8)}, plot.Dots{Points: marked, Mark: l.look.Mark(3, false)},
		plot.Dots{Points: unsettled[:min(len(unsettled), 1)], Mark: l.look.Never()})
}

// firstAt picks the points at which a line first comes to each of some levels, so
// that lines can be distinguished without colour.
func firstAt(points []plot.XY, levels []float64, height func(plot.XY) float64) (at []plot.XY) {
	for _, level := range levels {
		if pt, ok := lists.Find(points, func(pt plot.XY) bool { return height(pt) >= level }); ok {
			at = append(at, pt)
		}
	}
	return at
}

// latencyFindings report how long a usual order takes, for each kind of service
// time that is drawn.
func (d *data) latencyFindings() []finding {
	views := d.latencyViews()
	if len(views) == 0 {
		return []finding{{Topic: "Latency", Text: "No latency can be given: no scenario has the 20 orders of one outcome that a median needs."}}
	}
	if serviceTime(views[0].Settings) == serviceTime(views[len(views)-1].Settings) {
		views = []view{d.bestSupported(views)}
	}
	return lists.Map(views, d.latencyFinding)
}

func (d *data) latencyFinding(v view) finding {
	m := d.medians(v.scenario, v.settled())
	f := finding{Topic: "Latency, " + serviceTime(v.Settings), Basis: strings.Join(m.grounds, "; ")}
	f.Text = m.sentence("Half of the "+endings[v.ending].orders+" had settled after ", " ("+v.load()+").")
	if c, ok := d.comparison(v.settled().metric("p50"), v.Scenario); ok && len(m.unknown) == 0 {
		f.Text += " " + apart(c) + ratioWords(c)
	}
	return f
}

// apart is how far two styles are from each other, which a ratio does not: what
// an order takes besides is in both.
func apart(c measure.Comparison) string {
	if len(c.Of) != 2 {
		return ""
	}
	a, b := c.Values[c.Of[0]], c.Values[c.Of[1]]
	if !a.Finite() || !b.Finite() || a == b {
		return ""
	}
	return fmt.Sprintf("They are %s apart. ", millis(max(a, b)-min(a, b)))
}

// bestSupported prefers a view in which each repeat is large enough for a median of its
// own, so that the finding has a range.
func (d *data) bestSupported(views []view) view {
	for _, v := range views {
		if !slices.ContainsFunc(d.styles(), func(style string) bool {
			p, _ := d.pool(style, v.Scenario)
			return len(p.Spreads) == 0 || !p.Spreads[v.settled().metric("p50")].Lo.OK()
		}) {
			return v
		}
	}
	return views[0]
}

// medians are the values behind a sentence, and the styles that have none.
type medians struct{ values, unknown, grounds []string }

func (d *data) medians(s scenario, r reading) (m medians) {
	for _, style := range d.styles() {
		p, _ := d.pool(style, s.Scenario)
		q, claim := r.of(p), measure.ClaimOK
		if v := q.At("p50"); v.OK() {
			m.values = append(m.values, with(style, millis(v)))
		} else {
			m.unknown = append(m.unknown, fmt.Sprintf("%s (%s)", style, q.Why("p50")))
			claim = "unsupported (" + cmp.Or(q.Reasons["p50"], p.Claim, "no such order") + ")"
		}
		spread := spreadWords(p.Spreads[r.metric("p50")])
		m.grounds = append(m.grounds, fmt.Sprintf("%s: n = %s%s, claim: %s", style, grouped(q.N), spread, claim))
	}
	return m
}

// sentence puts the values into one, and adds which styles have none.
func (m medians) sentence(before, after string) string {
	var parts []string
	if len(m.values) > 0 {
		parts = append(parts, before+listing(m.values)+after)
	}
	if len(m.unknown) > 0 {
		parts = append(parts, "No median can be given for "+listing(m.unknown)+".")
	}
	return strings.Join(parts, " ")
}

// spreadWords writes the range of the repeats, where they are large enough.
func spreadWords(s measure.Spread) string {
	switch i := s.Interval; {
	case !s.Lo.OK() || len(s.Values) == 0:
		return ""
	case len(s.Values) == 1:
		return ", one repeat"
	case i != nil && i.Kind == "ci95":
		return fmt.Sprintf(", 95 %% interval of %d repeats %s to %s", i.N, millis(i.Lo), millis(i.Hi))
	}
	return fmt.Sprintf(", medians of %d repeats %s to %s", len(s.Values), millis(s.Lo), millis(s.Hi))
}

// ratioWords compares the styles, as carefully as the repeats allow.
func ratioWords(c measure.Comparison) string {
	return strings.Join(lists.Map(c.Of[1:], func(style string) string { return ratioSentence(c, style) }), " ")
}

// ratioSentence is about one style over the reference. Where several are compared
// it names both.
func ratioSentence(c measure.Comparison, style string) string {
	r, who, other, turn := c.Over(style), style, c.Of[0], three[measure.Num]
	if r.Ratio < 1 {
		who, other, turn = other, who, func(v measure.Num) string { return three(1 / v) }
	}
	about, than := "", ""
	if len(c.Of) > 2 {
		about, than = sentenceStart(style)+" and "+c.Of[0]+": ", " as "+other
	}
	if !r.Ratio.Finite() || r.Ratio <= 0 {
		return about + "No ratio can be given: " + r.Reasons["ratio"] + "."
	}
	longer := fmt.Sprintf("%s took %s times as long%s", who, turn(r.Ratio), than)
	i := r.Interval
	switch {
	case i == nil:
		return sentence(longer + ", taking all repeats together; a single repeat is too small for a ratio of its own, so there is no range")
	case i.N == 1:
		return sentence(longer + " in the only repeat, so there is no range")
	case r.Noise():
		return about + fmt.Sprintf("The difference can't be distinguished from noise: ratio %s to %s, the 95 %% interval of %d repeats.", three(i.Lo), three(i.Hi), i.N)
	case i.Kind != "ci95" && i.Lo <= 1 && i.Hi >= 1:
		return about + fmt.Sprintf("The repeats do not agree which is faster: ratio %s to %s in %d repeats.", three(i.Lo), three(i.Hi), i.N)
	}
	lo, hi := turn(i.Lo), turn(i.Hi)
	if r.Ratio < 1 {
		lo, hi = hi, lo
	}
	kind := "the range"
	if i.Kind == "ci95" {
		kind = "the 95 % interval"
	}
	return fmt.Sprintf("Repeat by repeat, %s in the median: %s of %d repeats is %s to %s.", longer, kind, i.N, lo, hi)
}

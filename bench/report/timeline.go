package report

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/food"
)

// timelineFigure draws one refused order as it went in every style, on one axis.
func (d *data) timelineFigure() (figure, string, error) {
	if len(d.styles()) == 0 {
		return figure{}, "the run has no cell", nil
	}
	order, cells := d.refusedOrder()
	if order == "" {
		return figure{}, "no order was charged, refused and undone in every style of a cell that was not cut short", nil
	}
	stories, err := d.stories(order, cells)
	if err != nil {
		return figure{}, "", err
	}
	var xs span
	for _, s := range stories {
		for _, m := range s.moments {
			xs.hold(m.at)
		}
	}
	lo, hi := xs.log()
	title := "One refused order, told by both styles"
	if len(stories) == 1 {
		title = "One refused order"
	}
	return figure{
		Name: "timeline", Title: title + ": " + order,
		art: timeline{stories, lo, hi},
		How: "Each line is one row of the ledger, at the time when it was safely written. The cross is the restaurant's or the courier's no. A triangle is an undo, and its arrow points at what it takes back. " +
			"In the grey stretch the customer has paid for an order that is already dead.",
		Not: "Who told whom: in the choreography the services heard of the no from each other, in the orchestration from the workflow. One order is an example; the percentiles are the evidence. " +
			"The axis is logarithmic: equal distances are equal factors.",
		Alt: storiesAlt(stories),
	}, "", nil
}

func storiesAlt(stories []story) string {
	var text []string
	for _, s := range stories {
		var parts []string
		for _, m := range s.moments {
			parts = append(parts, m.name()+" "+outcomeWord(m)+"at "+millis(measure.Num(m.at)))
		}
		text = append(text, s.style+": "+strings.Join(parts, ", "))
	}
	return strings.Join(text, ". ") + "."
}

func outcomeWord(m moment) string {
	if m.action != "" && m.outcome != string(food.Done) {
		return m.outcome + " "
	}
	return ""
}

// timeline is the drawing: a block per style, a line per moment, one axis.
type timeline struct {
	stories []story
	lo, hi  float64
}

const (
	momentPitch = vg.Length(15)
	blockHead   = vg.Length(20)
	axisHeight  = vg.Length(30)
)

func (t timeline) height(l layout) vg.Length {
	h := axisHeight
	for _, s := range t.stories {
		h += blockHead + vg.Length(len(s.moments))*momentPitch + 6
	}
	return h
}

func (t timeline) draw(c draw.Canvas, l layout) {
	brief := l.columns == 1
	names, notes := t.rooms(brief)
	left, right := c.Min.X+names+10, c.Max.X-notes-12
	x := func(ms float64) vg.Length {
		ms = min(max(ms, t.lo), t.hi)
		return left + (right-left)*vg.Length(math.Log(ms/t.lo)/math.Log(t.hi/t.lo))
	}
	y := c.Max.Y
	for _, s := range t.stories {
		c.FillText(words(headSize, lookOf(s.style).color, true), vg.Point{X: c.Min.X, Y: y - blockHead + 7}, s.heading(brief))
		y -= blockHead
		block{s, x, t, c.Max.X, y, brief}.draw(c)
		y -= vg.Length(len(s.moments))*momentPitch + 6
	}
	t.axis(c, x, y)
}

// rooms is the width of the longest name, left of the axis, and of the longest
// time, right of it.
func (t timeline) rooms(brief bool) (names, notes vg.Length) {
	for _, s := range t.stories {
		for _, m := range s.moments {
			names = max(names, words(textSize, ink, false).Width(m.name()))
			notes = max(notes, words(tickSize, ink, false).Width(m.note(brief)))
		}
	}
	return names, notes
}

// axis draws the common axis below the last block.
func (t timeline) axis(c draw.Canvas, x func(float64) vg.Length, y vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.6}, x(t.lo), y, x(t.hi), y)
	for _, tick := range thinned(milliTicks(t.lo, t.hi), x) {
		c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.6}, x(tick.Value), y, x(tick.Value), y-3)
		c.FillText(centered(words(tickSize, soft, false)), vg.Point{X: x(tick.Value), Y: y - 12}, tick.Label)
	}
	c.FillText(centered(words(tickSize, soft, false)), vg.Point{X: (x(t.lo) + x(t.hi)) / 2, Y: y - 25}, "since the order was due, log scale")
}

// A block is one story, with its top at y.
type block struct {
	story
	x     func(float64) vg.Length
	of    timeline
	right vg.Length
	top   vg.Length
	brief bool
}

func (b block) lineOf(i int) vg.Length { return b.top - (vg.Length(i)+0.5)*momentPitch }

func (b block) draw(c draw.Canvas) {
	bottom := b.top - vg.Length(len(b.moments))*momentPitch
	if from, to, ok := b.dead(); ok {
		fillRect(c, shade, vg.Rectangle{Min: vg.Point{X: b.x(from), Y: bottom}, Max: vg.Point{X: b.x(to), Y: b.top}})
	}
	light := draw.LineStyle{Color: grid, Width: 0.7}
	for _, tick := range milliTicks(b.of.lo, b.of.hi) {
		if !tick.IsMinor() {
			c.StrokeLine2(light, b.x(tick.Value), bottom, b.x(tick.Value), b.top)
		}
	}
	for i, m := range b.moments {
		y := b.lineOf(i)
		c.FillText(words(textSize, ink, false), vg.Point{X: c.Min.X, Y: y - 3}, m.name())
		c.StrokeLine2(light, b.x(b.of.lo), y, b.x(m.at), y)
	}
	for i, m := range b.moments {
		if m.undoing() {
			b.arrow(c, i)
		}
	}
	for i, m := range b.moments {
		at := vg.Point{X: b.x(m.at), Y: b.lineOf(i)}
		c.DrawGlyphNoClip(b.glyph(m), at)
		c.FillText(words(tickSize, ink, false), vg.Point{X: at.X + 8, Y: at.Y - 3}, m.note(b.brief))
	}
}

// glyph marks what a customer is told with an outline and what is done to the
// world with a solid marker.
func (b block) glyph(m moment) draw.GlyphStyle {
	g := lookOf(b.style).mark(3.2, m.telling())
	switch {
	case m.action != "" && m.outcome != string(food.Done):
		g = draw.GlyphStyle{Color: danger, Radius: 4.2, Shape: marker{shape: cross}}
	case m.undoing():
		g.Shape, g.Radius = marker{shape: back}, 4
	}
	return g
}

// arrow leads from an undo along its line to below what it undoes, and up to it.
func (b block) arrow(c draw.Canvas, undo int) {
	m := b.moments[undo]
	for i, done := range b.moments {
		if done.action != m.action.Undoes() || done.outcome != string(food.Done) {
			continue
		}
		from, to := vg.Point{X: b.x(m.at), Y: b.lineOf(undo)}, vg.Point{X: b.x(done.at), Y: b.lineOf(i)}
		tip := to.Y - 4.5
		clr := lookOf(b.style).color
		c.StrokeLines(draw.LineStyle{Color: clr, Width: 1}, []vg.Point{from, {X: to.X, Y: from.Y}, {X: to.X, Y: tip - 4}})
		c.FillPolygon(clr, []vg.Point{{X: to.X, Y: tip}, {X: to.X - 2.6, Y: tip - 5}, {X: to.X + 2.6, Y: tip - 5}})
	}
}

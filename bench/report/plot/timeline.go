package plot

import (
	"math"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Timeline draws courses of events: a block for each, in it a line for each
// moment, and one logarithmic axis below all of them.
type Timeline struct {
	Blocks []Block
	Axis   Axis
}

// A Block is one course of events.
type Block struct {
	Title, More string // More is left out of a narrow layout
	Look        Look
	Moments     []Moment
	From, To    float64 // a stretch that is shaded, if there is one
}

// A Moment has its name on the left, and a note beside its mark.
type Moment struct {
	Name       string
	Note, More string // More is left out of a narrow layout
	At         float64
	Mark       Mark
	Undoes     []int // arrows lead to these moments of the block
}

const (
	momentPitch = Length(15)
	blockHead   = Length(20)
	axisHeight  = Length(30)
)

func (b Block) height() Length { return Length(len(b.Moments)) * momentPitch }

func (t Timeline) height(Layout) Length {
	h := axisHeight
	for _, b := range t.Blocks {
		h += blockHead + b.height() + 6
	}
	return h
}

func (t Timeline) draw(c draw.Canvas, l Layout) {
	in := frame{Canvas: c, axis: t.Axis, brief: l == Narrow}
	names, notes := in.rooms(t.Blocks)
	in.left, in.right = c.Min.X+names+10, c.Max.X-notes-12
	y := c.Max.Y
	for _, b := range t.Blocks {
		write(c, words(headSize, b.Look.Color, true), c.Min.X, y-blockHead+7, in.text(b.Title, b.More))
		y -= blockHead
		in.block(b, y)
		y -= b.height() + 6
	}
	in.drawAxis(y)
}

// A frame is a canvas with the axis on it that all blocks share.
type frame struct {
	draw.Canvas
	axis        Axis
	left, right Length
	brief       bool
}

func (f frame) x(v float64) Length {
	v = min(max(v, f.axis.Min), f.axis.Max)
	return f.left + (f.right-f.left)*Length(math.Log(v/f.axis.Min)/math.Log(f.axis.Max/f.axis.Min))
}

func (f frame) text(short, more string) string {
	if f.brief {
		return short
	}
	return short + more
}

func (f frame) ticks() []gonum.Tick { return f.axis.Ticks.Ticks(f.axis.Min, f.axis.Max) }

// rooms is the width of the longest name, left of the axis, and of the longest
// note, right of it.
func (f frame) rooms(blocks []Block) (names, notes Length) {
	for _, b := range blocks {
		for _, m := range b.Moments {
			names = max(names, words(textSize, Ink, false).Width(m.Name))
			notes = max(notes, words(tickSize, Ink, false).Width(f.text(m.Note, m.More)))
		}
	}
	return names, notes
}

// drawAxis draws the common axis below the last block.
func (f frame) drawAxis(y Length) {
	soft := centered(words(tickSize, Soft, false))
	f.StrokeLine2(hairline, f.left, y, f.right, y)
	for _, tick := range thinned(f.ticks(), f.x) {
		f.StrokeLine2(hairline, f.x(tick.Value), y, f.x(tick.Value), y-3)
		write(f.Canvas, soft, f.x(tick.Value), y-12, tick.Label)
	}
	write(f.Canvas, soft, (f.left+f.right)/2, y-25, f.axis.Label)
}

// block draws one course of events, with its top at the given height: what lies
// behind, the lines, the arrows, and the marks over all of them.
func (f frame) block(b Block, top Length) {
	line := func(i int) Length { return top - (Length(i)+0.5)*momentPitch }
	bottom := top - b.height()
	if b.To > b.From {
		fill(f.Canvas, shade, f.x(b.From), bottom, f.x(b.To), top)
	}
	for _, tick := range f.ticks() {
		if !tick.IsMinor() {
			f.StrokeLine2(light, f.x(tick.Value), bottom, f.x(tick.Value), top)
		}
	}
	for i, m := range b.Moments {
		write(f.Canvas, words(textSize, Ink, false), f.Min.X, line(i)-3, m.Name)
		f.StrokeLine2(light, f.left, line(i), f.x(m.At), line(i))
	}
	for i, m := range b.Moments {
		for _, done := range m.Undoes {
			f.arrow(b.Look, f.x(m.At), line(i), f.x(b.Moments[done].At), line(done)-4.5)
		}
	}
	for i, m := range b.Moments {
		m.Mark.draw(f.Canvas, f.x(m.At), line(i))
		write(f.Canvas, words(tickSize, Ink, false), f.x(m.At)+8, line(i)-3, f.text(m.Note, m.More))
	}
}

// arrow leads from a moment along its line to below another one, and up to it.
func (f frame) arrow(l Look, x, y, tipX, tipY Length) {
	f.StrokeLines(l.Solid(1), []vg.Point{{X: x, Y: y}, {X: tipX, Y: y}, {X: tipX, Y: tipY - 4}})
	f.FillPolygon(l.Color, []vg.Point{{X: tipX, Y: tipY}, {X: tipX - 2.6, Y: tipY - 5}, {X: tipX + 2.6, Y: tipY - 5}})
}

// Package plot draws the figures of a report. It knows nothing of runs: it is
// given numbers, names and looks, and makes SVG and PNG of them.
//
// There are five charts: [Panels] of curves and dots, a [Timeline], a [Grid] of
// small panels, stacked [Bars], and [Steps] with what follows from them. Each draws itself in two layouts, for a desk
// and for a phone, with texts of one size. Everything is deterministic: the same
// chart is the same file to the byte.
package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Length is in points.
type Length = vg.Length

// A Layout is a width to draw in: panels side by side for a desk, or one below the
// other for a phone.
type Layout struct {
	width   Length
	columns int
}

// The two layouts.
var (
	Wide   = Layout{8.8 * vg.Inch, 2}
	Narrow = Layout{3.7 * vg.Inch, 1}
)

const margin = Length(4)

// inner is the width between the margins.
func (l Layout) inner() Length { return l.width - 2*margin }

// RGB is an opaque colour, such as 0x0072B2.
func RGB(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

// Colours of every drawing. The looks of what is drawn are the caller's.
var (
	Ink    = RGB(0x1F2933)
	Soft   = RGB(0x5B6675)
	Rule   = RGB(0xA8B1BC)
	Danger = RGB(0xB00020)
	grid   = RGB(0xE6E9ED)
	paper  = RGB(0xFFFFFF)
	shade  = Look{Color: RGB(0x6B7280)}.Pale(0x2E).Color

	hairline = Line{Color: Rule, Width: 0.6}
	light    = Line{Color: grid, Width: 0.7}
)

// A Look is how one thing is drawn wherever it occurs. Its dashes and its shape
// show in a grey print what its colour shows.
type Look struct {
	Color  color.NRGBA
	Dashes []Length
	Shape  Shape
}

// A Line is how a line is drawn. Without a width it is none.
type Line = draw.LineStyle

// Line is in the look's colour and dashes.
func (l Look) Line(width Length) Line { return Line{Color: l.Color, Width: width, Dashes: l.Dashes} }

// Solid is for lines with steps, which make dashes ragged.
func (l Look) Solid(width Length) Line { return Line{Color: l.Color, Width: width} }

// Thin is for what stands behind the bold lines.
func (l Look) Thin() Line { return l.Pale(0x66).Solid(0.7) }

// Mark is in the look's colour and shape, filled or as an outline on white.
func (l Look) Mark(radius Length, hollow bool) Mark { return Mark{l.Color, radius, l.Shape, hollow} }

// Never marks what never happened, on the upper edge of a plot.
func (l Look) Never() Mark { return Mark{Color: l.Color, Radius: 5, Shape: Wedge} }

// Pale is the look, as far through as alpha allows.
func (l Look) Pale(alpha uint8) Look {
	l.Color.A = alpha
	return l
}

// A Shape of a mark.
type Shape int

const (
	Disc Shape = iota
	Box
	Wedge // a triangle that points up
	Diamond
	Pillar
	Back // a triangle that points left
	Cross
)

// A Mark is drawn at a point. Without a radius it is none.
type Mark struct {
	Color  color.NRGBA
	Radius Length
	Shape  Shape
	Hollow bool
}

// draw is not clipped: a mark on the edge is drawn whole.
func (m Mark) draw(c draw.Canvas, x, y Length) {
	path := m.outline(vg.Point{X: x, Y: y})
	c.SetColor(m.Color)
	switch {
	case m.Shape == Cross:
		c.SetLineStyle(Line{Color: m.Color, Width: m.Radius / 1.8})
		c.Stroke(path)
	case m.Hollow:
		c.SetColor(paper)
		c.Fill(path)
		c.SetLineStyle(Line{Color: m.Color, Width: 1.1})
		c.Stroke(path)
	default:
		c.Fill(path)
	}
}

// outlines are those of the shapes with corners, for a radius of one. The cross
// is two strokes.
var outlines = map[Shape][][]vg.Point{
	Box:     {{{X: -0.9, Y: -0.9}, {X: 0.9, Y: -0.9}, {X: 0.9, Y: 0.9}, {X: -0.9, Y: 0.9}}},
	Wedge:   {{{X: -1, Y: -0.8}, {X: 1, Y: -0.8}, {Y: 1}}},
	Diamond: {{{X: -1}, {Y: -1}, {X: 1}, {Y: 1}}},
	Pillar:  {{{X: -0.5, Y: -1}, {X: 0.5, Y: -1}, {X: 0.5, Y: 1}, {X: -0.5, Y: 1}}},
	Back:    {{{X: 0.8, Y: -1}, {X: 0.8, Y: 1}, {X: -1}}},
	Cross:   {{{X: -0.8, Y: -0.8}, {X: 0.8, Y: 0.8}}, {{X: -0.8, Y: 0.8}, {X: 0.8, Y: -0.8}}},
}

func (m Mark) outline(at vg.Point) (p vg.Path) {
	if m.Shape == Disc {
		p.Move(at.Add(vg.Point{X: m.Radius}))
		p.Arc(at, m.Radius, 0, 2*math.Pi)
		p.Close()
	}
	for _, stroke := range outlines[m.Shape] {
		p.Move(at.Add(stroke[0].Scale(m.Radius)))
		for _, corner := range stroke[1:] {
			p.Line(at.Add(corner.Scale(m.Radius)))
		}
		if len(stroke) > 2 {
			p.Close()
		}
	}
	return p
}

// fill covers the rectangle between two corners.
func fill(c draw.Canvas, clr color.Color, x0, y0, x1, y1 Length) {
	c.SetColor(clr)
	c.Fill(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}.Path())
}

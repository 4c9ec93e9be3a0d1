package plot

import (
	"math"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The things drawn inside a panel. Unlike the library's own they don't move the
// axes, because every axis here is set on purpose, the same for all that is
// compared.

// XY is a point in the units of the axes.
type XY struct{ X, Y float64 }

// Reached parts what happened from what never did, whose height is infinite. That
// goes to the upper edge of a panel, with a mark of its own: no line may suggest a
// time for it.
func Reached(points []XY, top float64) (finite, infinite []XY) {
	for _, pt := range points {
		if math.IsInf(pt.Y, 1) {
			infinite = append(infinite, XY{pt.X, top})
		} else {
			finite = append(finite, pt)
		}
	}
	return finite, infinite
}

// gridlines are light and horizontal, at the labelled ticks.
type gridlines struct{}

func (gridlines) Plot(c draw.Canvas, p *gonum.Plot) {
	_, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if !t.IsMinor() {
			c.StrokeLine2(light, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
	}
}

// A Curve joins points, as straight lines or as steps (along first, then up).
type Curve struct {
	Points []XY
	Line   Line
	Steps  bool
}

// Plot implements the library's Plotter.
func (l Curve) Plot(c draw.Canvas, p *gonum.Plot) {
	x, y := p.Transforms(&c)
	var line []vg.Point
	for i, pt := range l.Points {
		if l.Steps && i > 0 {
			line = append(line, vg.Point{X: x(pt.X), Y: y(l.Points[i-1].Y)})
		}
		line = append(line, vg.Point{X: x(pt.X), Y: y(pt.Y)})
	}
	if len(line) > 1 {
		c.StrokeLines(l.Line, c.ClipLinesXY(line)...)
	}
}

// Dots are single points. They are drawn whole even on the edge of the panel.
type Dots struct {
	Points []XY
	Mark   Mark
}

// Plot implements the library's Plotter.
func (d Dots) Plot(c draw.Canvas, p *gonum.Plot) {
	x, y := p.Transforms(&c)
	for _, pt := range d.Points {
		d.Mark.draw(c, x(pt.X), y(pt.Y))
	}
}

// A Band shades a stretch of the x axis and names it at the top.
type Band struct {
	From, To float64
	Label    string
}

// Plot implements the library's Plotter.
func (b Band) Plot(c draw.Canvas, p *gonum.Plot) {
	x, _ := p.Transforms(&c)
	l, r := max(x(b.From), c.Min.X), min(x(b.To), c.Max.X)
	if r <= l {
		return
	}
	fill(c, shade, l, c.Min.Y, r, c.Max.Y)
	write(c, centered(words(tickSize, Ink, false)), (l+r)/2, c.Max.Y-10, b.Label)
}

// A Bracket stands on the x axis, with a mark on it. An end at zero is open.
type Bracket struct {
	Lo, Hi float64
	Look   Look
}

// Plot implements the library's Plotter.
func (b Bracket) Plot(c draw.Canvas, p *gonum.Plot) {
	const rise = Length(5)
	x, _ := p.Transforms(&c)
	y := c.Min.Y + rise
	line := b.Look.Solid(1.6)
	end := func(v float64, open Length) Length {
		if v == 0 {
			return open
		}
		at := x(min(max(v, p.X.Min), p.X.Max))
		c.StrokeLine2(line, at, y-rise+1, at, y+rise-1)
		return at
	}
	left, right := end(b.Lo, c.Min.X), end(b.Hi, c.Max.X)
	c.StrokeLine2(line, left, y, right, y)
	b.Look.Mark(2.6, false).draw(c, (left+right)/2, y)
}

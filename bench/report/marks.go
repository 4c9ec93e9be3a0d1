package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The things drawn inside a plot. Unlike the library's own they don't move the
// axes, because every axis here is set on purpose, the same for both styles.

type xy struct{ x, y float64 }

// gridlines are light and horizontal, at the labelled ticks.
type gridlines struct{}

func (gridlines) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if t.IsMinor() {
			continue
		}
		c.StrokeLine2(draw.LineStyle{Color: grid, Width: 0.7}, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
	}
}

// A curve joins points, as straight lines or as steps (along first, then up).
type curve struct {
	points []xy
	style  draw.LineStyle
	steps  bool
}

func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var line []vg.Point
	for i, pt := range l.points {
		if l.steps && i > 0 {
			line = append(line, vg.Point{X: x(pt.x), Y: y(l.points[i-1].y)})
		}
		line = append(line, vg.Point{X: x(pt.x), Y: y(pt.y)})
	}
	if len(line) > 1 {
		c.StrokeLines(l.style, c.ClipLinesXY(line)...)
	}
}

// dots are single points. They are drawn whole even on the edge of the plot.
type dots struct {
	points []xy
	style  draw.GlyphStyle
}

func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, pt := range d.points {
		c.DrawGlyphNoClip(d.style, vg.Point{X: x(pt.x), Y: y(pt.y)})
	}
}

// A band shades a stretch of the x axis and names it at the top.
type band struct {
	from, to float64
	label    string
}

func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	l, r := max(x(b.from), c.Min.X), min(x(b.to), c.Max.X)
	if r <= l {
		return
	}
	fillRect(c, shade, vg.Rectangle{Min: vg.Point{X: l, Y: c.Min.Y}, Max: vg.Point{X: r, Y: c.Max.Y}})
	c.FillText(centered(words(tickSize, ink, false)), vg.Point{X: (l + r) / 2, Y: c.Max.Y - 10}, b.label)
}

func fillRect(c draw.Canvas, clr color.Color, r vg.Rectangle) {
	c.SetColor(clr)
	c.Fill(r.Path())
}

// columnsOf returns the coordinates of points, for a span to hold.
func columnsOf(points []xy) (xs, ys []float64) {
	for _, pt := range points {
		xs, ys = append(xs, pt.x), append(ys, pt.y)
	}
	return xs, ys
}

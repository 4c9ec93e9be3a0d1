package report

import (
	"image/color"
	"math"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sagabench/sagabench/food"
)

// The look of every plot is decided in this file.

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

func pale(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

var (
	ink    = rgb(0x1F2933)
	soft   = rgb(0x5B6675)
	rule   = rgb(0xA8B1BC)
	grid   = rgb(0xE6E9ED)
	paper  = rgb(0xFFFFFF)
	danger = rgb(0xB00020)
	shade  = pale(rgb(0x6B7280), 0x2E)
)

// A look is how a style is drawn. Colours are Okabe and Ito's, which colour-blind
// readers can tell apart; dashes and markers say the same in a grey print.
type look struct {
	color  color.NRGBA
	dashes []vg.Length
	shape  shape
}

var looks = map[string]look{
	choreography:  {color: rgb(0x0072B2), shape: disc},
	orchestration: {color: rgb(0xD55E00), shape: box, dashes: []vg.Length{7, 3}},
	baseline:      {color: rgb(0x6B7280), shape: wedge, dashes: []vg.Length{1.5, 2.5}},
}

func lookOf(style string) look {
	if l, ok := looks[style]; ok {
		return l
	}
	return looks[baseline]
}

func (l look) line(width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: width, Dashes: l.dashes}
}

// solid is for lines with steps, which make dashes ragged.
func (l look) solid(width vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: width}
}

func (l look) thin() draw.LineStyle {
	return draw.LineStyle{Color: pale(l.color, 0x66), Width: 0.7}
}

func (l look) mark(radius vg.Length, hollow bool) draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.color, Radius: radius, Shape: marker{l.shape, hollow}}
}

// never marks what never happened, on the upper edge of a plot.
func (l look) never() draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.color, Radius: 5, Shape: marker{shape: wedge}}
}

// Colours of outcomes go from light to dark, so that a grey print keeps them
// apart.
var endingColors = map[food.Ending]color.NRGBA{
	food.Completed:        rgb(0xD6E8DC),
	food.PaymentDeclined:  rgb(0xEFC56A),
	food.RestaurantFailed: rgb(0x6FA8C9),
	food.NoPartner:        rgb(0x7D5BA6),
}

var stuckColor = ink

// A shape of a marker.
type shape int

const (
	disc shape = iota
	box
	wedge // a triangle that points up
	back  // a triangle that points left: an undo
	cross // a refusal
)

// A marker draws a shape, filled or as an outline on white.
type marker struct {
	shape  shape
	hollow bool
}

// DrawGlyph implements draw.GlyphDrawer.
func (m marker) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	path := m.outline(at, sty.Radius)
	if m.shape == cross {
		c.SetLineStyle(draw.LineStyle{Color: sty.Color, Width: sty.Radius / 1.8})
		c.Stroke(path)
		return
	}
	if !m.hollow {
		c.Fill(path)
		return
	}
	c.SetColor(paper)
	c.Fill(path)
	c.SetLineStyle(draw.LineStyle{Color: sty.Color, Width: 1.1})
	c.Stroke(path)
}

func (m marker) outline(at vg.Point, r vg.Length) vg.Path {
	var p vg.Path
	polygon := func(points ...vg.Point) {
		p.Move(at.Add(points[0]))
		for _, pt := range points[1:] {
			p.Line(at.Add(pt))
		}
		p.Close()
	}
	switch m.shape {
	case box:
		s := r * 0.9
		polygon(vg.Point{X: -s, Y: -s}, vg.Point{X: s, Y: -s}, vg.Point{X: s, Y: s}, vg.Point{X: -s, Y: s})
	case wedge:
		polygon(vg.Point{X: -r, Y: -r * 0.8}, vg.Point{X: r, Y: -r * 0.8}, vg.Point{Y: r})
	case back:
		polygon(vg.Point{X: r * 0.8, Y: -r}, vg.Point{X: r * 0.8, Y: r}, vg.Point{X: -r})
	case cross:
		s := r * 0.8
		p.Move(at.Add(vg.Point{X: -s, Y: -s}))
		p.Line(at.Add(vg.Point{X: s, Y: s}))
		p.Move(at.Add(vg.Point{X: -s, Y: s}))
		p.Line(at.Add(vg.Point{X: s, Y: -s}))
	default:
		p.Move(at.Add(vg.Point{X: r}))
		p.Arc(at, r, 0, 2*math.Pi)
		p.Close()
	}
	return p
}

// Sizes of text, in points. They are the same on every plot.
const (
	titleSize  = 11
	headSize   = 9.5
	textSize   = 9
	tickSize   = 8.5
	lineHeight = vg.Length(13)
)

// typeface is sans serif, and comes with the plotting library: a PNG needs no
// font of the machine.
var typeface = font.Font{Typeface: "Liberation", Variant: "Sans"}

// words is a text style. The zero alignment is left and on the baseline.
func words(size float64, c color.Color, bold bool) draw.TextStyle {
	f := font.From(typeface, vg.Length(size))
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: plot.DefaultTextHandler}
}

func centered(s draw.TextStyle) draw.TextStyle {
	s.XAlign = draw.XCenter
	return s
}

// newPanel is an empty plot in the report's look: thin axes, a light grid, no
// frame.
func newPanel(title string, x, y axis) panel {
	p := plot.New()
	p.BackgroundColor = nil
	x.apply(&p.X)
	y.apply(&p.Y)
	p.Add(gridlines{})
	return panel{Plot: p, title: title, x: x.label, y: y.label, ticks: x.ticks}
}

// An axis says what is along it and from where to where.
type axis struct {
	label    string
	min, max float64
	log      bool
	ticks    plot.Ticker
}

// apply sets everything but the label. The library centres a label in the middle
// of the values, which on a logarithmic axis is far off, and pads the plot for it.
func (a axis) apply(to *plot.Axis) {
	to.Tick.Label.Font = words(tickSize, ink, false).Font
	to.Tick.Label.Color = soft
	to.Tick.Length = 3
	to.Tick.LineStyle = draw.LineStyle{Color: rule, Width: 0.6}
	to.LineStyle = draw.LineStyle{Color: rule, Width: 0.6}
	to.Padding = 2
	to.Min, to.Max = a.min, a.max
	to.Tick.Marker = a.ticks
	if a.log {
		to.Scale = plot.LogScale{}
	}
}

package report

import (
	"bytes"
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A figure is one plot of the report with all that belongs to it. SVG and PNG
// come from the same drawing.
type figure struct {
	Name  string // of its files
	Title string // in the picture
	How   string // how to read it
	Not   string // what it does not show
	Alt   string // what a reader who can't see it has to know
	Notes []string
	art   art
}

// art draws itself in any width.
type art interface {
	height(l layout) vg.Length
	draw(c draw.Canvas, l layout)
}

// A layout is a width to draw in. The page carries each figure in two: side by
// side for a desk, one below the other for a phone.
type layout struct {
	width   vg.Length
	columns int
}

var (
	wide   = layout{width: 8.8 * vg.Inch, columns: 2}
	narrow = layout{width: 3.7 * vg.Inch, columns: 1}
)

const (
	pngDPI = 128
	margin = vg.Length(4)
)

// draw puts title and art on a canvas of the layout's width.
func (f figure) draw(c draw.Canvas, l layout) {
	fillRect(c, paper, c.Rectangle)
	c = draw.Crop(c, margin, -margin, margin, -margin)
	top := c.Max.Y
	for _, line := range wrap(f.Title, words(titleSize, ink, true), c.Max.X-c.Min.X) {
		top -= lineHeight
		c.FillText(words(titleSize, ink, true), vg.Point{X: c.Min.X, Y: top + 2}, line)
	}
	c.Max.Y = top - 4
	f.art.draw(c, l)
}

func (f figure) size(l layout) (w, h vg.Length) {
	lines := len(wrap(f.Title, words(titleSize, ink, true), l.width-2*margin))
	return l.width, f.art.height(l) + 2*margin + 4 + vg.Length(lines)*lineHeight
}

// SVG draws the figure as a file of its own.
func (f figure) SVG(l layout) ([]byte, error) {
	w, h := f.size(l)
	canvas := vgsvg.New(w, h)
	f.draw(draw.New(canvas), l)
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("plot %s: %w", f.Name, err)
	}
	return fitText(buf.Bytes()), nil
}

// PNG draws it for places that take no SVG.
func (f figure) PNG() ([]byte, error) {
	w, h := f.size(wide)
	canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(pngDPI))}
	f.draw(draw.New(canvas), wide)
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("plot %s: %w", f.Name, err)
	}
	return buf.Bytes(), nil
}

// panels are plots beside or below each other, with one legend for all of them,
// outside the data. A pile of them has the same horizontal axis, and so the same
// edges.
type panels struct {
	legend []entry
	plots  []panel
	tall   vg.Length // of one panel
	piled  int       // how many panels make a pile, from the top; 0 is one
}

// A panel is a plot with its title above it and the name of its vertical axis,
// written so that it can be read without turning the head.
type panel struct {
	*plot.Plot
	title string
	x, y  string
	ticks plot.Ticker // of the horizontal axis, all of them
}

const gutter = vg.Length(20)

func (p panels) grid(l layout) (columns, rows int) {
	piles := len(p.plots) / p.pile()
	columns = min(l.columns, piles)
	return columns, (piles + columns - 1) / columns * p.pile()
}

func (p panels) pile() int { return max(p.piled, 1) }

func (p panels) height(l layout) vg.Length {
	_, rows := p.grid(l)
	return legendHeight(p.legend, l.width-2*margin) + vg.Length(rows)*(p.tall+gutter)
}

func (p panels) draw(c draw.Canvas, l layout) {
	c.Max.Y -= drawLegend(c, p.legend)
	columns, rows := p.grid(l)
	w := (c.Max.X - c.Min.X - gutter*vg.Length(columns-1)) / vg.Length(columns)
	h := (c.Max.Y - c.Min.Y) / vg.Length(rows)
	heads := 0
	for _, panel := range p.plots {
		heads = max(heads, panel.headLines(w))
	}
	for i := range p.plots {
		pile, row := i/p.pile(), i%p.pile()
		x := c.Min.X + vg.Length(pile%columns)*(w+gutter)
		y := c.Max.Y - vg.Length(pile/columns*p.pile()+row)*h
		cell := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: x, Y: y - h + 8}, Max: vg.Point{X: x + w, Y: y},
		}}
		p.plots[i].draw(cell, heads, p.plots[i-row:i-row+p.pile()])
	}
}

// headLines is how many lines a panel's title takes.
func (p panel) headLines(width vg.Length) int {
	if p.title == "" {
		return 0
	}
	return len(wrap(p.title, words(headSize, ink, true), width))
}

// draw leaves room for a title of the given lines, so that the axes of
// neighbours stay level, and for the widest labels of its pile.
func (p panel) draw(c draw.Canvas, heads int, pile []panel) {
	top := c.Max.Y
	write := func(style draw.TextStyle, text string) {
		for _, line := range wrap(text, style, c.Max.X-c.Min.X) {
			top -= lineHeight
			c.FillText(style, vg.Point{X: c.Min.X, Y: top + 3}, line)
		}
	}
	if p.title != "" {
		write(words(headSize, ink, true), p.title)
	}
	top = c.Max.Y - vg.Length(heads)*lineHeight
	if p.y != "" {
		write(words(tickSize, soft, false), p.y)
	}
	c.FillText(centered(words(tickSize, soft, false)), vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Min.Y}, p.x)
	for _, other := range pile {
		other.thin(c.Max.X - c.Min.X)
	}
	inner := draw.Crop(c, 0, -4, lineHeight, top-c.Max.Y-6)
	left, right := p.edges(inner)
	l, r := left, right
	for _, other := range pile {
		ol, or := other.edges(inner)
		l, r = max(l, ol), max(r, or)
	}
	p.Draw(draw.Crop(inner, l-left, right-r, 0, 0))
}

// edges is the room that a panel's labels take beside its data.
func (p panel) edges(c draw.Canvas) (left, right vg.Length) {
	inner := p.DataCanvas(c)
	return inner.Min.X - c.Min.X, c.Max.X - inner.Max.X
}

// thin drops labels of the horizontal axis that have no room in a panel of the
// given width.
func (p panel) thin(width vg.Length) {
	const beside = 45 // the labels of the vertical axis, at least
	p.X.Tick.Marker = plot.TickerFunc(func(lo, hi float64) []plot.Tick {
		return thinned(p.ticks.Ticks(lo, hi), func(v float64) vg.Length { return vg.Length(p.X.Norm(v)) * (width - beside) })
	})
}

// fit shortens text that is too long for one line.
func fit(text string, style draw.TextStyle, width vg.Length) string {
	short := []rune(text)
	for len(short) > 1 && style.Width(string(short)+"…") > width {
		short = short[:len(short)-1]
	}
	if string(short) == text || style.Width(text) <= width {
		return text
	}
	return string(short) + "…"
}

// wrap breaks text into lines that fit.
func wrap(text string, style draw.TextStyle, width vg.Length) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		next := line + " " + word
		if line == "" {
			next = word
		}
		if line != "" && style.Width(next) > width {
			lines, next = append(lines, line), word
		}
		line = next
	}
	return append(lines, line)
}

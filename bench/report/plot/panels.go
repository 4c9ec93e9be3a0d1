package plot

import (
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Panels are beside or below each other, with one legend for all of them, outside
// the data. A pile of them has the same horizontal axis, and so the same edges.
type Panels struct {
	Legend []Entry
	Panels []Panel
	Tall   Length // of one panel
	Piled  int    // how many panels make a pile, from the top; 0 is one
}

// A Panel has its title above it and the name of its vertical axis, written so
// that it can be read without turning the head. It has thin axes, a light grid and
// no frame.
type Panel struct {
	Title string
	X, Y  Axis
	Draws []gonum.Plotter // curves, dots, bands and brackets, one over the other
}

// Add draws over what is there.
func (p *Panel) Add(things ...gonum.Plotter) { p.Draws = append(p.Draws, things...) }

const gutter = Length(20)

func (p Panels) grid(l Layout) (columns, rows int) {
	piles := len(p.Panels) / p.pile()
	columns = min(l.columns, piles)
	return columns, (piles + columns - 1) / columns * p.pile()
}

func (p Panels) pile() int { return max(p.Piled, 1) }

func (p Panels) height(l Layout) Length {
	_, rows := p.grid(l)
	return legendHeight(p.Legend, l) + Length(rows)*(p.Tall+gutter)
}

func (p Panels) draw(c draw.Canvas, l Layout) {
	c.Max.Y -= drawLegend(c, p.Legend)
	columns, rows := p.grid(l)
	w := (c.Max.X - c.Min.X - gutter*Length(columns-1)) / Length(columns)
	h := (c.Max.Y - c.Min.Y) / Length(rows)
	heads, plots := 0, make([]*gonum.Plot, len(p.Panels))
	for i, panel := range p.Panels {
		heads, plots[i] = max(heads, len(wrap(panel.Title, words(headSize, Ink, true), w))), panel.plot(w)
	}
	for i, panel := range p.Panels {
		pile, row := i/p.pile(), i%p.pile()
		x := c.Min.X + Length(pile%columns)*(w+gutter)
		y := c.Max.Y - Length(pile/columns*p.pile()+row)*h
		room := vg.Rectangle{Min: vg.Point{X: x, Y: y - h + 8}, Max: vg.Point{X: x + w, Y: y}}
		panel.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: room}, heads, plots[i], plots[i-row:i-row+p.pile()])
	}
}

// plot is the panel as the library has it. Labels of the horizontal axis that have
// no room in the width are dropped.
func (p Panel) plot(width Length) *gonum.Plot {
	const beside = 45 // the labels of the vertical axis, at least
	out := gonum.New()
	out.BackgroundColor = nil
	p.X.apply(&out.X)
	p.Y.apply(&out.Y)
	out.X.Tick.Marker = gonum.TickerFunc(func(lo, hi float64) []gonum.Tick {
		return thinned(p.X.Ticks.Ticks(lo, hi), func(v float64) Length { return Length(out.X.Norm(v)) * (width - beside) })
	})
	out.Add(gridlines{})
	out.Add(p.Draws...)
	return out
}

// draw leaves room for a title of the given lines, so that the axes of
// neighbours stay level, and for the widest labels of its pile.
func (p Panel) draw(c draw.Canvas, heads int, plot *gonum.Plot, pile []*gonum.Plot) {
	width, soft := c.Max.X-c.Min.X, words(tickSize, Soft, false)
	writeLines(c, words(headSize, Ink, true), c.Min.X, c.Max.Y, width, p.Title)
	top := writeLines(c, soft, c.Min.X, c.Max.Y-Length(heads)*lineHeight, width, p.Y.Label)
	write(c, centered(soft), (c.Min.X+c.Max.X)/2, c.Min.Y, p.X.Label)
	inner := draw.Crop(c, 0, -4, lineHeight, top-c.Max.Y-6)
	left, right := edges(plot, inner)
	l, r := left, right
	for _, other := range pile {
		ol, or := edges(other, inner)
		l, r = max(l, ol), max(r, or)
	}
	plot.Draw(draw.Crop(inner, l-left, right-r, 0, 0))
}

// edges is the room that a plot's labels take beside its data.
func edges(p *gonum.Plot, c draw.Canvas) (left, right Length) {
	inner := p.DataCanvas(c)
	return inner.Min.X - c.Min.X, c.Max.X - inner.Max.X
}

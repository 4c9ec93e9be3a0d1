package plot

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg/draw"
)

// A Grid is small panels with the same lines, each with an axis of its own, which
// starts at zero.
type Grid struct {
	Legend []Entry
	Lines  []string
	Panels []GridPanel
}

// A GridPanel has some spreads in each line.
type GridPanel struct {
	Title string
	Lines [][]Spread
}

// A Spread is some values, in ascending order, with their median.
type Spread struct {
	Look   Look
	Values []float64
	Median float64
}

const (
	gridPitch = Length(17)
	gridHead  = 2*lineHeight + 4 // titles of two lines
	gridAxis  = Length(24)
	gridGap   = Length(22)
)

// columns is how many panels stand side by side, right of the names.
func (g Grid) columns(l Layout) int {
	if l == Narrow {
		return 2
	}
	return 5
}

func (g Grid) panelHeight() Length { return gridHead + Length(len(g.Lines))*gridPitch + gridAxis }

func (g Grid) height(l Layout) Length {
	columns := g.columns(l)
	rows := (len(g.Panels) + columns - 1) / columns
	return legendHeight(g.Legend, l) + Length(rows)*g.panelHeight()
}

func (g Grid) draw(c draw.Canvas, l Layout) {
	top := c.Max.Y - drawLegend(c, g.Legend)
	columns, names := g.columns(l), g.names(l)
	w := (c.Max.X-c.Min.X-names)/Length(columns) - gridGap
	for i, p := range g.Panels {
		y := top - Length(i/columns)*g.panelHeight()
		if i%columns == 0 {
			g.drawNames(c, y, names)
		}
		x := c.Min.X + names + Length(i%columns)*(w+gridGap)
		p.draw(c, x, x+w, y-g.panelHeight()+gridAxis, y)
	}
}

// names is the room for the names of the lines: as much as they take, but no more
// than two fifths.
func (g Grid) names(l Layout) (room Length) {
	for _, name := range g.Lines {
		room = max(room, words(tickSize, Ink, false).Width(name))
	}
	return min(room+12, l.width*2/5)
}

func (g Grid) drawNames(c draw.Canvas, top, room Length) {
	text := words(tickSize, Ink, false)
	for i, name := range g.Lines {
		write(c, text, c.Min.X, gridLine(top, i)-3, fit(name, text, room-8))
	}
}

// gridLine is the height of a line.
func gridLine(top Length, i int) Length { return top - gridHead - (Length(i)+0.5)*gridPitch }

// draw fills the panel: its title on top, lines below, and the axis under them.
func (p GridPanel) draw(c draw.Canvas, left, right, bottom, top Length) {
	writeLines(c, words(tickSize, Ink, true), left, top, right-left+gridGap-4, p.Title)
	end := p.end()
	x := func(v float64) Length { return left + (right-left)*Length(v/end) }
	for _, v := range []float64{0, end} {
		c.StrokeLine2(hairline, x(v), bottom, x(v), top-gridHead)
		write(c, centered(words(tickSize, Soft, false)), x(v), bottom-11, Number(v))
	}
	for i, spreads := range p.Lines {
		y := gridLine(top, i)
		c.StrokeLine2(light, left, y, right, y)
		for j, s := range spreads {
			at := y + 3.2*(Length(len(spreads)-1)/2-Length(j)) // beside each other where they are equal
			for _, v := range s.Values {
				s.Look.Pale(0x90).Mark(1.4, false).draw(c, x(v), at)
			}
			s.Look.Mark(2.8, false).draw(c, x(s.Median), at)
		}
	}
}

// end of the axis is a round number that holds every value.
func (p GridPanel) end() float64 {
	most := 0.0
	for _, s := range slices.Concat(p.Lines...) {
		most = max(most, s.Values[len(s.Values)-1])
	}
	return round125(cmp.Or(most, 1), true)
}

package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// An Entry of a legend: a sample of a line, a mark or a filled box, with what it
// stands for. Legends stand above the data, never on it.
type Entry struct {
	Label string
	Line  Line
	Mark  Mark
	Fill  color.Color
}

const sampleWidth, entryGap = Length(22), Length(14)

func (e Entry) width() Length {
	return e.sample() + 4 + words(textSize, Ink, false).Width(e.Label) + entryGap
}

func (e Entry) sample() Length {
	if e.Line.Width > 0 {
		return sampleWidth
	}
	return 10
}

// flow places entries from left to right in as many rows as they take.
func flow(entries []Entry, width Length) (at []vg.Point, height Length) {
	if len(entries) == 0 {
		return nil, 0
	}
	x, y := Length(0), lineHeight
	for _, e := range entries {
		if x > 0 && x+e.width()-entryGap > width {
			x, y = 0, y+lineHeight
		}
		at = append(at, vg.Point{X: x, Y: y})
		x += e.width()
	}
	return at, y + 6
}

func legendHeight(entries []Entry, l Layout) Length {
	_, height := flow(entries, l.inner())
	return height
}

// drawLegend draws at the top of the canvas and returns the height it took.
func drawLegend(c draw.Canvas, entries []Entry) Length {
	at, height := flow(entries, c.Max.X-c.Min.X)
	for i, e := range entries {
		x, y := c.Min.X+at[i].X, c.Max.Y-at[i].Y+4
		if e.Fill != nil {
			fill(c, e.Fill, x, y-1, x+10, y+8)
			c.StrokeLines(Line{Color: Rule, Width: 0.5}, []vg.Point{
				{X: x, Y: y - 1}, {X: x + 10, Y: y - 1}, {X: x + 10, Y: y + 8}, {X: x, Y: y + 8}, {X: x, Y: y - 1}})
		}
		if e.Line.Width > 0 {
			c.StrokeLine2(e.Line, x, y+3, x+sampleWidth, y+3)
		}
		if e.Mark.Radius > 0 {
			e.Mark.draw(c, x+e.sample()/2, y+3)
		}
		write(c, words(textSize, Ink, false), x+e.sample()+4, y, e.Label)
	}
	return height
}

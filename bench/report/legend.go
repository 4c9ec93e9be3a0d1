package report

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// An entry of a legend: a sample of a line, a marker or a filled box, with what
// it stands for. Legends stand above the data, never on it.
type entry struct {
	label string
	line  draw.LineStyle
	mark  draw.GlyphStyle
	fill  color.Color
}

const (
	sampleWidth = vg.Length(22)
	entryGap    = vg.Length(14)
)

func (e entry) width() vg.Length {
	return e.sample() + 4 + words(textSize, ink, false).Width(e.label) + entryGap
}

func (e entry) sample() vg.Length {
	if e.line.Width > 0 {
		return sampleWidth
	}
	return 10
}

// flow places entries from left to right in as many rows as they take.
func flow(entries []entry, width vg.Length) (at []vg.Point, rows int) {
	if len(entries) == 0 {
		return nil, 0
	}
	x := vg.Length(0)
	rows = 1
	for _, e := range entries {
		if x > 0 && x+e.width()-entryGap > width {
			x, rows = 0, rows+1
		}
		at = append(at, vg.Point{X: x, Y: vg.Length(rows) * lineHeight})
		x += e.width()
	}
	return at, rows
}

func legendHeight(entries []entry, width vg.Length) vg.Length {
	_, rows := flow(entries, width)
	if rows == 0 {
		return 0
	}
	return vg.Length(rows)*lineHeight + 6
}

// drawLegend draws at the top of the canvas and returns the height it took.
func drawLegend(c draw.Canvas, entries []entry) vg.Length {
	at, _ := flow(entries, c.Max.X-c.Min.X)
	for i, e := range entries {
		x, y := c.Min.X+at[i].X, c.Max.Y-at[i].Y+4
		middle := y + 3
		if e.fill != nil {
			fillRect(c, e.fill, vg.Rectangle{Min: vg.Point{X: x, Y: y - 1}, Max: vg.Point{X: x + 10, Y: y + 8}})
			c.StrokeLines(draw.LineStyle{Color: rule, Width: 0.5}, []vg.Point{
				{X: x, Y: y - 1}, {X: x + 10, Y: y - 1}, {X: x + 10, Y: y + 8}, {X: x, Y: y + 8}, {X: x, Y: y - 1}})
		}
		if e.line.Width > 0 {
			c.StrokeLine2(e.line, x, middle, x+sampleWidth, middle)
		}
		if e.mark.Shape != nil {
			c.DrawGlyphNoClip(e.mark, vg.Point{X: x + e.sample()/2, Y: middle})
		}
		c.FillText(words(textSize, ink, false), vg.Point{X: x + e.sample() + 4, Y: y}, e.label)
	}
	return legendHeight(entries, c.Max.X-c.Min.X)
}

// styleEntries names the styles as lines with their markers.
func styleEntries(styles []string) (entries []entry) {
	for _, s := range styles {
		l := lookOf(s)
		entries = append(entries, entry{label: s, line: l.line(1.8), mark: l.mark(3, false)})
	}
	return entries
}

// markEntries names the styles by their markers alone.
func markEntries(styles []string) (entries []entry) {
	for _, s := range styles {
		entries = append(entries, entry{label: s, mark: lookOf(s).mark(3, false)})
	}
	return entries
}

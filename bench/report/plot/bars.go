package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg/draw"
)

// Bars are stacked and of full length: a heading for each group, below it a bar in
// each line, and a note beside it.
type Bars struct {
	Legend []Entry
	Groups []Group
}

// A Group of bars.
type Group struct {
	Title string
	Bars  []Bar
}

// A Bar is as long as any other; its parts are shares of it.
type Bar struct {
	Name  string
	Look  Look // of the name
	Parts []Part
	Note  string
	Alarm bool // the note is bad news
}

// A Part of a bar. Its label is drawn where it has room.
type Part struct {
	N     int
	Label string
	Fill  color.NRGBA
}

const (
	barHeight  = Length(11)
	barPitch   = Length(14)
	groupSpace = Length(18)
)

// pitch is the distance of bars. In a narrow layout the notes stand below them.
func (b Bars) pitch(l Layout) Length {
	if l == Narrow {
		return barPitch + lineHeight
	}
	return barPitch
}

func (b Bars) height(l Layout) Length {
	h := legendHeight(b.Legend, l) + 4
	for _, g := range b.Groups {
		h += groupSpace + Length(len(g.Bars))*b.pitch(l)
	}
	return h
}

func (b Bars) draw(c draw.Canvas, l Layout) {
	y := c.Max.Y - drawLegend(c, b.Legend)
	left, right := c.Min.X+78, c.Max.X-190
	noteX, noteY := right+8, Length(2.5)
	if l == Narrow {
		right = c.Max.X
		noteX, noteY = c.Min.X+44, -10
	}
	bold := words(textSize, Ink, true)
	for _, g := range b.Groups {
		y -= groupSpace
		write(c, bold, c.Min.X, y+4, fit(g.Title, bold, c.Max.X-c.Min.X))
		for _, bar := range g.Bars {
			bottom := y - barHeight
			write(c, words(tickSize, bar.Look.Color, false), c.Min.X+4, bottom+2.5, bar.Name)
			bar.draw(c, left, right, bottom)
			clr := Soft
			if bar.Alarm {
				clr = Danger
			}
			write(c, words(tickSize, clr, bar.Alarm), noteX, bottom+noteY, bar.Note)
			y -= b.pitch(l)
		}
	}
}

// draw stacks the parts from left to right.
func (b Bar) draw(c draw.Canvas, left, right, bottom Length) {
	all, x := 0, left
	for _, p := range b.Parts {
		all += p.N
	}
	for _, p := range b.Parts {
		if p.N == 0 {
			continue
		}
		w := (right - left) * Length(p.N) / Length(all)
		to := min(x+max(w, 1), right) // a single one among thousands must be seen
		fill(c, p.Fill, x, bottom, to, bottom+barHeight)
		if text := centered(words(8, readableOn(p.Fill), false)); text.Width(p.Label)+6 < to-x {
			write(c, text, (x+to)/2, bottom+2.8, p.Label)
		}
		if x > left {
			c.StrokeLine2(Line{Color: paper, Width: 0.8}, x, bottom, x, bottom+barHeight)
		}
		x = to
	}
}

// readableOn is black or white, whichever stands out.
func readableOn(fill color.NRGBA) color.Color {
	if 0.299*float64(fill.R)+0.587*float64(fill.G)+0.114*float64(fill.B) > 130 {
		return Ink
	}
	return paper
}

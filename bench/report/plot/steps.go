package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Steps are what follows from what: the steps one below the other, and for each of its
// answers an arrow to what follows, with how often that was seen.
type Steps struct {
	Legend []Entry // of the counts
	Steps  []Step
}

// A Step has answers.
type Step struct {
	Name    string
	Answers []Answer
}

// An Answer leads on.
type Answer struct {
	Name   string
	Next   string // all that follows, wrapped where it is too long
	Back   bool   // it takes something back
	Counts []Count
	Share  float64 // of the orders, from 0 to 1: the arrow's width. 0 is an arrow that was never taken
}

// A Count is a number in the look of what it is of.
type Count struct {
	Text string
	Look Look
}

// The columns of the wide layout, from the left: the step, the arrow with its answer,
// what follows, and the counts.
const (
	stepWidth   = Length(88)
	arrowWidth  = Length(140)
	countWidth  = Length(46)
	answerSpace = Length(8)
	boxPad      = Length(4)
)

// columns are where the arrow begins, where what follows begins and ends, and where the
// counts begin. In a narrow layout step and answer stand above, and the counts below.
type columns struct{ arrow, next, end, counts Length }

func (s Steps) columns(c draw.Canvas, l Layout) columns {
	if l == Narrow {
		return columns{c.Min.X + 2, c.Min.X + 28, c.Max.X, c.Min.X + 28}
	}
	most := 0
	for _, step := range s.Steps {
		for _, a := range step.Answers {
			most = max(most, len(a.Counts))
		}
	}
	counts := c.Max.X - countWidth*Length(most)
	return columns{c.Min.X + stepWidth, c.Min.X + stepWidth + arrowWidth, counts - 8, counts}
}

func (a Answer) height(in columns, l Layout) Length {
	lines := len(wrap(a.Next, words(textSize, Ink, false), in.end-in.next-2*boxPad))
	h := Length(max(lines, 1))*lineHeight + 2*boxPad
	if l == Narrow {
		h += 2 * lineHeight
	}
	return h
}

func (s Steps) height(l Layout) Length {
	in := s.columns(draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: l.inner()}}}, l)
	h := legendHeight(s.Legend, l) + 4
	for _, step := range s.Steps {
		for _, a := range step.Answers {
			h += a.height(in, l) + answerSpace
		}
		if l == Narrow {
			h += lineHeight + answerSpace
		}
		h += answerSpace
	}
	return h
}

func (s Steps) draw(c draw.Canvas, l Layout) {
	y := c.Max.Y - drawLegend(c, s.Legend)
	in := s.columns(c, l)
	for _, step := range s.Steps {
		y -= answerSpace
		y = step.draw(c, in, y, l)
	}
}

// draw draws a step with its top at a height, and returns that of its end.
func (s Step) draw(c draw.Canvas, in columns, top Length, l Layout) Length {
	bold := words(headSize, Ink, true)
	if l == Narrow {
		write(c, bold, c.Min.X, top-lineHeight+3, s.Name)
		top -= lineHeight + answerSpace
	} else {
		middle := top - s.Answers[0].height(in, l)/2
		write(c, bold, c.Min.X, middle-3, fit(s.Name, bold, stepWidth-6))
		c.StrokeLine2(hairline, in.arrow, middle, in.arrow, top-s.height(in, l)+s.Answers[len(s.Answers)-1].height(in, l)/2)
	}
	for _, a := range s.Answers {
		a.draw(c, in, top, l)
		top -= a.height(in, l) + answerSpace
	}
	return top
}

// height is that of all answers.
func (s Step) height(in columns, l Layout) (h Length) {
	for _, a := range s.Answers {
		h += a.height(in, l) + answerSpace
	}
	return h - answerSpace
}

func (a Answer) draw(c draw.Canvas, in columns, top Length, l Layout) {
	h, name := a.height(in, l), words(tickSize, Ink, false)
	box := h
	if l == Narrow {
		box -= 2 * lineHeight
		top, h = top-lineHeight, h-lineHeight
	}
	line, clr := Line{Color: Soft, Width: 0.7 + Length(2.6*a.Share)}, color.Color(Ink)
	if a.Back {
		line.Color = Danger
	}
	if a.Share == 0 {
		line, clr = Line{Color: Rule, Width: 0.7, Dashes: []Length{2, 2}}, Soft
	}
	middle := top - box/2
	c.StrokeLine2(line, in.arrow, middle, in.next-5, middle)
	c.FillPolygon(line.Color, []vg.Point{{X: in.next - 1, Y: middle}, {X: in.next - 7, Y: middle + 3.2}, {X: in.next - 7, Y: middle - 3.2}})
	if name.Color = clr; l == Narrow {
		write(c, name, in.next, top+3, a.Name)
	} else {
		write(c, name, in.arrow+6, middle+4, fit(a.Name, name, in.next-in.arrow-14))
	}
	c.StrokeLines(Line{Color: line.Color, Width: 0.7, Dashes: line.Dashes}, []vg.Point{
		{X: in.next, Y: top}, {X: in.end, Y: top}, {X: in.end, Y: top - box}, {X: in.next, Y: top - box}, {X: in.next, Y: top}})
	writeLines(c, words(textSize, clr, false), in.next+boxPad, top-boxPad+1, in.end-in.next-2*boxPad, a.Next)
	x, y := in.counts, middle-3
	if l == Narrow {
		y = top - h + 3
	}
	for _, n := range a.Counts {
		write(c, words(tickSize, n.Look.Color, false), x, y, n.Text)
		x += countWidth
	}
}

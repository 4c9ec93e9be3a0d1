package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A fate is what became of the orders of one style in one scenario, over all
// repeats and with the warm-up, because all of them were judged.
type fate struct {
	style    string
	endings  map[food.Ending]int
	open     int // never settled
	orders   int
	violated int  // orders with at least one violation
	atLeast  bool // there may be more
	unknown  bool // the verdict
}

// fates are the bars of one scenario, one per style.
type fates struct {
	label string
	bars  []fate
}

// allFates gathers the fates of every order. The steps on the way up are one
// group: they differ in rate alone.
func (d *data) allFates() (groups []fates) {
	for _, s := range d.scenarios() {
		label := s.words()
		if s.kind == record.KindRung {
			label = "steps up"
		}
		i := slices.IndexFunc(groups, func(g fates) bool { return g.label == label })
		if i < 0 {
			groups = append(groups, fates{label: label})
			i = len(groups) - 1
		}
		for _, style := range d.styles() {
			if f := d.fateOf(style, s.name); f.orders > 0 {
				groups[i].add(f)
			}
		}
	}
	return groups
}

func (g *fates) add(f fate) {
	i := slices.IndexFunc(g.bars, func(b fate) bool { return b.style == f.style })
	if i < 0 {
		g.bars = append(g.bars, f)
		slices.SortFunc(g.bars, func(a, b fate) int { return slices.Index(styleOrder, a.style) - slices.Index(styleOrder, b.style) })
		return
	}
	b := &g.bars[i]
	for e, n := range f.endings {
		b.endings[e] += n
	}
	b.open, b.orders, b.violated = b.open+f.open, b.orders+f.orders, b.violated+f.violated
	b.atLeast, b.unknown = b.atLeast || f.atLeast, b.unknown || f.unknown
}

// wrong is the text beside a bar.
func (f fate) wrong() string {
	text := proportion(f.violated, f.orders)
	if f.atLeast && f.violated < f.orders {
		text = fmt.Sprintf("at least %s of %s", grouped(f.violated), grouped(f.orders))
	}
	if f.unknown {
		text += "; unknown"
	}
	return text
}

func (d *data) fateOf(style, scenario string) fate {
	f := fate{style: style, endings: map[food.Ending]int{}}
	for _, c := range d.results.Cells {
		if c.Style != style || c.Scenario != scenario {
			continue
		}
		for _, o := range d.orders[c.ID] {
			f.orders++
			if math.IsNaN(o.Settled) {
				f.open++
			} else {
				f.endings[food.Ending(o.Outcome)]++
			}
		}
		f.violated, f.atLeast = f.violated+c.Wrong, f.atLeast || c.WrongMin
		f.unknown = f.unknown || c.Verdict == unknown
	}
	return f
}

// outcomesFigure draws what became of every order, and how many were handled
// wrongly.
func (d *data) outcomesFigure() (figure, string) {
	groups := d.allFates()
	if len(groups) == 0 {
		return figure{}, "no order was offered"
	}
	art := fateBars{groups: groups}
	total, violated := 0, 0
	for _, e := range food.Endings {
		if slices.ContainsFunc(groups, func(g fates) bool {
			return slices.ContainsFunc(g.bars, func(b fate) bool { return b.endings[e] > 0 })
		}) {
			art.legend = append(art.legend, entry{label: endingNames[e], fill: endingColors[e]})
		}
	}
	for _, g := range groups {
		for _, b := range g.bars {
			total, violated = total+b.orders, violated+b.violated
			if b.open > 0 && !art.open {
				art.open = true
				art.legend = append(art.legend, entry{label: "never settled", fill: stuckColor})
			}
		}
	}
	return figure{
		Name: "outcomes", Title: "What became of the orders, and how many were handled wrongly", art: art,
		How: "Each bar holds all orders of a style in a scenario, repeats and warm-up together. The text counts the orders that broke a promise. " +
			"None of n is not never: in brackets is the share that the truth may still have, with 95 % confidence.",
		Not: "How bad a violation is, and promises that nobody wrote down. Where it says unknown, the verdict is open and the count holds only as far as the orders could be judged.",
		Alt: fmt.Sprintf("%s in all; with a violation: %s.", count(total, "order"), proportion(violated, total)),
	}, ""
}

// fateBars is the drawing: a heading per scenario, below it a bar per style.
type fateBars struct {
	groups []fates
	legend []entry
	open   bool
}

const (
	barHeight  = vg.Length(11)
	barPitch   = vg.Length(14)
	groupSpace = vg.Length(18)
)

// textBelow says whether there is no room for the counts beside the bars.
func textBelow(l layout) bool { return l.columns == 1 }

func (b fateBars) height(l layout) vg.Length {
	h := legendHeight(b.legend, l.width-2*margin) + 4
	for _, g := range b.groups {
		h += groupSpace + vg.Length(len(g.bars))*b.pitch(l)
	}
	return h
}

func (b fateBars) pitch(l layout) vg.Length {
	if textBelow(l) {
		return barPitch + lineHeight
	}
	return barPitch
}

func (b fateBars) draw(c draw.Canvas, l layout) {
	y := c.Max.Y - drawLegend(c, b.legend)
	left, right := c.Min.X+78, c.Max.X-190
	if textBelow(l) {
		right = c.Max.X
	}
	for _, g := range b.groups {
		y -= groupSpace
		c.FillText(words(textSize, ink, true), vg.Point{X: c.Min.X, Y: y + 4}, fit(g.label, words(textSize, ink, true), c.Max.X-c.Min.X))
		for _, bar := range g.bars {
			bottom := y - barHeight
			c.FillText(words(tickSize, lookOf(bar.style).color, false), vg.Point{X: c.Min.X + 4, Y: bottom + 2.5}, bar.style)
			bar.draw(c, vg.Rectangle{Min: vg.Point{X: left, Y: bottom}, Max: vg.Point{X: right, Y: y}})
			at := vg.Point{X: right + 8, Y: bottom + 2.5}
			if textBelow(l) {
				at = vg.Point{X: c.Min.X + 44, Y: bottom - 10}
			}
			clr := color.Color(soft)
			if bar.violated > 0 {
				clr = danger
			}
			c.FillText(words(tickSize, clr, bar.violated > 0), at, "wrong: "+bar.wrong())
			y -= b.pitch(l)
		}
	}
}

// draw stacks the endings to a bar of full length, with the count in each part
// that has room for it.
func (f fate) draw(c draw.Canvas, r vg.Rectangle) {
	x := r.Min.X
	part := func(n int, fill color.NRGBA) {
		if n == 0 {
			return
		}
		w := (r.Max.X - r.Min.X) * vg.Length(n) / vg.Length(f.orders)
		w = max(w, 1) // a single order among thousands must be seen
		to := min(x+w, r.Max.X)
		fillRect(c, fill, vg.Rectangle{Min: vg.Point{X: x, Y: r.Min.Y}, Max: vg.Point{X: to, Y: r.Max.Y}})
		style := centered(words(8, readableOn(fill), false))
		if label := grouped(n); style.Width(label)+6 < to-x {
			c.FillText(style, vg.Point{X: (x + to) / 2, Y: r.Min.Y + 2.8}, label)
		}
		if x > r.Min.X {
			c.StrokeLine2(draw.LineStyle{Color: paper, Width: 0.8}, x, r.Min.Y, x, r.Max.Y)
		}
		x = to
	}
	for _, e := range food.Endings {
		part(f.endings[e], endingColors[e])
	}
	part(f.open, stuckColor)
}

// readableOn is black or white, whichever stands out.
func readableOn(fill color.NRGBA) color.Color {
	light := 0.299*float64(fill.R) + 0.587*float64(fill.G) + 0.114*float64(fill.B)
	if light > 130 {
		return ink
	}
	return paper
}

package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sagabench/sagabench/bench/measure"
)

// tollDots is the drawing of burdens: small panels with the same lines, each
// with an axis of its own.
type tollDots struct {
	legend []entry
	rows   []string
	panels []tollPanel
}

// A tollPanel is one burden: in each line the tolls of the styles.
type tollPanel struct {
	burden
	rows  [][]toll
	most  float64
	given bool
}

const (
	tollPitch = vg.Length(17)
	tollHead  = 2*lineHeight + 4 // names of two lines
	tollAxis  = vg.Length(24)
	tollGap   = vg.Length(22)
)

// columns is how many panels stand side by side, right of the names.
func (t tollDots) columns(l layout) int {
	if l.columns == 1 {
		return 2
	}
	return 5
}

func (t tollDots) panelHeight() vg.Length {
	return tollHead + vg.Length(len(t.rows))*tollPitch + tollAxis
}

func (t tollDots) height(l layout) vg.Length {
	columns := t.columns(l)
	lines := (len(t.panels) + columns - 1) / columns
	return legendHeight(t.legend, l.width-2*margin) + vg.Length(lines)*t.panelHeight()
}

func (t tollDots) draw(c draw.Canvas, l layout) {
	top := c.Max.Y - drawLegend(c, t.legend)
	columns := t.columns(l)
	names := t.names(l)
	w := (c.Max.X-c.Min.X-names)/vg.Length(columns) - tollGap
	for i, p := range t.panels {
		y := top - vg.Length(i/columns)*t.panelHeight()
		if i%columns == 0 {
			t.drawNames(c, y, names)
		}
		x := c.Min.X + names + vg.Length(i%columns)*(w+tollGap)
		p.draw(c, vg.Rectangle{Min: vg.Point{X: x, Y: y - t.panelHeight() + tollAxis}, Max: vg.Point{X: x + w, Y: y}})
	}
}

// names is the room for the names of the lines: as much as they take, but no more
// than two fifths.
func (t tollDots) names(l layout) (room vg.Length) {
	for _, name := range t.rows {
		room = max(room, words(tickSize, ink, false).Width(name))
	}
	return min(room+12, l.width*2/5)
}

func (t tollDots) drawNames(c draw.Canvas, top, room vg.Length) {
	style := words(tickSize, ink, false)
	for i, name := range t.rows {
		y := top - tollHead - (vg.Length(i)+0.5)*tollPitch
		c.FillText(style, vg.Point{X: c.Min.X, Y: y - 3}, fit(name, style, room-8))
	}
}

// draw fills the panel: its name on top, lines below, and the axis under them.
func (p tollPanel) draw(c draw.Canvas, r vg.Rectangle) {
	head := words(tickSize, ink, true)
	for i, line := range wrap(p.name, head, r.Max.X-r.Min.X+tollGap-4) {
		c.FillText(head, vg.Point{X: r.Min.X, Y: r.Max.Y - vg.Length(i+1)*lineHeight + 3}, line)
	}
	most := 1.0
	if p.most > 0 {
		most = round125(p.most, true)
	}
	x := func(v measure.Num) vg.Length { return r.Min.X + (r.Max.X-r.Min.X)*vg.Length(float64(v)/most) }
	light := draw.LineStyle{Color: grid, Width: 0.7}
	bottom := r.Min.Y
	for _, v := range []measure.Num{0, measure.Num(most)} {
		c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.6}, x(v), bottom, x(v), r.Max.Y-tollHead)
		c.FillText(centered(words(tickSize, soft, false)), vg.Point{X: x(v), Y: bottom - 11}, trim(float64(v)/p.scale))
	}
	for i, tolls := range p.rows {
		y := r.Max.Y - tollHead - (vg.Length(i)+0.5)*tollPitch
		c.StrokeLine2(light, r.Min.X, y, r.Max.X, y)
		for j, t := range tolls {
			at := y + 3.2*(vg.Length(len(tolls)-1)/2-vg.Length(j)) // beside each other where they are equal
			l := lookOf(t.style)
			small := l.mark(1.4, false)
			small.Color = pale(l.color, 0x90)
			for _, v := range t.values {
				c.DrawGlyphNoClip(small, vg.Point{X: x(v), Y: at})
			}
			c.DrawGlyphNoClip(l.mark(2.8, false), vg.Point{X: x(t.median()), Y: at})
		}
	}
}

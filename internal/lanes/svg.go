package lanes

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// Widths for which an SVG is drawn. Any other from Narrow on is as good.
const (
	Wide   = 1200
	Narrow = 390
)

// Measures of a drawing, in px. Letters are as wide as those of a wide sans serif font
// are on average, so what is counted by them fits in the others too.
const (
	letter   = 7.2
	bold     = 8.9
	digit    = 6.6 // of the numbers at the marks
	lineH    = 16.0
	pad      = 12.0
	laneName = 96.0
	subLane  = 20.0
	mark     = 7.0
	numberW  = 26.0
)

// css has the colours of the report's pages and plots. What a colour shows, a shape or a
// dash shows too. Someone who puts the drawing into a page that is always light leaves
// out the dark ones.
const (
	css = `.lanes{--ink:#1f2933;--soft:#5b6675;--rule:#a8b1bc;--paper:#fff;--tint:#f5f7f9;--bad:#b00020;--style0:#0072b2;--style1:#b04d00;--style2:#5b6675;--style3:#00664b;--style4:#8f3f73}
.lanes text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;fill:var(--ink)}
.lanes .head{font-weight:600;font-size:13px}.lanes .soft{fill:var(--soft)}.lanes .bad{fill:var(--bad)}.lanes .n{font-size:10px;paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.lanes .paper{fill:var(--paper)}.lanes .tint{fill:var(--tint)}.lanes .rule{stroke:var(--rule);fill:none}.lanes .hop{stroke:var(--soft);fill:none;stroke-width:1}
.lanes .wait{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:1.5 2.5;fill:none}.lanes .undo{stroke:var(--ink);fill:none;stroke-width:1.4;stroke-dasharray:5 3}
.lanes .cross{stroke:var(--bad);stroke-width:2.4;fill:none}.lanes .tip{fill:var(--soft)}.lanes .utip{fill:var(--ink)}
`
	dark = `@media (prefers-color-scheme:dark){.lanes{--ink:#e6e9ed;--soft:#a8b1bc;--rule:#5b6675;--paper:#14181d;--tint:#1f262e;--bad:#ff8a94;--style0:#5eb3ec;--style1:#f0a05a;--style2:#a8b1bc;--style3:#4cc7a0;--style4:#e29cc8}}
`
)

// SVG draws the trace as wide as that: styles side by side where there is room for two,
// or else below each other. Each is a picture of its lanes with the steps as numbers,
// and the steps in words. Adaptive is for a file of its own: it follows the reader's
// choice of light or dark.
func (t Trace) SVG(width int, adaptive bool) []byte {
	d := &drawing{width: float64(max(width, 320))}
	columns := min(len(t.Sides), max(1, int(d.width/500)))
	column := (d.width - pad*float64(columns+1)) / float64(max(columns, 1))
	y := d.paragraph(pad, pad, d.width-2*pad, "head", "order "+t.Order+clause(": ", t.Placed))
	for i := 0; i < len(t.Sides); i += columns {
		bottom := y
		for k := i; k < min(i+columns, len(t.Sides)); k++ {
			at := area{x: pad + float64(k-i)*(column+pad), y: y + 8, width: column}
			bottom = max(bottom, d.side(at, t.Sides[k], k))
		}
		y = bottom
	}
	y = d.paragraph(pad, y+10, d.width-2*pad, "head", t.Sentence)
	y = d.paragraph(pad, y+4, d.width-2*pad, "soft", svgKey)
	return d.file(t, y+pad, adaptive)
}

const svgKey = `Numbers are steps. Filled bar: a call, until its row was committed; thin line behind it: until its answer was reported. Hollow bar: a task of the workflow, waiting included. Dotted: asked for and not begun. Ring: a message or an event; cross: failed. Thin arrow, and "from": followed from that step, as the engine recorded it; + is the time since its end. Dashed arrow ↩: undoes. Decided: the order has its final status; settled: all that its ending calls for is done. Each style has its own linear scale, and its own run of the order.`

// A drawing collects elements.
type drawing struct {
	bytes.Buffer
	width float64
}

// An area is where something is drawn.
type area struct{ x, y, width float64 }

func (d *drawing) file(t Trace, height float64, adaptive bool) []byte {
	style := css
	if adaptive {
		style += dark
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg class="lanes" xmlns="http://www.w3.org/2000/svg" width="%[1]g" height="%[2]g" viewBox="0 0 %[1]g %[2]g" role="img">`+"\n", d.width, math.Ceil(height))
	fmt.Fprintf(&out, "<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", escape("Order "+t.Order), escape(t.Sentence), style)
	fmt.Fprintf(&out, `<rect class="paper" width="%g" height="%g"/>`+"\n", d.width, math.Ceil(height))
	out.Write(d.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func escape(s string) string { return html.EscapeString(s) }

func (d *drawing) text(x, y float64, class, anchor, text string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" class="%s"%s>%s</text>`+"\n", x, y, class, anchor, escape(text))
}

const right = ` text-anchor="end"`

// paragraph writes a text in as many lines as it takes, and returns where they end.
func (d *drawing) paragraph(x, y, width float64, class, text string) float64 {
	wide := letter
	if class == "head" {
		wide = bold
	}
	for _, line := range wrapped(text, int(width/wide)) {
		y += lineH
		d.text(x, y-4, class, "", line)
	}
	return y
}

// side draws one style, and returns where it ends.
func (d *drawing) side(at area, s Side, i int) float64 {
	y := d.paragraph(at.x, at.y, at.width, "head", s.head())
	y = d.lanes(area{at.x, y + 6, at.width}, s, colourOf(s.Style, i))
	for _, r := range s.remarks() {
		if r.bad {
			y = d.paragraph(at.x, y, at.width, "bad", r.text)
		}
	}
	for _, step := range s.Steps {
		y = d.words(area{at.x, y, at.width}, step)
	}
	y += 6
	for _, r := range s.remarks() {
		if !r.bad {
			y = d.paragraph(at.x, y, at.width, "soft", r.text)
		}
	}
	return y
}

// colourOf is the colour of a style in every plot. One that has none takes turns.
func colourOf(style string, i int) int {
	if at := slices.Index([]string{record.Choreography, record.Orchestration, record.Baseline}, style); at >= 0 {
		return at
	}
	return 3 + i%2
}

// words writes a step in words: its number, when it was, and what.
func (d *drawing) words(at area, s *Step) float64 {
	const number, time = 26.0, 76.0
	class := "ink"
	if s.Failed {
		class = "bad"
	}
	d.text(at.x+number-6, at.y+lineH-4, "soft", right, fmt.Sprint(s.N))
	d.text(at.x+number+time-8, at.y+lineH-4, "soft", right, short(s.At))
	text := strings.Replace(strings.Replace(s.words(), " undoes ", " ↩ undoes ", 1), " to undo ", " ↩ to undo ", 1)
	if s.After > 0 {
		text += fmt.Sprintf(" · from %d, %+.1f ms", s.After, *s.Hop)
	}
	return d.paragraph(at.x+number+time, at.y, at.width-number-time, class, text)
}

// A place is where a step is drawn.
type place struct {
	*Step
	asked, from, to, reported float64 // x
	y                         float64
	row                       int
}

// lanes draws the lanes of a style with its scale, and returns where they end.
func (d *drawing) lanes(at area, s Side, style int) float64 {
	left, width := at.x+laneName, at.width-laneName-numberW-mark
	scale := func(ms float64) float64 {
		if s.Span <= 0 {
			return left
		}
		return left + width*min(max(ms/s.Span, 0), 1)
	}
	all, heights := arrange(s, scale)
	y := at.y
	for i, lane := range s.Lanes {
		h := heights[i]*subLane + 4
		if i%2 == 0 {
			fmt.Fprintf(d, `<rect class="tint" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n", at.x, y, at.width, h)
		}
		d.text(at.x+4, y+subLane-3, "soft", "", fit(lane, laneName-8))
		for k := range all {
			if all[k].Lane == lane {
				all[k].y = y + 2 + (float64(all[k].row)+0.5)*subLane
			}
		}
		y += h
	}
	d.axis(left, y, width, s)
	for _, p := range all {
		d.hop(p, all)
	}
	for _, p := range all {
		d.mark(p, style)
	}
	for _, p := range all {
		d.text(p.right()+3, p.y+3.5, "n", "", p.label())
	}
	return y + 24
}

func (p place) label() string {
	if p.Undoes > 0 {
		return fmt.Sprintf("%d↩", p.N)
	}
	return fmt.Sprint(p.N)
}

func (p place) labelWidth() float64 { return float64(len([]rune(p.label()))) * digit }

// right is where its number stands.
func (p place) right() float64 {
	x := max(p.from+mark, p.to, p.reported)
	if p.Failed {
		x = max(x, p.to+5)
	}
	return x
}

// arrange gives each step a row of its lane in which nothing is in its way, and returns
// how many rows each lane has.
func arrange(s Side, scale func(float64) float64) (all []place, rows []float64) {
	for _, step := range s.Steps {
		p := place{Step: step, from: scale(step.At), asked: scale(step.begin())}
		p.to, p.reported = p.from, p.from
		if step.End != nil {
			p.to = max(scale(*step.End), p.from+2)
		}
		if step.Reported != nil {
			p.reported = max(scale(*step.Reported), p.to)
		}
		all = append(all, p)
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(all[i].asked, all[k].asked) })
	rows = make([]float64, len(s.Lanes))
	busy := make([][]float64, len(s.Lanes)) // until which x
	for _, i := range order {
		lane := slices.Index(s.Lanes, all[i].Lane)
		row := slices.IndexFunc(busy[lane], func(until float64) bool { return until <= all[i].asked-mark })
		if row < 0 {
			row, busy[lane] = len(busy[lane]), append(busy[lane], 0)
		}
		all[i].row = row
		busy[lane][row] = all[i].right() + 3 + all[i].labelWidth()
		rows[lane] = float64(len(busy[lane]))
	}
	return all, rows
}

// fit shortens a text that is too wide.
func fit(s string, width float64) string {
	if runes := []rune(s); float64(len(runes))*letter > width+letter {
		return string(runes[:int(width/letter)-1]) + "…"
	}
	return s
}

// axis draws the linear scale of a style.
func (d *drawing) axis(left, y, width float64, s Side) {
	fmt.Fprintf(d, `<path class="rule" d="M%.1f %.1fh%.1f"/>`+"\n", left, y, width)
	step := tick(s.Span, width)
	for v := 0.0; step > 0 && v <= s.Span; v += step {
		x := left + width*v/s.Span
		fmt.Fprintf(d, `<path class="rule" d="M%.1f %.1fv4"/>`+"\n", x, y)
		label := fmt.Sprintf("%g", math.Round(v*1000)/1000)
		if v == 0 {
			label = "0 ms"
		}
		d.text(x, y+15, "soft", ` text-anchor="middle"`, label)
	}
}

// tick is the distance of ticks: a round number, with room for the labels.
func tick(span, width float64) float64 {
	if span <= 0 {
		return 0
	}
	least := span / (width / 62)
	ten := math.Pow(10, math.Floor(math.Log10(least)))
	for _, f := range []float64{1, 2, 5, 10} {
		if f*ten >= least {
			return f * ten
		}
	}
	return 10 * ten
}

// hop draws what led to a step, and from a compensation what it undoes.
func (d *drawing) hop(p place, all []place) {
	if p.After > 0 {
		from := all[p.After-1]
		x := max(from.reported, from.to)
		if from.y == p.y {
			x = from.right() + from.labelWidth() // an arrow along a lane begins behind the number
		}
		d.arrow(x, from.y, p.asked, p.y)
	}
	if p.Undoes > 0 && p.Outcome == food.Done {
		d.back(p, all[p.Undoes-1])
	}
}

// arrow is straight, and ends before what it points at. Where there is no room for one
// the two stand side by side.
func (d *drawing) arrow(x0, y0, x1, y1 float64) {
	dx, dy := x1-x0, y1-y0
	length := math.Hypot(dx, dy)
	if length < 2*mark || dy == 0 && dx < 3*mark {
		return
	}
	dx, dy = dx/length, dy/length
	x0, y0, x1, y1 = x0+dx*4, y0+dy*4, x1-dx*5, y1-dy*5
	fmt.Fprintf(d, `<path class="hop" d="M%.1f %.1fL%.1f %.1f"/>`, x0, y0, x1-dx*5, y1-dy*5)
	fmt.Fprintf(d, `<path class="tip" d="M%.1f %.1fL%.1f %.1fL%.1f %.1fz"/>`+"\n", x1, y1, x1-dx*7-dy*3, y1-dy*7+dx*3, x1-dx*7+dy*3, y1-dy*7-dx*3)
}

// back leads above the lane from a compensation to the end of what it undoes.
func (d *drawing) back(p, to place) {
	if p.from-to.to < 4*mark { // too near: around the left
		x, y := to.from-1, to.y
		fmt.Fprintf(d, `<path class="undo" d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"/>`, p.from, p.y, p.from-16, p.y, x-18, y+4, x-6, y)
		fmt.Fprintf(d, `<path class="utip" d="M%.1f %.1fl-8 -3.5v7z"/>`+"\n", x, y)
		return
	}
	x, y := to.to-1, to.y-6
	fmt.Fprintf(d, `<path class="undo" d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"/>`, p.from+1, p.y-5, p.from-12, p.y-12, x+16, y-6, x+4, y-2)
	fmt.Fprintf(d, `<path class="utip" d="M%.1f %.1fl8 -5l0 6z"/>`+"\n", x, y)
}

// mark draws a step.
func (d *drawing) mark(p place, style int) {
	colour := fmt.Sprintf("var(--style%d)", style)
	if p.Asked != nil && p.from > p.asked {
		fmt.Fprintf(d, `<path class="wait" d="M%.1f %.1fH%.1f"/>`, p.asked, p.y, p.from)
	}
	if p.reported > p.to {
		fmt.Fprintf(d, `<path stroke="%s" stroke-width="1.5" d="M%.1f %.1fH%.1f"/>`, colour, p.to, p.y, p.reported)
	}
	switch {
	case p.Kind == AMessage:
		fmt.Fprintf(d, `<circle class="paper" cx="%.1f" cy="%.1f" r="3.5" style="stroke:%s;stroke-width:1.6"/>`, p.from, p.y, colour)
	case p.Kind == ATask:
		fmt.Fprintf(d, `<rect class="paper" x="%.1f" y="%.1f" width="%.1f" height="8" style="stroke:%s;stroke-width:1.4"/>`, p.from, p.y-4, max(p.to-p.from, 3), colour)
	case p.End != nil && p.Call != "" && p.Outcome == "": // several attempts
		fmt.Fprintf(d, `<path class="wait" d="M%.1f %.1fH%.1f"/>`, p.from, p.y, p.to)
	case p.End != nil:
		fmt.Fprintf(d, `<rect x="%.1f" y="%.1f" width="%.1f" height="10" fill="%s"/>`, p.from, p.y-5, max(p.to-p.from, 3), colour)
	case !p.Failed:
		fmt.Fprintf(d, `<path fill="%s" d="M%.1f %.1fl7 5l-7 5z"/>`, colour, p.from, p.y-5)
	}
	if p.Failed {
		fmt.Fprintf(d, `<path class="cross" d="M%.1f %.1fl7 7m-7 0l7-7"/>`, p.to-3.5, p.y-3.5)
	}
	d.WriteString("\n")
}

package report

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sagabench/sagabench/bench/record"
)

// A knee is where the ladders of one style and scenario put its limit: from the
// highest rate that held in the worst repeat to the lowest that did not in the
// best. An end that no repeat found is zero.
type knee struct {
	style, scenario string
	lo, hi          float64
	repeats, rungs  int
	bound           float64 // ms
}

// knees gathers the repeats of each style and scenario, in the order of the run.
func (d *data) knees() (all []knee) {
	for _, k := range d.run.Knees {
		i := slices.IndexFunc(all, func(o knee) bool { return o.style == k.Style && o.scenario == k.Scenario })
		if i < 0 {
			all = append(all, knee{style: k.Style, scenario: k.Scenario, lo: k.Lo, hi: k.Hi, bound: k.Bound})
			i = len(all) - 1
		}
		all[i] = all[i].and(k)
	}
	slices.SortStableFunc(all, func(a, b knee) int {
		return cmp.Compare(slices.Index(styleOrder, a.style), slices.Index(styleOrder, b.style))
	})
	return all
}

// and widens the knee by one repeat.
func (k knee) and(one record.Knee) knee {
	k.lo = min(k.lo, one.Lo)
	if k.hi = max(k.hi, one.Hi); one.Hi == 0 {
		k.hi = 0
	}
	k.repeats, k.rungs = k.repeats+1, k.rungs+one.Rungs
	return k
}

func (k knee) words() string {
	switch {
	case k.lo == 0 && k.hi == 0:
		return "not found"
	case k.lo == 0:
		return "below " + perSecond(k.hi)
	case k.hi == 0:
		return "above " + perSecond(k.lo)
	}
	return fmt.Sprintf("%s–%s", three(k.lo), three(k.hi)) + "/s"
}

// Plot draws a bracket on the horizontal axis, with the style's marker on it. An
// end that was not found is open.
func (k knee) Plot(c draw.Canvas, p *plot.Plot) {
	const rise = vg.Length(5)
	x, _ := p.Transforms(&c)
	y := c.Min.Y + rise
	within := func(v float64) vg.Length { return x(min(max(v, p.X.Min), p.X.Max)) }
	left, right := c.Min.X, c.Max.X
	line := lookOf(k.style).solid(1.6)
	if k.lo > 0 {
		left = within(k.lo)
		c.StrokeLine2(line, left, y-rise+1, left, y+rise-1)
	}
	if k.hi > 0 {
		right = within(k.hi)
		c.StrokeLine2(line, right, y-rise+1, right, y+rise-1)
	}
	c.StrokeLine2(line, left, y, right, y)
	c.DrawGlyphNoClip(lookOf(k.style).mark(2.6, false), vg.Point{X: (left + right) / 2, Y: y})
}

// kneeTable lists the knees that ladders found.
func (d *data) kneeTable() (t table, ok bool) {
	t = table{Title: "Knees", Words: 2, Head: []string{"style", "ladder", "knee", "repeats", "rungs tried", "p99 at most"},
		Note: "A rung holds when the backlog does not grow, 99 % of what was due has settled in time, and the p99 of settling (the p90, with too few orders for a p99) is within the bound. " +
			"The knee is from the highest rate that held in the worst repeat to the lowest that did not in the best: the range of the repeats."}
	for _, k := range d.knees() {
		t.Rows = append(t.Rows, []string{k.style, k.scenario, k.words(), grouped(k.repeats), grouped(k.rungs), trim(k.bound) + " ms"})
	}
	return t, len(t.Rows) > 0
}

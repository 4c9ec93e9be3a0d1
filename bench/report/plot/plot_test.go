package plot_test

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/report/plot"
)

var look = plot.Look{Color: plot.RGB(0x0072B2), Shape: plot.Box, Dashes: []plot.Length{7, 3}}

// charts have one of everything that the package draws.
func charts() map[string]plot.Chart {
	legend := []plot.Entry{{Label: "a line", Line: look.Line(1.8), Mark: look.Mark(3, false)}, {Label: "a box", Fill: look.Color}}
	var ys plot.Span
	ys.Hold(2, 30)
	points := []plot.XY{{X: 1, Y: 2}, {X: 5, Y: 30}, {X: 9, Y: 7}}
	panel := plot.Panel{Title: "a panel", X: plot.Axis{Label: "along", Max: 10, Ticks: plot.Evenly(5)}, Y: ys.Log("up", plot.Millis())}
	panel.Add(plot.Band{From: 2, To: 4, Label: "away"}, plot.Curve{Points: points, Line: look.Line(1), Steps: true},
		plot.Dots{Points: points, Mark: look.Mark(3, true)}, plot.Bracket{Lo: 3, Look: look})
	spread := plot.Spread{Look: look, Values: []float64{1, 2, 30}, Median: 2}
	return map[string]plot.Chart{
		"panels": plot.Panels{Legend: legend, Panels: []plot.Panel{panel, panel, panel, panel}, Tall: 120, Piled: 2},
		"timeline": plot.Timeline{Axis: ys.Log("since", plot.Millis()), Blocks: []plot.Block{{Title: "a block", More: ", at length", Look: look, From: 3, To: 9, Moments: []plot.Moment{
			{Name: "done", Note: "3 ms", At: 3, Mark: look.Mark(3, false)},
			{Name: "compensation", Note: "9 ms", More: ", compensates done", At: 9, Mark: plot.Mark{Color: plot.Danger, Radius: 4, Shape: plot.Back}, Undoes: []int{0}},
			{Name: "refused", Note: "20 ms", At: 20, Mark: plot.Mark{Color: plot.Danger, Radius: 4, Shape: plot.Cross}},
		}}}},
		"grid": plot.Grid{Legend: legend, Lines: []string{"calm", "wild"}, Panels: []plot.GridPanel{{Title: "kB per order", Lines: [][]plot.Spread{{spread, spread}, {spread}}}}},
		"steps": plot.Steps{Legend: legend, Steps: []plot.Step{{Name: "charge", Answers: []plot.Answer{
			{Name: "done", Next: "confirm", Share: 0.9, Counts: []plot.Count{{Text: "9", Look: look}}},
			{Name: "refused", Next: "← refund and a long list of other calls that takes a second line in a narrow drawing at least", Back: true, Share: 0.1, Counts: []plot.Count{{Text: "1", Look: look}}},
			{Name: "never", Next: "nothing", Counts: []plot.Count{{Text: "0", Look: look}}},
		}}}},
		"bars": plot.Bars{Legend: legend, Groups: []plot.Group{{Title: "a group", Bars: []plot.Bar{{Name: "a bar", Look: look, Note: "all well",
			Parts: []plot.Part{{N: 9000, Label: "9,000", Fill: look.Color}, {N: 1, Label: "1", Fill: plot.Ink}}}}}}},
	}
}

var (
	sized = regexp.MustCompile(`<text textLength="[0-9.]+" lengthAdjust=`)
	text  = regexp.MustCompile(`<text [^>]*>([^<]*)</text>`)
)

// texts lists what is written in a drawing.
func texts(svg []byte) (all []string) {
	for _, m := range text.FindAllSubmatch(svg, -1) {
		all = append(all, string(m[1]))
	}
	return all
}

func TestCharts(t *testing.T) {
	for name, chart := range charts() {
		f := plot.Figure{Title: "A title that is long enough to take a second line where the drawing is narrow", Chart: chart}
		for _, l := range []plot.Layout{plot.Wide, plot.Narrow} {
			svg, err := f.SVG(l)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := f.SVG(l); !bytes.Equal(svg, again) {
				t.Errorf("%s is drawn differently the second time", name)
			}
			all := texts(svg)
			if n := len(sized.FindAll(svg, -1)); n != len(all) || n == 0 {
				t.Errorf("%s: %d of %d texts have the width that they are to take", name, n, len(all))
			}
			if joined := strings.Join(all, " "); !strings.HasPrefix(joined, "A title that is long enough") || strings.Contains(joined, "-0") {
				t.Errorf("%s reads %q", name, joined)
			}
			if name == "timeline" && slices.Contains(all, "9 ms, compensates done") != (l == plot.Wide) {
				t.Errorf("in layout %v the notes are %q", l, all)
			}
		}
		if png, err := f.PNG(); err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
			t.Errorf("%s: %d bytes of PNG, %v", name, len(png), err)
		}
	}
}

func labels(ticks plot.Ticks, lo, hi float64) (all []string) {
	for _, tick := range ticks.Ticks(lo, hi) {
		all = append(all, tick.Label)
	}
	return all
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		ticks  plot.Ticks
		lo, hi float64
		want   string
	}{
		{plot.Millis(), 0.5, 20, "0.5 ms|1 ms|2 ms|5 ms|10 ms|20 ms"},
		{plot.Millis(), 1, 10_000, "1 ms|||10 ms|||100 ms|||1 s|||10 s"},
		{plot.Rates(), 500, 2000, "500|1,000|2,000"},
		{plot.Percents(0, 12.5, 50), 0, 100, "0 %|12.5 %|50 %"},
		{plot.Evenly(4), 0, 40, "0|10|20|30|40"},
		{plot.Evenly(4), 1, 1, ""},
	} {
		if got := strings.Join(labels(c.ticks, c.lo, c.hi), "|"); got != c.want {
			t.Errorf("from %g to %g: %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}

// An axis holds all that can be on it, and always has room for labels.
func TestSpans(t *testing.T) {
	for _, c := range []struct {
		values []float64
		lo, hi float64
	}{
		{nil, 1, 10},
		{[]float64{0, -1, math.NaN(), math.Inf(1)}, 1, 10},
		{[]float64{3, 47}, 2, 50},
		{[]float64{3, 50}, 2, 100},
		{[]float64{7}, 5, 50},
	} {
		var s plot.Span
		s.Hold(c.values...)
		if a := s.Log("", plot.Millis()); a.Min != c.lo || a.Max != c.hi || s.Empty() != (c.lo == 1) {
			t.Errorf("%v are on an axis from %g to %g, want %g to %g", c.values, a.Min, a.Max, c.lo, c.hi)
		}
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0.25: "0.25", 12: "12", 999.6: "1,000", 13506: "13,506", 1234567: "1,234,567", -120: "-120", -1200: "-1,200"} {
		if got := plot.Thousands(v); got != want {
			t.Errorf("%g is written %q, want %q", v, got, want)
		}
	}
}

func TestWhatNeverHappenedGoesToTheEdge(t *testing.T) {
	finite, infinite := plot.Reached([]plot.XY{{X: 1, Y: 2}, {X: 3, Y: math.Inf(1)}}, 50)
	if !slices.Equal(finite, []plot.XY{{X: 1, Y: 2}}) || !slices.Equal(infinite, []plot.XY{{X: 3, Y: 50}}) {
		t.Errorf("%v happened, and %v never did", finite, infinite)
	}
}

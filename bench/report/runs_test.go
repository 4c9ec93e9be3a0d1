package report_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
)

// A madeRun is a run folder that a test draws, and what is wrong with it.
type madeRun struct {
	shapes []shape
	spoil  func(*record.Data)
}

// runs are the kinds of run that a report has to cope with.
var runs = map[string]madeRun{
	"small":   {smallShapes(), nil},
	"smoke":   {smokeShapes(), nil},
	"alone":   {only("choreography", smallShapes()), nil},
	"broken":  {smallShapes(), withoutRefunds},
	"unknown": {smokeShapes(), withGaps},
	"cut":     {smallShapes()[:2], cutShort},
	"dead":    {smokeShapes(), nothingSettles},
	"flooded": {customShapes(60), nil},
	"partner": {customShapes(20), nil},
	"six":     {sixRepeats(), nil},
	"three":   {threeStyles(), nil},
	"four":    {fourStyles(), nil},
	"ladder":  {ladderShapes(), nil},
	"local":   {localShapes(), nil},
	"cancels": {cancelShapes(), nil},
	"empty":   {nil, nil},
}

// drawn holds each run with its report, made when a test first asks for it.
var drawn = map[string]func() drawnRun{}

type drawnRun struct {
	dir     string
	results measure.Results
	err     error
}

func TestMain(m *testing.M) {
	base, err := os.MkdirTemp("", "report")
	if err != nil {
		panic(err)
	}
	for name, made := range runs {
		drawn[name] = sync.OnceValue(func() drawnRun {
			d := drawnRun{dir: filepath.Join(base, name)}
			if d.err = write(d.dir, made.shapes, made.spoil); d.err == nil {
				d.results, d.err = report.Draw(d.dir, report.Styles{})
			}
			return d
		})
	}
	code := m.Run()
	os.RemoveAll(base)
	os.Exit(code)
}

// draw returns the folder of a run with its report. Tests may read it only.
func draw(t *testing.T, name string) (dir string, r measure.Results) {
	t.Helper()
	d := drawn[name]()
	if d.err != nil {
		t.Fatalf("%s: %v", name, d.err)
	}
	return d.dir, d.results
}

// fresh writes a run of a test's own, without a report.
func fresh(t *testing.T, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := write(dir, runs[name].shapes, runs[name].spoil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// cancelShapes has customers who cancel, and refunds that are refused.
func cancelShapes() []shape {
	return []shape{{name: "custom", kind: record.KindCustom, rate: 20, seconds: 6, repeats: []int{1}, styles: both, customers: []string{cancelRule, refundRule}}}
}

// smallShapes has one of everything, in few orders.
func smallShapes() []shape {
	all, last := []int{1, 2, 3}, []int{3}
	return []shape{
		{name: "refused-0", kind: record.KindRefused, rate: 12, seconds: 3, repeats: all, styles: both},
		{name: "refused-50", kind: record.KindRefused, rate: 12, seconds: 5, repeats: all, styles: both, faults: refuse(50)},
		{name: "outage", kind: record.KindOutage, rate: 12, seconds: 8, repeats: last, styles: both, faults: append(refuse(20), "restaurant:outage@3s+3s"), outage: [2]float64{3, 6}},
		{name: "saturation", kind: record.KindSaturation, rate: 48, seconds: 4, repeats: all, styles: both[1:]},
		{name: "saturation", kind: record.KindSaturation, rate: 1000, seconds: 0.2, repeats: all, styles: both[:1]},
	}
}

// localShapes has the calls of the orchestration in both ways. What is made up is
// as fast in either.
func localShapes() []shape {
	all := []int{1, 2, 3}
	return []shape{
		{name: "refused-0", kind: record.KindRefused, rate: 12, seconds: 3, repeats: all, styles: both},
		{name: "local", kind: record.KindCustom, rate: 12, seconds: 3, repeats: all, styles: both[1:], local: true},
		{name: "saturation", kind: record.KindSaturation, rate: 48, seconds: 4, repeats: all, styles: both[1:]},
		{name: "local-full", kind: record.KindSaturation, rate: 160, seconds: 2, repeats: all, styles: both[1:], local: true},
		{name: "local-alone", kind: record.KindCustom, rate: 5, seconds: 3, repeats: all, styles: both[1:], local: true},
	}
}

func customShapes(rate float64) []shape {
	return []shape{{name: "custom", kind: record.KindCustom, rate: rate, seconds: 6, repeats: []int{1}, styles: both, faults: []string{"delivery.assign:refuse@30%"}}}
}

// threeStyles has the baseline beside the two, and more faults than one line can show.
func threeStyles() []shape {
	return []shape{{name: "custom", kind: record.KindCustom, rate: 20, seconds: 5, repeats: []int{1, 2}, styles: append(both, "baseline"),
		faults: []string{"restaurant.confirm:refuse@30%", "payment.charge:lose-reply(2)@20%", "loyalty.award:slow(250ms)@10%", "delivery.assign:fail(2)@15%"}}}
}

// fourStyles has a style of somebody's own beside the three.
func fourStyles() []shape {
	all, styles := []int{1, 2, 3}, append(both, "baseline", "relay")
	return []shape{
		{name: "refused-0", kind: record.KindRefused, rate: 12, seconds: 5, repeats: all, styles: styles},
		{name: "refused-50", kind: record.KindRefused, rate: 12, seconds: 5, repeats: all, styles: styles, faults: refuse(50)},
		{name: "outage", kind: record.KindOutage, rate: 12, seconds: 8, repeats: all[2:], styles: styles, faults: []string{"restaurant:outage@3s+3s"}, outage: [2]float64{3, 6}},
		{name: "saturation", kind: record.KindSaturation, rate: 48, seconds: 4, repeats: all, styles: styles[1:2]},
		{name: "saturation", kind: record.KindSaturation, rate: 700, seconds: 0.5, repeats: all, styles: styles[3:]},
		{name: "saturation", kind: record.KindSaturation, rate: 1000, seconds: 0.2, repeats: all, styles: styles[:1]},
	}
}

// ladderShapes climbs to a knee, with enough orders on each rung for a p90.
func ladderShapes() []shape {
	all := []int{1, 2}
	s := []shape{{name: "refused-0", kind: record.KindRefused, rate: 12, seconds: 5, repeats: all, styles: both}}
	for _, rung := range []struct {
		style string
		rates []float64
	}{{"choreography", []float64{100, 400}}, {"orchestration", []float64{20, 30}}} {
		for _, rate := range rung.rates {
			s = append(s, shape{name: fmt.Sprintf("ladder-%g", rate), kind: record.KindRung, rate: rate, seconds: 6, repeats: all, styles: []string{rung.style}})
		}
		s = append(s, shape{name: "load-50", kind: record.KindLoaded, rate: rung.rates[0] / 2, seconds: 6, repeats: all, styles: []string{rung.style}, share: 0.5})
	}
	return s
}

// kneesOf are those that the rungs among the shapes found: the choreography's
// last rung was kept up with, the orchestration's was not.
func kneesOf(shapes []shape) (knees []record.Knee) {
	for _, s := range shapes {
		for _, repeat := range s.repeats {
			k := record.Knee{Style: s.styles[0], Scenario: "ladder", Repeat: repeat, Bound: 500, Rungs: 2}
			switch {
			case s.kind != record.KindRung:
			case s.rate == 400:
				k.Lo = s.rate
				knees = append(knees, k)
			case s.rate == 30:
				k.Lo, k.Hi = s.rate-float64(repeat), s.rate+float64(repeat)
				knees = append(knees, k)
			}
		}
	}
	return knees
}

// ceilingsOf are beside every saturated cell: somewhat above what the style can
// do, and in each repeat a little higher. One run without repeats has none.
func ceilingsOf(shapes []shape) (ceilings []record.Ceiling) {
	for _, s := range shapes {
		for _, repeat := range s.repeats {
			if s.kind == record.KindSaturation && len(s.repeats) > 1 && !s.local {
				style := s.styles[0]
				ceilings = append(ceilings, record.Ceiling{
					Style: style, Scenario: "ceiling", Repeat: repeat, Durability: cmp.Or(s.durability, "process"), InFlight: 16, Window: 1,
					PerSecond: engines[style].capacity * (1.2 + float64(repeat)/10),
				})
			}
		}
	}
	return ceilings
}

// sixRepeats are enough for intervals. One scenario is set against itself, and
// against one in which half of the orders are refused.
func sixRepeats() []shape {
	s := smallShapes()[:2]
	again := s[0]
	again.name, again.against, s[1].against = "again", s[0].name, s[0].name
	s = append(s, again)
	for i := range s {
		s[i].repeats = []int{1, 2, 3, 4, 5, 6}
	}
	return s
}

// pairsOf are the comparisons of the plan.
func pairsOf(shapes []shape) (pairs [][2]string) {
	for _, s := range shapes {
		if s.against != "" {
			pairs = append(pairs, [2]string{s.against, s.name})
		}
	}
	return pairs
}

// only keeps one style.
func only(style string, shapes []shape) (out []shape) {
	for _, s := range shapes {
		if slices.Contains(s.styles, style) {
			s.styles = []string{style}
			out = append(out, s)
		}
	}
	return out
}

// withoutRefunds lets one style forget to give the money back.
func withoutRefunds(d *record.Data) {
	if d.Cell.Scenario != "refused-50" || d.Cell.Style != "choreography" {
		return
	}
	d.Calls = slices.DeleteFunc(d.Calls, func(c record.Call) bool { return c.Action == "refund" })
	d.Effects = slices.DeleteFunc(d.Effects, func(e record.Effect) bool { return e.Action == "refund" })
	renumber(d)
	for i := range d.Orders {
		if o := &d.Orders[i]; o.Outcome == "restaurant_failed" {
			o.Settled, o.Compensation, o.Inconsistent = nan, nan, nan
		}
	}
	d.Cell.Drained = false
}

// withGaps loses rows of the commit feed, and warns of it in letters that mean
// something to HTML and Markdown.
func withGaps(d *record.Data) {
	d.Cell.Gaps = 3
	d.Cell.Warnings = append(d.Cell.Warnings, "rows <b>lost</b> & gone | *all* of them")
}

// cutShort is a run that the user interrupted.
func cutShort(d *record.Data) {
	if d.Cell.Repeat == 3 && d.Cell.Scenario == "refused-50" {
		d.Cell.Cut, d.Cell.LoadEnd = true, d.Cell.Begin+1500
	}
}

// nothingSettles accepts every order of one style and does nothing.
func nothingSettles(d *record.Data) {
	if d.Cell.Style != "orchestration" {
		return
	}
	d.Calls, d.Effects, d.Faults, d.Cell.Drained = nil, nil, nil, false
	for i := range d.Orders {
		o := &d.Orders[i]
		o.Outcome, o.Accept, o.Decision, o.Settled, o.Compensation, o.Inconsistent = "", 1, nan, nan, nan, nan
	}
}

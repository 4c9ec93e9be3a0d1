package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// round125 rounds a positive value down or up to 1, 2 or 5 times a power of ten.
func round125(v float64, up bool) float64 {
	exp := math.Floor(math.Log10(v) + 1e-9)
	base := math.Pow(10, exp)
	steps := []float64{1, 2, 5, 10}
	if up {
		for _, s := range steps {
			if v <= s*base*(1+1e-9) {
				return s * base
			}
		}
	}
	best := base
	for _, s := range steps[:3] {
		if s*base <= v*(1+1e-9) {
			best = s * base
		}
	}
	return best
}

// A span gathers the values that an axis has to hold. What is not positive or
// not finite can't be on a logarithmic axis and is skipped.
type span struct{ lo, hi float64 }

func (s *span) hold(values ...float64) {
	for _, v := range values {
		if !(v > 0) || math.IsInf(v, 0) {
			continue
		}
		if s.lo == 0 || v < s.lo {
			s.lo = v
		}
		s.hi = max(s.hi, v)
	}
}

func (s span) empty() bool { return s.hi == 0 }

// log returns bounds for a logarithmic axis: rounded outwards, with at least a
// factor of five between them, so that it always has labels.
func (s span) log() (lo, hi float64) {
	if s.empty() {
		return 1, 10
	}
	lo, hi = round125(s.lo, false), round125(s.hi, true)
	if hi == s.hi {
		hi = round125(hi*1.5, true)
	}
	for hi/lo < 5 {
		hi = round125(hi*1.5, true)
	}
	return lo, hi
}

// oneTwoFive marks a logarithmic axis at 1, 2 and 5 of each decade. On a long
// axis only the decades are labelled.
func oneTwoFive(label func(float64) string, crowded float64) plot.TickerFunc {
	return func(lo, hi float64) (ticks []plot.Tick) {
		decades := math.Log10(hi / lo)
		for exp := int(math.Floor(math.Log10(lo) + 1e-9)); ; exp++ {
			for _, m := range []float64{1, 2, 5} {
				v := m * math.Pow(10, float64(exp))
				if v < lo*(1-1e-9) {
					continue
				}
				if v > hi*(1+1e-9) {
					return ticks
				}
				t := plot.Tick{Value: v}
				if m == 1 || decades < crowded {
					t.Label = label(v)
				}
				ticks = append(ticks, t)
			}
		}
	}
}

var (
	milliTicks = oneTwoFive(duration, 3.1)
	rateTicks  = oneTwoFive(func(v float64) string { return thousands(v) }, 2.2)
)

// thinned takes the labels off ticks that would run into each other. Whole
// decades are the last to go.
func thinned(ticks []plot.Tick, at func(float64) vg.Length) []plot.Tick {
	style := words(tickSize, soft, false)
	type room struct{ from, to vg.Length }
	var taken []room
	out := slices.Clone(ticks)
	for _, decades := range []bool{true, false} {
		for i, t := range ticks {
			if t.IsMinor() || decade(t.Value) != decades {
				continue
			}
			half := style.Width(t.Label)/2 + 2
			mine := room{at(t.Value) - half, at(t.Value) + half}
			if slices.ContainsFunc(taken, func(r room) bool { return mine.from < r.to && r.from < mine.to }) {
				out[i].Label = ""
				continue
			}
			taken = append(taken, mine)
		}
	}
	return out
}

func decade(v float64) bool {
	exp := math.Log10(v)
	return v > 0 && math.Abs(exp-math.Round(exp)) < 1e-9
}

// nines marks an axis of 1/(1-q) by percentile: each nine is one step.
var nines = plot.ConstantTicks{
	{Value: 1, Label: "0 %"}, {Value: 2, Label: "50 %"}, {Value: 4, Label: "75 %"}, {Value: 10, Label: "90 %"},
	{Value: 20}, {Value: 100, Label: "99 %"}, {Value: 1000, Label: "99.9 %"}, {Value: 1e4, Label: "99.99 %"},
}

var percentTicks = plot.ConstantTicks{
	{Value: 0, Label: "0 %"}, {Value: 25, Label: "25 %"}, {Value: 50, Label: "50 %"},
	{Value: 75, Label: "75 %"}, {Value: 100, Label: "100 %"},
}

// evenly marks a linear axis with about n labels.
func evenly(n int, label func(float64) string) plot.TickerFunc {
	return func(lo, hi float64) (ticks []plot.Tick) {
		if !(hi > lo) {
			return nil
		}
		step := round125((hi-lo)/float64(n), true)
		for i := int(math.Ceil(lo/step - 1e-9)); float64(i)*step <= hi+step*1e-9; i++ {
			v := float64(i) * step
			ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
		}
		return ticks
	}
}

// duration writes a round number of milliseconds as an axis does: 0.5 ms, 20 ms,
// 1 s. The units are those of the sentences.
func duration(ms float64) string {
	if ms < 999.9 {
		return trim(ms) + " ms"
	}
	return trim(ms/1000) + " s"
}

func trim(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// thousands writes a number without decimals, in groups of three digits.
func thousands(v float64) string {
	if v > 0 && v < 1 {
		return trim(v)
	}
	s := fmt.Sprintf("%.0f", v)
	var groups []string
	for len(s) > 3 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, groups...), ",")
}

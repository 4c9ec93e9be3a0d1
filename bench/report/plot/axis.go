package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	gonum "gonum.org/v1/plot"
)

// An Axis is what is along it, and from where to where.
type Axis struct {
	Label    string
	Min, Max float64
	Log      bool
	Ticks    Ticks
}

// apply sets everything but the label. The library centres a label in the middle
// of the values, which on a logarithmic axis is far off, and pads the plot for it.
func (a Axis) apply(to *gonum.Axis) {
	to.Tick.Label.Font, to.Tick.Label.Color = words(tickSize, Ink, false).Font, Soft
	to.Tick.LineStyle, to.LineStyle = hairline, hairline
	to.Tick.Length, to.Padding = 3, 2
	to.Min, to.Max, to.Tick.Marker = a.Min, a.Max, a.Ticks
	if a.Log {
		to.Scale = gonum.LogScale{}
	}
}

// A Span gathers the values that an axis has to hold. What is not positive or
// not finite can't be on a logarithmic axis and is skipped.
type Span struct{ Lo, Hi float64 }

// Hold widens the span.
func (s *Span) Hold(values ...float64) {
	for _, v := range values {
		if v > 0 && !math.IsInf(v, 0) {
			s.Lo, s.Hi = min(cmp.Or(s.Lo, v), v), max(s.Hi, v)
		}
	}
}

// HoldY widens the span by the heights of points.
func (s *Span) HoldY(points []XY) {
	for _, pt := range points {
		s.Hold(pt.Y)
	}
}

// Empty reports whether the span has held no value.
func (s Span) Empty() bool { return s.Hi == 0 }

// Log is a logarithmic axis for the span: rounded outwards, with at least a factor
// of five between its ends, so that it always has labels.
func (s Span) Log(label string, ticks Ticks) Axis {
	if s.Empty() {
		return Axis{label, 1, 10, true, ticks}
	}
	lo, hi := round125(s.Lo, false), round125(s.Hi, true)
	for hi == s.Hi || hi/lo < 5 {
		hi = round125(hi*1.5, true)
	}
	return Axis{label, lo, hi, true, ticks}
}

// round125 rounds a positive value down or up to 1, 2 or 5 times a power of ten.
func round125(v float64, up bool) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	best := base
	for _, m := range []float64{1, 2, 5, 10} {
		switch step := m * base; {
		case up && v <= step*(1+1e-9):
			return step
		case !up && step <= v*(1+1e-9):
			best = step
		}
	}
	return best
}

// Ticks mark an axis, with a label or without.
type Ticks = gonum.Ticker

// Millis marks a logarithmic axis of milliseconds.
func Millis() Ticks { return oneTwoFive(duration, 3.1) }

// Rates marks a logarithmic axis of rates.
func Rates() Ticks { return oneTwoFive(Thousands, 2.2) }

// oneTwoFive marks a logarithmic axis at 1, 2 and 5 of each decade. On a long
// axis only the decades are labelled.
func oneTwoFive(label func(float64) string, crowded float64) Ticks {
	return gonum.TickerFunc(func(lo, hi float64) (ticks []gonum.Tick) {
		decades := math.Log10(hi / lo)
		for base := math.Pow(10, math.Floor(math.Log10(lo)+1e-9)); ; base *= 10 {
			for _, m := range []float64{1, 2, 5} {
				t := gonum.Tick{Value: m * base}
				if t.Value < lo*(1-1e-9) {
					continue
				}
				if t.Value > hi*(1+1e-9) {
					return ticks
				}
				if m == 1 || decades < crowded {
					t.Label = label(t.Value)
				}
				ticks = append(ticks, t)
			}
		}
	})
}

// Nines marks an axis of 1/(1-q) by percentile: each nine is one step.
func Nines() Ticks {
	return gonum.ConstantTicks{
		{Value: 1, Label: "0 %"}, {Value: 2, Label: "50 %"}, {Value: 4, Label: "75 %"}, {Value: 10, Label: "90 %"},
		{Value: 20}, {Value: 100, Label: "99 %"}, {Value: 1000, Label: "99.9 %"}, {Value: 1e4, Label: "99.99 %"},
	}
}

// Percents marks an axis at some percentages.
func Percents(at ...float64) Ticks {
	var ticks gonum.ConstantTicks
	for _, v := range at {
		ticks = append(ticks, gonum.Tick{Value: v, Label: Number(v) + " %"})
	}
	return ticks
}

// Evenly marks a linear axis with about n labels.
func Evenly(n int) Ticks {
	return gonum.TickerFunc(func(lo, hi float64) (ticks []gonum.Tick) {
		if !(hi > lo) {
			return nil
		}
		step := round125((hi-lo)/float64(n), true)
		for i := int(math.Ceil(lo/step - 1e-9)); float64(i)*step <= hi+step*1e-9; i++ {
			ticks = append(ticks, gonum.Tick{Value: float64(i) * step, Label: Number(float64(i) * step)})
		}
		return ticks
	})
}

// thinned takes the labels off ticks that would run into each other. Whole
// decades are the last to go.
func thinned(ticks []gonum.Tick, at func(float64) Length) []gonum.Tick {
	label := words(tickSize, Soft, false)
	type room struct{ from, to Length }
	var taken []room
	out := slices.Clone(ticks)
	for _, decades := range []bool{true, false} {
		for i, t := range ticks {
			if t.IsMinor() || decade(t.Value) != decades {
				continue
			}
			half := label.Width(t.Label)/2 + 2
			mine := room{at(t.Value) - half, at(t.Value) + half}
			if slices.ContainsFunc(taken, func(r room) bool { return mine.from < r.to && r.from < mine.to }) {
				out[i].Label = ""
			} else {
				taken = append(taken, mine)
			}
		}
	}
	return out
}

func decade(v float64) bool {
	exp := math.Log10(v)
	return v > 0 && math.Abs(exp-math.Round(exp)) < 1e-9
}

// duration writes a round number of milliseconds as an axis does: 0.5 ms, 20 ms,
// 1 s. The units are those of the sentences.
func duration(ms float64) string {
	if ms < 999.9 {
		return Number(ms) + " ms"
	}
	return Number(ms/1000) + " s"
}

// Number writes four significant digits at most.
func Number(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// Thousands writes a number without decimals, in groups of three digits.
func Thousands(v float64) string {
	if v > 0 && v < 1 {
		return Number(v)
	}
	if v < 0 {
		return "-" + Thousands(-v)
	}
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

package measure

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/perf/benchmath"
)

// A series is one side of a comparison: one metric, repeat by repeat.
type series struct {
	name string
	all  Num         // over all repeats
	why  string      // why that is none
	of   map[int]Num // by repeat
}

// paired lists the values of the repeats that have one on both sides.
func paired(x, y series) (a, b []Num) {
	for _, repeat := range slices.Sorted(maps.Keys(x.of)) {
		if v, both := y.of[repeat]; both && v.OK() && x.of[repeat].OK() {
			a, b = append(a, x.of[repeat]), append(b, v)
		}
	}
	return a, b
}

// A Judgement is how two sides differ in one metric. The ratio is the second
// side over the first.
//
// It is taken repeat by repeat and Ratio is the median of these pairs, because the
// two sides of a repeat ran soon after one another. Where single repeats are
// too small for the metric, Ratio is that of the pooled values, and there is no
// interval.
//
// From six repeats on a U test shows whether the sides can be distinguished. Below,
// nothing does, and Distinct is null.
type Judgement struct {
	Ratio    Num               `json:"ratio"`
	RatioOf  string            `json:"ratio_of,omitempty"` // "pairs" or "pools"
	N        int               `json:"n"`                  // repeats that have a value on both sides
	Interval *Interval         `json:"interval"`           // of the pairs' ratios
	P        Num               `json:"p"`                  // of the U test
	Distinct *bool             `json:"distinguishable"`
	Reasons  map[string]string `json:"reasons,omitempty"`
}

// Noise reports whether a U test can't distinguish the difference from noise. With too few
// repeats for the test that is unknown, and it is false.
func (j Judgement) Noise() bool { return j.Distinct != nil && !*j.Distinct }

// unsettled is why there is no ratio where a latency is infinite.
const unsettled = "unsettled orders"

// judge compares two sides, y over x.
func judge(x, y series) Judgement {
	j := Judgement{Ratio: None, P: None, Reasons: map[string]string{}}
	without := func(why string, what ...string) Judgement {
		for _, w := range what {
			j.Reasons[w] = why
		}
		return j
	}
	a, b := paired(x, y)
	j.N = len(a)
	if len(a) == 0 {
		switch {
		case !x.all.OK() || !y.all.OK():
			j.Reasons["ratio"] = "one side can't be given"
		case !x.all.Finite() || !y.all.Finite():
			j.Reasons["ratio"] = unsettled
		default:
			j.Ratio, j.RatioOf = y.all/x.all, "pools"
		}
		return without("no repeat has the metric on both sides", "interval", "distinguishable")
	}
	ratios := make([]Num, len(a))
	for i := range a {
		if !a[i].Finite() || !b[i].Finite() {
			return without(unsettled, "ratio", "interval", "distinguishable")
		}
		if a[i] == 0 {
			return without("a value of zero", "ratio", "interval", "distinguishable")
		}
		ratios[i] = b[i] / a[i]
	}
	j.Ratio, j.RatioOf, j.Interval = Median(ratios), "pairs", interval(ratios)
	if len(a) < enough {
		return without(fmt.Sprintf("repeats: %d, needs %d", len(a), enough), "distinguishable")
	}
	test := benchmath.AssumeNothing.Compare(sampleOf(a), sampleOf(b))
	distinct := test.P <= test.Alpha
	j.P, j.Distinct = Num(test.P), &distinct
	return j
}

// A Spread is what the repeats gave, one value each.
type Spread struct {
	Values []Num  `json:"values"` // in order of repeat
	Median Num    `json:"median"`
	Lo     Num    `json:"lo"`
	Hi     Num    `json:"hi"`
	Reason string `json:"reason,omitempty"`

	// Interval is where the median lies, with 95 % confidence; with few repeats
	// it is their range. Null where a repeat has no value or never ended.
	Interval *Interval `json:"interval"`
}

func spread(values []Num) Spread {
	s := Spread{Values: append([]Num{}, values...), Median: Median(values), Lo: None, Hi: None}
	switch {
	case len(values) == 0:
		s.Reason = "no repeat"
		return s
	case !s.Median.OK():
		s.Reason = "not every repeat has a value"
		return s
	}
	s.Lo, s.Hi = slices.Min(values), slices.Max(values)
	if s.Hi.Finite() {
		s.Interval = interval(values)
	}
	return s
}

// An Interval is where a median lies: the range of a few values, or its 95 %
// confidence interval.
type Interval struct {
	Kind string `json:"kind"` // "range" or "ci95"
	Lo   Num    `json:"lo"`
	Hi   Num    `json:"hi"`
	N    int    `json:"n"`
}

// enough is how many repeats an interval needs: below six, no interval around a
// median covers 95 %.
const enough = 6

// interval is where the median of the values lies. They are finite, and there is
// one at least.
func interval(values []Num) *Interval {
	if len(values) < enough {
		return &Interval{"range", slices.Min(values), slices.Max(values), len(values)}
	}
	s := benchmath.AssumeNothing.Summary(sampleOf(values), 0.95)
	return &Interval{"ci95", Num(s.Lo), Num(s.Hi), len(values)}
}

// sampleOf copies, because benchmath sorts what it is given.
func sampleOf(values []Num) *benchmath.Sample {
	floats := make([]float64, len(values))
	for i, v := range values {
		floats[i] = float64(v)
	}
	return benchmath.NewSample(floats, &benchmath.DefaultThresholds)
}

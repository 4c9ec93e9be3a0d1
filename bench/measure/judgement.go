package measure

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// enough is how many repeats an interval needs: below six, no interval around a
// median covers 95 %.
const enough = 6

// A Judgement says how two sides differ in one metric. The ratio is the second
// side over the first.
//
// It is taken repeat by repeat and Ratio is the median of these pairs, so that
// what the machine did to a repeat it did to both sides. Where single repeats are
// too small for the metric, Ratio is that of the pooled values, and there is no
// interval.
//
// From six repeats on a U test says whether the sides can be told apart. Below,
// nothing does, and Distinct is null.
type Judgement struct {
	Ratio    Num               `json:"ratio"`
	RatioOf  string            `json:"ratio_of,omitempty"` // "pairs" or "pools"
	Interval *Interval         `json:"interval"`
	P        Num               `json:"p"` // of the U test
	Distinct *bool             `json:"distinguishable"`
	Reasons  map[string]string `json:"reasons,omitempty"`
}

// An Interval is where the ratios lie: the range of a few, or the 95 %
// confidence interval of their median.
type Interval struct {
	Kind string `json:"kind"` // "range" or "ci95"
	Lo   Num    `json:"lo"`
	Hi   Num    `json:"hi"`
	N    int    `json:"n"`
}

// Noise says whether a difference can't be told from noise: the U test finds
// none or, with too few repeats for one, the repeats don't agree on its sign.
func (j Judgement) Noise() bool {
	if j.Distinct != nil {
		return !*j.Distinct
	}
	return j.Interval != nil && j.Interval.N > 1 && j.Interval.Lo <= 1 && j.Interval.Hi >= 1
}

// neverSettled is why there is no ratio where a latency is infinite.
const neverSettled = "orders that never settled"

// judge compares two sides. x and y are the values over all repeats; a[i] and
// b[i] are those of one repeat, each of them given.
func judge(x, y Num, a, b []Num) Judgement {
	j := Judgement{Ratio: None, P: None, Reasons: map[string]string{}}
	without := func(why string, what ...string) Judgement {
		for _, w := range what {
			j.Reasons[w] = why
		}
		return j
	}
	if len(a) == 0 {
		switch {
		case !x.OK() || !y.OK():
			j.Reasons["ratio"] = "one side can't be given"
		case !x.Finite() || !y.Finite():
			j.Reasons["ratio"] = neverSettled
		default:
			j.Ratio, j.RatioOf = y/x, "pools"
		}
		return without("no repeat has the metric on both sides", "interval", "distinguishable")
	}
	ratios := make([]float64, len(a))
	for i := range a {
		if !a[i].Finite() || !b[i].Finite() {
			return without(neverSettled, "ratio", "interval", "distinguishable")
		}
		if a[i] == 0 {
			return without("a value of zero", "ratio", "interval", "distinguishable")
		}
		ratios[i] = float64(b[i] / a[i])
	}
	j.Ratio, j.RatioOf, j.Interval = middle(ratios), "pairs", interval(ratios)
	if len(a) < enough {
		return without(fmt.Sprintf("repeats: %d, needs %d", len(a), enough), "distinguishable")
	}
	test := benchmath.AssumeNothing.Compare(sampleOf(floats(a)), sampleOf(floats(b)))
	distinct := test.P <= test.Alpha
	j.P, j.Distinct = Num(test.P), &distinct
	return j
}

// middle is the median as benchmath has it.
func middle(values []float64) Num {
	return Num(benchmath.AssumeNothing.Summary(sampleOf(values), 0.95).Center)
}

// interval is where the median of the values lies, with 95 % confidence. A few
// values have a range and no more.
func interval(values []float64) *Interval {
	s := benchmath.AssumeNothing.Summary(sampleOf(values), 0.95)
	if len(values) < enough || math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		return &Interval{"range", Num(slices.Min(values)), Num(slices.Max(values)), len(values)}
	}
	return &Interval{"ci95", Num(s.Lo), Num(s.Hi), len(values)}
}

// sampleOf copies, because benchmath sorts what it is given.
func sampleOf(values []float64) *benchmath.Sample {
	return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
}

func floats(nums []Num) []float64 {
	out := make([]float64, len(nums))
	for i, n := range nums {
		out[i] = float64(n)
	}
	return out
}

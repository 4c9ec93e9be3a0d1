package measure

import (
	"slices"

	"golang.org/x/perf/benchmath"
)

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

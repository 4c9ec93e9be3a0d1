package measure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// beyond is how many orders must lie beyond a percentile before it is given.
const beyond = 10

// A Sample is a set of latencies in ascending order. What never happened is +Inf.
type Sample []float64

// NewSample sorts a copy of the values.
func NewSample(values []float64) Sample {
	s := Sample(slices.Clone(values))
	slices.Sort(s)
	return s
}

// needs is how many values a sample must have for the quantile q.
func needs(q float64) int { return int(math.Ceil(beyond/(1-q) - 1e-6)) }

// Supports reports whether the sample is large enough for the quantile q.
func (s Sample) Supports(q float64) bool { return len(s) >= needs(q) }

// Quantile returns the value at the nearest rank: the smallest one that a share
// of at least q of the sample does not exceed. It is a latency that some order
// really had. ok is false when the sample is too small for q.
func (s Sample) Quantile(q float64) (v float64, ok bool) {
	if !s.Supports(q) {
		return math.NaN(), false
	}
	rank := int(math.Ceil(q*float64(len(s)) - 1e-9))
	return s[max(rank, 1)-1], true
}

// Quantiles are the percentiles of one sample, as results.json has them.
type Quantiles struct {
	N    int `json:"n"`
	P50  Num `json:"p50"`
	P90  Num `json:"p90"`
	P99  Num `json:"p99"`
	P999 Num `json:"p999"`
	Max  Num `json:"max"`

	// Reasons has why a number above is null.
	Reasons map[string]string `json:"reasons,omitempty"`
}

// Percentiles are those that results give, by their JSON names, the lowest first.
// For the last of them few runs have the orders; the others are the usual ones.
var (
	Percentiles      = []string{"p50", "p90", "p99", "p999"}
	UsualPercentiles = Percentiles[:3]
)

// fraction is the share of orders at or below one of the Percentiles. The digits
// of its name are the decimals: 0.999 for "p999".
func fraction(percentile string) float64 {
	q, _ := strconv.ParseFloat("0."+strings.TrimPrefix(percentile, "p"), 64)
	return q
}

// Percentile is the quantile that one of the Percentiles names.
func (s Sample) Percentile(name string) (v float64, ok bool) { return s.Quantile(fraction(name)) }

// Quantiles computes them all; those that the sample is too small for are null.
func (s Sample) Quantiles() Quantiles {
	if len(s) == 0 {
		return withheld(0, noSuchOrder)
	}
	out := Quantiles{N: len(s), Max: Num(s[len(s)-1]), Reasons: map[string]string{}}
	for _, p := range Percentiles {
		v, ok := s.Percentile(p)
		*out.at(p) = Num(v)
		if !ok {
			out.Reasons[p] = fmt.Sprintf("n = %d, needs %d", len(s), needs(fraction(p)))
		}
	}
	return out
}

// withheld is a sample whose percentiles can't be claimed, for one reason.
func withheld(n int, why string) Quantiles {
	out := Quantiles{N: n, P50: None, P90: None, P99: None, P999: None, Max: None, Reasons: map[string]string{"max": why}}
	for _, p := range Percentiles {
		out.Reasons[p] = why
	}
	return out
}

// at is where the percentile of that name is kept.
func (q *Quantiles) at(name string) *Num {
	return []*Num{&q.P50, &q.P90, &q.P99, &q.P999}[slices.Index(Percentiles, name)]
}

// At returns the percentile with the given JSON name, such as "p50". Of no
// orders there is none.
func (q Quantiles) At(name string) Num {
	if q.N == 0 {
		return None
	}
	return *q.at(name)
}

// Why is the reason why a percentile is not given, or "".
func (q Quantiles) Why(name string) string {
	if q.N == 0 {
		return cmp.Or(q.Reasons[name], noSuchOrder)
	}
	return q.Reasons[name]
}

const noSuchOrder = "no such order"

package measure

import (
	"fmt"
	"math"
	"slices"
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

// Needs is how many values a sample must have for the quantile q.
func Needs(q float64) int { return int(math.Ceil(beyond/(1-q) - 1e-6)) }

// Supports says whether the sample is large enough for the quantile q.
func (s Sample) Supports(q float64) bool { return len(s) >= Needs(q) }

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

	// Reasons says why a number above is null.
	Reasons map[string]string `json:"reasons,omitempty"`
}

// quantileNames are the percentiles that results give, by their JSON names.
var quantileNames = []struct {
	Name string
	Q    float64
}{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}}

// Quantiles computes them all; those that the sample is too small for are null.
func (s Sample) Quantiles() Quantiles {
	out := Quantiles{N: len(s), Max: None, Reasons: map[string]string{}}
	for _, p := range quantileNames {
		v, ok := s.Quantile(p.Q)
		*out.at(p.Name) = Num(v)
		if !ok {
			out.Reasons[p.Name] = tooFew(len(s), Needs(p.Q))
		}
	}
	if len(s) == 0 {
		out.Reasons["max"] = tooFew(0, 1)
	} else {
		out.Max = Num(s[len(s)-1])
	}
	return out
}

// withheld is a sample whose percentiles can't be claimed, for one reason.
func withheld(n int, why string) Quantiles {
	out := Quantiles{N: n, Max: None, Reasons: map[string]string{"max": why}}
	for _, p := range quantileNames {
		*out.at(p.Name) = None
		out.Reasons[p.Name] = why
	}
	return out
}

func (q *Quantiles) at(name string) *Num {
	switch name {
	case "p50":
		return &q.P50
	case "p90":
		return &q.P90
	case "p99":
		return &q.P99
	}
	return &q.P999
}

// At returns the percentile with the given JSON name, such as "p50". Of no
// orders there is none.
func (q Quantiles) At(name string) Num {
	if q.N == 0 {
		return None
	}
	return *q.at(name)
}

func tooFew(have, need int) string {
	if have == 0 {
		return "no such order"
	}
	return fmt.Sprintf("n = %d, needs %d", have, need)
}

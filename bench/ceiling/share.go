package ceiling

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"golang.org/x/perf/benchmath"
)

// Result is all that a run found.
type Result struct {
	Durability string   `json:"durability"`
	Repeats    int      `json:"repeats"`
	Styles     []Share  `json:"styles"`
	Untuned    *Untuned `json:"untuned,omitempty"`
}

// A Share says how much of what its engine allows a style reaches. Rates are
// medians over the repeats; the share is the median of the ratios, each of two
// measurements that followed each other.
type Share struct {
	Style    string   `json:"style"`
	Orders   float64  `json:"orders_per_s"`
	Ceiling  float64  `json:"ceiling_per_s"`
	Share    float64  `json:"share"`
	Interval Interval `json:"interval"`
	Bound    float64  `json:"at_least,omitempty"` // what the project holds itself to; 0 is nothing

	// Processor time in ms per order by role, of the style and of the ceiling.
	CPU        map[string]float64 `json:"cpu_ms_per_order"`
	CeilingCPU map[string]float64 `json:"ceiling_cpu_ms_per_order"`

	// CPUShare is the ceiling's processor time over the style's: what the share
	// falls towards when other programs compete for the cores.
	// It is 0 where a measurement was too short to tell.
	CPUShare float64 `json:"cpu_share,omitempty"`
}

// An Interval of the median: of 95 % confidence from six repeats on, and below
// that the range of what was seen, which is called so.
type Interval struct {
	Kind string  `json:"kind"` // ci95 or range
	Lo   float64 `json:"lo"`
	Hi   float64 `json:"hi"`
	N    int     `json:"n"`
}

// Untuned sets the unloaded latency on tuned settings against that on the
// engine's development settings.
type Untuned struct {
	Style    string   `json:"style"`
	Tuned    float64  `json:"tuned_settled_p50_ms"`
	Untuned  float64  `json:"untuned_settled_p50_ms"`
	Ratio    float64  `json:"ratio"`
	Interval Interval `json:"interval"`
	Bound    float64  `json:"at_most"`
	Orders   int      `json:"orders"` // of each repeat and side
}

// NewShare compares the repeats of a style with those of its ceiling, pair by
// pair.
func NewShare(style string, bound float64, rates, ceilings []Rate) Share {
	perSecond := func(all []Rate) (v []float64) {
		for _, r := range all {
			v = append(v, r.PerSecond)
		}
		return v
	}
	s := Share{
		Style: style, Bound: bound,
		Orders: median(perSecond(rates)), Ceiling: median(perSecond(ceilings)),
		CPU: cpu(rates), CeilingCPU: cpu(ceilings),
	}
	if used := total(s.CPU); used > 0 {
		s.CPUShare = total(s.CeilingCPU) / used
	}
	s.Share, s.Interval = ratios(perSecond(rates), perSecond(ceilings))
	return s
}

// NewUntuned compares medians of latency, pair by pair.
func NewUntuned(style string, bound float64, orders int, tuned, untuned []float64) *Untuned {
	u := &Untuned{Style: style, Bound: bound, Orders: orders, Tuned: median(tuned), Untuned: median(untuned)}
	u.Ratio, u.Interval = ratios(tuned, untuned)
	return u
}

// ratios returns the median of a/b and where it lies.
func ratios(a, b []float64) (float64, Interval) {
	var all []float64
	for i := range a {
		all = append(all, a[i]/b[i])
	}
	const enough = 6 // repeats, for an interval of 95 %
	if len(all) < enough {
		return median(all), Interval{"range", slices.Min(all), slices.Max(all), len(all)}
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(all, &benchmath.DefaultThresholds), 0.95)
	return s.Center, Interval{"ci95", s.Lo, s.Hi, len(all)}
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// cpu is the median of each role over the repeats.
func cpu(all []Rate) map[string]float64 {
	byRole := map[string][]float64{}
	for _, r := range all {
		for role, ms := range r.CPU {
			byRole[role] = append(byRole[role], ms)
		}
	}
	medians := map[string]float64{}
	for role, v := range byRole {
		medians[role] = median(v)
	}
	return medians
}

func total(cpu map[string]float64) (sum float64) {
	for _, ms := range cpu {
		sum += ms
	}
	return sum
}

// Missed says that a bound was not kept.
func (r Result) Missed() bool {
	for _, s := range r.Styles {
		if s.Share < s.Bound {
			return true
		}
	}
	return r.Untuned != nil && r.Untuned.Ratio > r.Untuned.Bound
}

// Print writes the result as a table, each ratio beside its bound.
func (r Result) Print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	if len(r.Styles) > 0 {
		fmt.Fprintf(w, "saturated\torders/s\tceiling\tshare\t%s\tat least\t\n", over(r.Styles[0].Interval))
	}
	for _, s := range r.Styles {
		fmt.Fprintf(w, "%s\t%.4g\t%.4g\t%.2f\t%.2f to %.2f\t", s.Style, s.Orders, s.Ceiling, s.Share, s.Interval.Lo, s.Interval.Hi)
		if s.Bound > 0 {
			fmt.Fprintf(w, "%.2f\t%s", s.Bound, met(s.Share >= s.Bound))
		}
		fmt.Fprintln(w)
	}
	if len(r.Styles) > 0 {
		fmt.Fprint(w, "\nCPU, ms per order\tserver\tworker\tharness\tall\n")
	}
	for _, s := range r.Styles {
		for _, row := range []struct {
			name string
			cpu  map[string]float64
		}{{s.Style, s.CPU}, {"  its ceiling", s.CeilingCPU}} {
			fmt.Fprintf(w, "%s\t%.3g\t%.3g\t%.3g\t%.3g\n", row.name, row.cpu["server"], row.cpu["worker"], row.cpu["harness"], total(row.cpu))
		}
		fmt.Fprintf(w, "  over the style's\t\t\t\t%.2f\n", s.CPUShare)
	}
	if u := r.Untuned; u != nil {
		fmt.Fprintf(w, "\nunloaded, settled p50\ttuned\tuntuned\tratio\t%s\tat most\t\n", over(u.Interval))
		fmt.Fprintf(w, "%s\t%.4g ms\t%.4g ms\t%.3f\t%.3f to %.3f\t%.3f\t%s\n", u.Style, u.Tuned, u.Untuned, u.Ratio,
			u.Interval.Lo, u.Interval.Hi, u.Bound, met(u.Ratio <= u.Bound))
	}
	return w.Flush()
}

func over(i Interval) string {
	if i.Kind == "range" {
		return fmt.Sprintf("range of %d", i.N)
	}
	return fmt.Sprintf("95 %% interval of %d", i.N)
}

func met(ok bool) string {
	if ok {
		return "met"
	}
	return "missed"
}

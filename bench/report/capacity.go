package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/internal/lists"
)

// What a style did at most: throughputs beside the ceilings of their engines, and
// the knees that ladders found.

// saturated finds what a style did at most in a scenario of limits. Where the run
// did not look for it, it has no number.
func (d *data) saturated(style, scenario string) (measure.Limit, bool) {
	for _, l := range d.Results.Limits {
		if l.Style == style && l.Scenario == scenario && l.Kind == measure.Saturated {
			return l, true
		}
	}
	return measure.Limit{Capacity: measure.Capacity{PerS: measure.None, AtLeast: measure.None}}, false
}

// capacityWords is the rate of a style, or what is known instead.
func capacityWords(c measure.Capacity) string {
	switch {
	case c.PerS.OK():
		return rate(c.PerS)
	case len(c.Repeats) > 0:
		return "≥ " + rate(c.AtLeast) + ", not reached"
	case c.AtLeast.OK():
		return "≥ " + rate(c.AtLeast) + ", not driven to its limit"
	}
	return "not measured"
}

// limitCell is a throughput with the range of the repeats, or what is known
// instead.
func limitCell(l measure.Limit) string {
	if l.PerS.OK() {
		return ranged(l.PerS, l.Spread, rate)
	}
	return capacityWords(l.Capacity)
}

// shareCell is the share with the range or interval of the repeats.
func shareCell(share measure.Judgement) string {
	i := share.Interval
	switch {
	case i == nil:
		return "–"
	case i.N > 1:
		return fmt.Sprintf("%s (%s–%s)", three(share.Ratio), three(i.Lo), three(i.Hi))
	}
	return three(share.Ratio)
}

// shareBasis is what a style's share rests on.
func shareBasis(l measure.Limit) string {
	i := l.Share.Interval
	switch {
	case i == nil:
		return measure.NoCeiling
	case i.N == 1:
		return "share of the ceiling from one repeat"
	case i.Kind == "ci95":
		return fmt.Sprintf("95 %% interval of the share over %d repeats %s to %s", i.N, three(i.Lo), three(i.Hi))
	}
	return fmt.Sprintf("share in %d repeats %s to %s", i.N, three(i.Lo), three(i.Hi))
}

// limitRows are two lines of the main table for each durability: what came out
// of the styles at most, and which share of their ceilings that is. The run's
// own durability always has them.
func (d *data) limitRows() (rows [][]string, note string) {
	note = " " + sentence(measure.NoCeiling)
	scenarios := []string{record.KindSaturation}
	for _, l := range d.Results.Limits {
		if l.Kind == measure.Saturated && !slices.Contains(scenarios, l.Scenario) {
			scenarios = append(scenarios, l.Scenario)
		}
	}
	for _, s := range scenarios {
		durability := s[len(record.KindSaturation):]
		rates := []string{"orders/s at most, " + noServiceTime + durability}
		shares := []string{"share of the ceiling, " + noServiceTime + durability}
		for _, style := range d.styles() {
			l, ok := d.saturated(style, s)
			if !ok && s == record.KindSaturation {
				l.Capacity = d.Results.Capacity[style]
			}
			rates, shares = append(rates, limitCell(l)), append(shares, shareCell(l.Share))
			if len(l.Ceilings.Values) > 0 {
				note = " The ceiling is what the same traffic reached with no service, no ledger and no fault behind it." + d.shareNote() +
					" Ceilings are short measurements, and about 1 means no more than that the style came up to it." + d.loadNote()
			}
		}
		rows = append(rows, d.withRatios(rates, "capacity_per_s", s), d.withRatios(shares, "", ""))
	}
	return rows, note
}

// steady reports whether styles were saturated by a fixed number of orders under
// way. Otherwise they were overloaded by a burst.
func (d *data) steady() bool {
	return slices.ContainsFunc(d.Results.Cells, func(c measure.Cell) bool { return c.InFlight > 0 })
}

// shareNote says what a share lacks where the style had a burst and its ceiling a
// window.
func (d *data) shareNote() string {
	if d.steady() {
		return ""
	}
	return " At most is what came out of a burst, with its filling and draining, or a higher rate that a cell kept up with; the ceiling is counted in a window without those, so shares are rather low."
}

// loadNote says which share of what each style settled at most the orders are that
// latencies are of: a ratio at one rate is not that at another.
func (d *data) loadNote() string {
	calm, ok := d.calm()
	var parts []string
	for _, style := range d.styles() {
		if c := d.Results.Capacity[style]; ok && c.PerS.OK() {
			parts = append(parts, fmt.Sprintf("%s %% with %s", percent(float64(calm.Offered/c.PerS)), style))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf(" Of what came out at most, %s is %s: the ratios of latency are those of this rate.", perSecond(calm.Offered), listing(parts))
}

// ceilingOrders counts the orders that the ceilings of each style rest on.
func (d *data) ceilingOrders() (words []string) {
	for _, style := range d.styles() {
		n := 0.0
		for _, c := range d.Run.Ceilings {
			if c.Style == style {
				n += math.Round(c.PerSecond * c.Window)
			}
		}
		if n > 0 {
			words = append(words, with(style, plot.Thousands(n)))
		}
	}
	return words
}

// limitTable sets every throughput of the run beside its ceiling.
func (d *data) limitTable() table {
	t := table{Title: "Throughput as a share of the ceiling, " + noServiceTime, Words: 3,
		Head: []string{"style", "throughput", "durability", "orders/s", "ceiling", "share", "of CPU", "n"},
		Note: "A ceiling is what the same traffic reached in the same block, on the same server with the same settings: the same messages, or the same workflow with as many calls, and no service, no ledger and no fault behind them. " +
			"n is the number of repeats that have both; the share is the median of their ratios, with their range in brackets, or the 95 % interval from six on. Of CPU is the ceiling's CPU time of an order over the style's: what the share falls towards where other programs compete for the cores. " +
			"The three kinds of rate are not alike. A saturated cell is overloaded: its rate is all orders over the time to settle them all, or a higher one that another cell of the repeat kept up with. A ladder's knee, here the highest rate that was kept up with, must also keep within a bound on latency. " +
			"A ceiling has a fixed number of orders under way and no queue. So these shares are mostly lower than those of the plan ceiling, which saturates both sides alike."}
	var under []string
	for _, style := range d.styles() {
		for _, l := range lists.Filter(d.Results.Limits, func(l measure.Limit) bool { return l.Style == style }) {
			if way := with(style, grouped(l.InFlight)); l.InFlight > 0 && !slices.Contains(under, way) {
				under = append(under, way)
			}
			kind, ceiling, n := l.Kind, measure.NoCeiling, "–"
			if kind == measure.Knee {
				kind = "knee of " + l.Scenario
			}
			if l.Ceiling.OK() {
				ceiling = ranged(l.Ceiling, l.Ceilings, rate)
			}
			if i := l.Share.Interval; i != nil {
				n = grouped(i.N)
			}
			t.Rows = append(t.Rows, []string{l.Style, kind, l.Durability, limitCell(l), ceiling, shareCell(l.Share), shareCell(l.ShareOfCPU), n})
		}
	}
	if len(under) > 0 {
		t.Note += " Under way at a time: " + listing(under) + "; orders in a ceiling: " + listing(d.ceilingOrders()) + "."
	}
	return t
}

// A knee is where the ladders of one style and scenario put its limit: from the
// highest rate that was kept up with in the worst repeat to the lowest that was not in
// the best. An end that no repeat found is zero.
type knee struct {
	record.Knee // of the first repeat, widened by the others; Rungs are of all
	repeats     int
}

// knees gathers the repeats of each style and scenario, in the order of the run.
func (d *data) knees() (all []knee) {
	for _, style := range d.styles() {
		for _, k := range lists.Filter(d.Run.Knees, func(k record.Knee) bool { return k.Style == style }) {
			i := slices.IndexFunc(all, func(o knee) bool { return o.Style == style && o.Scenario == k.Scenario })
			if i < 0 {
				all = append(all, knee{k, 1})
			} else {
				all[i].widen(k)
			}
		}
	}
	return all
}

// widen takes one more repeat into the knee. An upper end that one repeat left open
// stays open.
func (k *knee) widen(one record.Knee) {
	open := k.Hi == 0 || one.Hi == 0
	k.Lo = min(k.Lo, one.Lo)
	if k.Hi = max(k.Hi, one.Hi); open {
		k.Hi = 0
	}
	k.repeats, k.Rungs = k.repeats+1, k.Rungs+one.Rungs
}

func (k knee) words() string {
	switch {
	case k.Lo == 0 && k.Hi == 0:
		return "not found"
	case k.Lo == 0:
		return "below " + perSecond(k.Hi)
	case k.Hi == 0:
		return "above " + perSecond(k.Lo)
	}
	return three(k.Lo) + "–" + three(k.Hi) + "/s"
}

// kneeTable lists the knees that ladders found.
func (d *data) kneeTable() table {
	return table{Title: "Knees", Words: 2,
		Head: []string{"style", "ladder", "knee", "repeats", "rungs tried", "p99 at most"},
		Note: "A rung keeps up when the backlog does not grow, 99 % of what was due has settled in time, and the p99 of settling (the p90, with too few orders for a p99) is within the bound. " +
			"The knee is from the highest rate that was kept up with in the worst repeat to the lowest that was not in the best: the range of the repeats.",
		Rows: lists.Map(d.knees(), func(k knee) []string {
			return []string{k.Style, k.Scenario, k.words(), grouped(k.repeats), grouped(k.Rungs), plot.Number(k.Bound) + " ms"}
		})}
}

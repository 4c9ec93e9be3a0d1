package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// Throughputs, and which share of its engine's ceiling each is.

// saturated finds what a style did at most in a scenario of limits. Where nobody
// looked it has no number.
func (d *data) saturated(style, scenario string) (measure.Limit, bool) {
	for _, l := range d.results.Limits {
		if l.Style == style && l.Scenario == scenario && l.Kind == measure.Saturated {
			return l, true
		}
	}
	return measure.Limit{
		Capacity: measure.Capacity{PerS: measure.None, AtLeast: measure.None},
		Ceiling:  measure.Spread{Median: measure.None},
		Share:    measure.Judgement{Ratio: measure.None},
	}, false
}

// limitRows are two lines of the main table for each durability: what came out
// of the styles at most, and which share of their ceilings that is. The run's
// own durability always has them.
func (d *data) limitRows() (rows [][]string, note string) {
	note = " " + sentence(measure.NoCeiling)
	scenarios := []string{record.KindSaturation}
	for _, l := range d.results.Limits {
		if l.Kind == measure.Saturated && !slices.Contains(scenarios, l.Scenario) {
			scenarios = append(scenarios, l.Scenario)
		}
	}
	for _, s := range scenarios {
		durability := s[len(record.KindSaturation):]
		rates, shares := []string{"orders settled per second, saturated" + durability}, []string{"share of the engine's ceiling" + durability}
		for _, style := range d.styles() {
			l, ok := d.saturated(style, s)
			if !ok && s == record.KindSaturation {
				l.Capacity = d.results.Capacity[style]
			}
			rates, shares = append(rates, limitCell(l)), append(shares, shareCell(l))
			if len(l.Ceiling.Values) > 0 {
				note = " The ceiling is what the engine allowed with nothing behind the same traffic."
			}
		}
		rows = append(rows, d.withRatio(rates, "capacity_per_s", s), d.withRatio(shares, "", ""))
	}
	return rows, note
}

func limitCell(l measure.Limit) string {
	if l.PerS.OK() {
		return ranged(l.PerS, l.Spread, rate)
	}
	return capacityWords(l.Capacity)
}

// shareCell is the share with the range or interval of the repeats.
func shareCell(l measure.Limit) string {
	i := l.Share.Interval
	switch {
	case i == nil:
		return "–"
	case i.N > 1:
		return fmt.Sprintf("%s (%s–%s)", three(float64(l.Share.Ratio)), three(float64(i.Lo)), three(float64(i.Hi)))
	}
	return three(float64(l.Share.Ratio))
}

// shares lists the styles' shares at the run's own durability.
func (d *data) shares() (list []string) {
	for _, style := range d.styles() {
		if l, _ := d.saturated(style, record.KindSaturation); l.Share.Interval != nil {
			list = append(list, with(style, three(float64(l.Share.Ratio))))
		}
	}
	return list
}

// shareBasis is what a style's share rests on.
func (d *data) shareBasis(style string) string {
	l, _ := d.saturated(style, record.KindSaturation)
	i := l.Share.Interval
	switch {
	case i == nil:
		return measure.NoCeiling
	case i.N == 1:
		return "share of the ceiling from one repeat"
	case i.Kind == "ci95":
		return fmt.Sprintf("95 %% interval of the share over %d repeats %s to %s", i.N, three(float64(i.Lo)), three(float64(i.Hi)))
	}
	return fmt.Sprintf("share in %d repeats %s to %s", i.N, three(float64(i.Lo)), three(float64(i.Hi)))
}

// limitTable sets every throughput of the run beside its ceiling.
func (d *data) limitTable() (t table, ok bool) {
	t = table{Title: "Throughput as a share of the ceiling", Words: 3, Head: []string{"style", "throughput", "durability", "orders/s", "ceiling", "share", "n"},
		Note: "A ceiling is what the engine allowed in the same block, on the same server with the same settings: the same messages, or the same workflow with as many calls, and no service, no ledger and no fault behind them. " +
			"n is the number of repeats that have both; the share is the median of their ratios, with their range in brackets, or the 95 % interval from six on. " +
			"The three kinds of rate are not alike. A saturated cell is offered more than fits. A ladder's knee, here the highest rate that held, must also keep within a bound on latency. " +
			"A ceiling has a fixed number of orders under way and no queue. So these shares are mostly lower than those of sagabench ceiling, which saturates both sides alike."}
	var under []string
	for _, style := range d.styles() {
		for _, l := range d.results.Limits {
			if l.Style != style {
				continue
			}
			if way := with(style, grouped(l.InFlight)); l.InFlight > 0 && !slices.Contains(under, way) {
				under = append(under, way)
			}
			kind := l.Kind
			if kind == measure.Knee {
				kind = "knee of " + l.Scenario
			}
			ceiling, n := measure.NoCeiling, "–"
			if l.Ceiling.Median.OK() {
				ceiling = ranged(l.Ceiling.Median, l.Ceiling, rate)
			}
			if i := l.Share.Interval; i != nil {
				n = grouped(i.N)
			}
			t.Rows = append(t.Rows, []string{l.Style, kind, l.Durability, limitCell(l), ceiling, shareCell(l), n})
		}
	}
	if len(under) > 0 {
		t.Note += " Under way at a time: " + listing(under) + "."
	}
	return t, len(t.Rows) > 0
}

// A roof is what a style's engine allows, drawn from where all that is due would
// reach it. It is a median: in a good repeat the style may come out above.
type roof struct {
	style string
	at    float64
}

// roofs are those at the run's own durability.
func (d *data) roofs() (all []roof) {
	for _, style := range d.styles() {
		if l, _ := d.saturated(style, record.KindSaturation); l.Ceiling.Median.OK() {
			all = append(all, roof{style, float64(l.Ceiling.Median)})
		}
	}
	return all
}

// add draws the roof as far as the edge, where it has the style's marker.
func (r roof) add(p panel, edge float64) {
	look := lookOf(r.style)
	line := look.solid(1.4)
	line.Dashes = roofDashes
	end := xy{edge, r.at}
	p.Add(curve{points: []xy{{r.at, r.at}, end}, style: line}, dots{[]xy{end}, look.mark(2.6, false)})
}

var roofDashes = []vg.Length{2, 2}

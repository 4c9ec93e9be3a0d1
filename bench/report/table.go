package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A table is one for the page, the Markdown and the terminal alike. A row of a
// single cell is a heading over the rows below it.
type table struct {
	Title string
	Head  []string
	Rows  [][]string
	Words int // leading columns that hold words; the others hold numbers
	Note  string
}

// mainTable is the run at a glance: one line per metric, one column per style.
func (d *data) mainTable() table {
	t := table{Title: "At a glance", Words: 1, Head: append([]string{"metric"}, d.styles()...)}
	if d.twins() {
		t.Head = append(t.Head, "ratio")
		t.Note = d.percentileNote() + " The ratio is orchestration over choreography, the median of the repeats. " + d.ratioNote()
	} else {
		t.Note = d.percentileNote()
	}
	for _, s := range d.scenarios() {
		switch s.kind {
		case record.KindSaturation, record.KindRung, record.KindOutage:
			continue // run for their rate; and a median over an outage mixes two kinds of orders
		}
		t.Rows = append(t.Rows, []string{s.words()})
		for _, e := range food.Endings {
			for _, q := range measure.UsualPercentiles {
				d.addLatency(&t, s, e, measure.Settled, q)
			}
		}
		d.addLatency(&t, s, measure.Any, measure.Compensation, "p50")
	}
	t.Rows = append(t.Rows, []string{"the whole run"})
	limits, note := d.limitRows()
	t.Rows, t.Note = append(t.Rows, limits...), t.Note+note
	row := []string{"orders handled wrongly"}
	for _, style := range d.styles() {
		row = append(row, d.wrongCell(style))
	}
	t.Rows = append(t.Rows, d.withRatio(row, "", ""))
	return t
}

func (d *data) percentileNote() string {
	brackets := "the lowest and highest repeat"
	if d.intervals() {
		brackets = "the 95 % confidence interval of the repeats' median, or the lowest and highest of fewer than six repeats"
	}
	return "p50: half of the orders were at least this fast; p90: nine in ten. Percentiles hold the orders of all repeats; in brackets are " + brackets + ". Without brackets there was one repeat, or each was too small for that percentile."
}

// intervals says whether the run has enough repeats for intervals.
func (d *data) intervals() bool {
	return slices.ContainsFunc(d.results.Comparisons, func(c measure.Comparison) bool { return c.Interval != nil && c.Interval.Kind == "ci95" }) ||
		slices.ContainsFunc(d.results.Contrasts, func(c measure.Contrast) bool { return c.Interval != nil && c.Interval.Kind == "ci95" })
}

func (d *data) ratioNote() string { return ratioNote(d.intervals()) }

func ratioNote(intervals bool) string {
	const noise = " A ~ stands where the difference can't be told from noise: "
	if intervals {
		return "Behind it is the 95 % confidence interval of that median." + noise + "a U test over the repeats does not tell the sides apart at 5 %."
	}
	return "Below six repeats the numbers behind it are their range, not a confidence interval." + noise + "the repeats do not agree which is faster."
}

var clockWords = map[measure.Clock]string{measure.Settled: "settled", measure.Compensation: "refusal to last undo"}

// addLatency adds a line for a percentile. Medians appear where there is any such
// order; higher ones where at least one style has enough.
func (d *data) addLatency(t *table, s scenario, e food.Ending, clock measure.Clock, quantile string) {
	gauge := string(clock) + "." + quantile + "_ms"
	name := clockWords[clock]
	if e != measure.Any {
		gauge = string(e) + "." + gauge
		name = endingWords[e]
	}
	row := []string{name + ": " + quantile}
	orders, given := 0, 0
	for _, style := range d.styles() {
		p, _ := d.pool(style, s.name)
		q := p.ByOutcome[e].Settled
		if clock == measure.Compensation {
			q = p.Latency.Compensation
		}
		orders += q.N
		v := q.At(quantile)
		switch {
		case q.N == 0:
			row = append(row, "–")
		case !v.OK():
			row = append(row, "– ("+q.Reasons[quantile]+")")
		default:
			given++
			row = append(row, ranged(v, p.Spreads[gauge], millis))
		}
	}
	if orders == 0 || quantile != "p50" && given == 0 {
		return
	}
	t.Rows = append(t.Rows, d.withRatio(row, gauge, s.name))
}

// ranged writes a value with the range of the repeats, if there is one: 2.4 ms
// (2.3–2.5). Units that are all the same are written once.
func ranged(v measure.Num, s measure.Spread, write func(measure.Num) string) string {
	text := write(v)
	if !s.Lo.OK() || len(s.Values) < 2 {
		return text
	}
	lo, hi := write(s.Lo), write(s.Hi)
	if i := s.Interval; i != nil {
		lo, hi = write(i.Lo), write(i.Hi)
	}
	if u := unit(text); u == unit(lo) && u == unit(hi) {
		lo, hi = strings.TrimSuffix(lo, u), strings.TrimSuffix(hi, u)
	}
	return fmt.Sprintf("%s (%s–%s)", text, lo, hi)
}

// unit is what follows the digits of a quantity.
func unit(quantity string) string { return strings.TrimLeft(quantity, "0123456789.,") }

// withRatio adds the last column, in a run of both styles.
func (d *data) withRatio(row []string, metric, scenario string) []string {
	if !d.twins() {
		return row
	}
	c, ok := d.comparison(metric, scenario)
	if !ok || !c.Ratio.OK() {
		return append(row, "–")
	}
	return append(row, judged(c.Judgement))
}

// judged writes a ratio with the interval or range of the repeats, and a ~ in its
// place where the difference can't be told from noise.
func judged(j measure.Judgement) string {
	if !j.Ratio.OK() {
		return "–"
	}
	text := ratio(j.Ratio)
	if j.Noise() {
		text = "~"
	}
	if i := j.Interval; i != nil && i.N > 1 {
		text += fmt.Sprintf(" (%s–%s)", factor(i.Lo), factor(i.Hi))
	}
	return text
}

func (d *data) wrongCell(style string) string {
	var f fate
	for _, c := range d.results.Cells {
		if c.Style == style {
			f.violated, f.orders, f.atLeast = f.violated+c.Wrong, f.orders+c.Orders.Offered+c.Orders.Warmup, f.atLeast || c.WrongMin
		}
	}
	return f.wrong()
}

// invariantTable lists every promise, how often it was judged and broken.
func (d *data) invariantTable() table {
	t := table{Title: "Every promise", Head: []string{"promise", "broken"}, Words: 1,
		Note: "In brackets: what the true share may still be, with 95 % confidence. n is how many orders, or customers, the promise was about."}
	for _, inv := range d.results.Invariants {
		t.Rows = append(t.Rows, []string{inv.Promise, proportion(inv.Violated, inv.Judged)})
	}
	return t
}

// shown is how many violations a report lists; results.json has more.
const shown = 20

func (d *data) violationTable() (t table, ok bool) {
	all := d.results.Violations
	if len(all) == 0 {
		return t, false
	}
	total, _ := brokenPromises(d.results)
	t = table{Title: "Violations", Head: []string{"promise", "cell", "order", "what happened"}, Words: 4,
		Note: fmt.Sprintf("%d of %d are shown; %s lists more.", min(len(all), shown), max(total, len(all)), ResultsFile)}
	for _, v := range all[:min(len(all), shown)] {
		t.Rows = append(t.Rows, []string{v.Invariant, cmp.Or(v.Cell, "both styles"), cmp.Or(v.Order, "–"), v.Detail})
	}
	return t, true
}

// keyed turns a map into rows, by key.
func keyed(title string, head []string, m map[string]string) table {
	t := table{Title: title, Head: head, Words: 2}
	for k, v := range m {
		t.Rows = append(t.Rows, []string{k, v})
	}
	slices.SortFunc(t.Rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return t
}

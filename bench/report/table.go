package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/internal/lists"
)

// How numbers stand in tables.

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

// judged writes a ratio with the interval or range of the repeats, and a ~ in its
// place where the difference can't be distinguished from noise.
func judged(j measure.Judgement) string {
	if !j.Ratio.OK() {
		return "–"
	}
	text := factor(j.Ratio) + " ×"
	switch {
	case j.Noise():
		text = "~"
	case !j.Ratio.Finite():
		text = "∞"
	}
	if i := j.Interval; i != nil && i.N > 1 {
		text += fmt.Sprintf(" (%s–%s)", factor(i.Lo), factor(i.Hi))
	}
	return text
}

// row has a cell for each style, behind its name.
func (d *data) row(name string, of func(style string) string) []string {
	return append([]string{name}, lists.Map(d.styles(), of)...)
}

// withRatios adds a column for each style that is compared with the first.
func (d *data) withRatios(row []string, metric, scenario string) []string {
	c, ok := d.comparison(metric, scenario)
	for i, style := range d.compared() {
		switch {
		case i == 0:
		case ok && slices.Contains(c.Of[1:], style):
			row = append(row, judged(c.Over(style)))
		default:
			row = append(row, "–")
		}
	}
	return row
}

// ratioHeads are the heads of those columns, and what they mean.
func (d *data) ratioHeads() (heads []string, note string) {
	all := d.compared()
	switch len(all) {
	case 0, 1:
		return nil, ""
	case 2:
		return []string{"ratio"}, fmt.Sprintf(" The ratio is %s over %s: the median of the repeats' ratios, or without brackets that of the two values beside it. ", all[1], all[0])
	}
	heads = lists.Map(all[1:], func(style string) string { return style + " over " + all[0] })
	return heads, " Ratios are medians of the repeats' ratios, or without brackets those of the values beside them. "
}

// intervals reports whether the run has enough repeats for intervals.
func (d *data) intervals() bool {
	var all []measure.Judgement
	for _, c := range slices.Concat(d.Results.Comparisons, d.Results.Contrasts) {
		all = slices.AppendSeq(all, maps.Values(c.Ratios))
	}
	sure := func(j measure.Judgement) bool { return j.Interval != nil && j.Interval.Kind == "ci95" }
	return slices.ContainsFunc(all, sure)
}

func ratioNote(intervals bool) string {
	if intervals {
		return "Behind it is the 95 % confidence interval of that median. A ~ stands where the difference can't be distinguished from noise: a U test over the repeats does not separate the sides at 5 %."
	}
	return "Below six repeats the numbers behind it are their range, not a confidence interval. " + tooFew
}

// tooFew is what a few repeats can't show.
const tooFew = "So few repeats don't show which differences are noise: even three that agree do so by chance one time in four."

// contrastRow is one metric under two conditions.
func contrastRow(c measure.Comparison, name string) []string {
	return []string{name, quantity(c.Metric, c.Values[c.Of[0]]), quantity(c.Metric, c.Values[c.Of[1]]), judged(c.Last())}
}

// keyed turns a map into rows, by key.
func keyed(title, key, value string, m map[string]string) table {
	rows := lists.Map(slices.Sorted(maps.Keys(m)), func(k string) []string { return []string{k, m[k]} })
	return table{Title: title, Head: []string{key, value}, Words: 2, Rows: rows}
}

// columns sets a table in columns for a terminal. Words are left-aligned, numbers
// right. A heading may run over the columns.
func (t table) columns() string {
	var b strings.Builder
	widths := make([]int, len(t.Head))
	rows := append([][]string{t.Head}, t.Rows...)
	for _, row := range rows {
		for i, cell := range row {
			if len(row) > 1 {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	for _, row := range rows {
		if len(row) == 1 {
			b.WriteString("\n" + row[0] + "\n")
			continue
		}
		line := ""
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < t.Words {
				line += cell + gap
			} else {
				line += "  " + gap + cell
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if t.Note != "" {
		b.WriteString("\n" + t.Note + "\n")
	}
	return b.String()
}

package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/internal/lists"
)

// Scenarios against each other, and runs.

func (d *data) contrastSection() section {
	return section{ID: "contrasts", Title: "A/A and A/B checks", Tables: withRows(d.contrastTable())}
}

// contrastTable sets scenarios of one style against each other, where the plan
// names pairs. Its first use is to set the same against itself: a method that
// finds a difference there finds one everywhere.
func (d *data) contrastTable() table {
	t := contrasted(d.Results.Contrasts, func(c measure.Comparison) string {
		pairing := fmt.Sprintf("%s, A: %s, B: %s", c.Style, c.Of[0], c.Of[1])
		if c.Last().Distinct == nil {
			return pairing
		}
		alike := func(o measure.Comparison) bool { return o.Style == c.Style && slices.Equal(o.Of, c.Of) }
		pair := lists.Filter(d.Results.Contrasts, alike)
		noise := len(lists.Filter(pair, func(o measure.Comparison) bool { return o.Last().Noise() }))
		return fmt.Sprintf("%s: ~ in %d of %s", pairing, noise, count(len(pair), "metric"))
	})
	t.Title = "Scenarios against each other"
	t.Note = "Each repeat of A is compared with the same repeat of B. " + ratioNote(d.intervals())
	return t
}

// contrasted has a line for each metric, under headings.
func contrasted(contrasts []measure.Comparison, heading func(measure.Comparison) string) table {
	t := table{Head: []string{"metric", "A", "B", "B over A"}, Words: 1}
	last := ""
	for _, c := range contrasts {
		if h := heading(c); h != last {
			t.Rows, last = append(t.Rows, []string{h}), h
		}
		t.Rows = append(t.Rows, contrastRow(c, c.Metric))
	}
	return t
}

// Across writes two runs side by side for a terminal: what makes them unlike,
// then a line for each metric. Its errors are those of writing.
func Across(w io.Writer, runs measure.Runs) error {
	text := fmt.Sprintf("A: %s   B: %s\n", runs.A, runs.B)
	for _, warning := range runs.Warnings {
		text += fmt.Sprintf("warning: %s\n", warning)
	}
	t := contrasted(runs.Comparisons, func(c measure.Comparison) string { return c.Style + ", " + c.Scenario })
	t.Note = "In brackets: the range of the repeats' ratios, which is no interval below six of them. " + tooFew
	if slices.ContainsFunc(runs.Comparisons, func(c measure.Comparison) bool { return c.Last().Distinct != nil }) {
		t.Note = "In brackets: the 95 % interval of the ratio from six repeats on, or the range of fewer. A ~ stands where a U test can't separate the runs at 5 %: of a hundred metrics that are alike, about five get none."
	}
	_, err := io.WriteString(w, text+"\n"+t.columns())
	return err
}

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
)

// Across writes two runs side by side for a terminal: what makes them unlike,
// then a line for each metric.
func Across(w io.Writer, runs measure.Runs) error {
	var b strings.Builder
	fmt.Fprintf(&b, "A: %s   B: %s\n", runs.A, runs.B)
	for _, warning := range runs.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	b.WriteString("\n")
	t := table{Head: []string{"metric", "A", "B", "B over A"}, Words: 1, Note: acrossNote(runs)}
	last := ""
	for _, c := range runs.Contrasts {
		if title := c.Style + ", " + c.A; title != last {
			t.Rows = append(t.Rows, []string{title})
			last = title
		}
		t.Rows = append(t.Rows, []string{c.Metric, Quantity(c.Metric, c.InA), Quantity(c.Metric, c.InB), judged(c.Judgement)})
	}
	writeTable(&b, t)
	_, err := io.WriteString(w, b.String())
	return err
}

func acrossNote(runs measure.Runs) string {
	sure := slices.ContainsFunc(runs.Contrasts, func(c measure.Contrast) bool { return c.Distinct != nil })
	if sure {
		return "In brackets: the 95 % interval of the ratio from six repeats on, or the range of fewer. A ~ stands where a U test can't tell the runs apart at 5 %."
	}
	return "In brackets: the range of the repeats' ratios, which is no interval below six of them. A ~ stands where the repeats do not agree which run is faster."
}

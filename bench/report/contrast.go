package report

import (
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
)

// contrastTable sets scenarios of one style against each other, where the plan
// names pairs. Its first use is to set the same against itself: a method that
// finds a difference there finds one everywhere.
func (d *data) contrastTable() (t table, ok bool) {
	if len(d.results.Contrasts) == 0 {
		return t, false
	}
	t = table{Title: "Scenarios against each other", Head: []string{"metric", "A", "B", "B over A"}, Words: 1,
		Note: "Each repeat of A is held against the same repeat of B. " + d.ratioNote()}
	noise, metrics := map[string]int{}, map[string]int{}
	for _, c := range d.results.Contrasts {
		if metrics[contrastTitle(c)]++; c.Noise() {
			noise[contrastTitle(c)]++
		}
	}
	last := ""
	for _, c := range d.results.Contrasts {
		if title := contrastTitle(c); title != last {
			t.Rows = append(t.Rows, []string{fmt.Sprintf("%s: ~ in %d of %s", title, noise[title], count(metrics[title], "metric"))})
			last = title
		}
		t.Rows = append(t.Rows, []string{c.Metric, Quantity(c.Metric, c.InA), Quantity(c.Metric, c.InB), judged(c.Judgement)})
	}
	return t, true
}

func (d *data) contrastSection() section {
	s := section{ID: "contrasts", Title: "The same, and the same but for one thing"}
	if t, ok := d.contrastTable(); ok {
		s.Tables = []table{t}
	}
	return s
}

func contrastTitle(c measure.Contrast) string {
	return fmt.Sprintf("%s, A: %s, B: %s", c.Style, c.A, c.B)
}

// Quantity writes a metric's value with its unit, which the name ends in.
func Quantity(metric string, v measure.Num) string {
	switch {
	case !v.OK():
		return "–"
	case strings.HasSuffix(metric, "_per_s"):
		return rate(v)
	case strings.HasSuffix(metric, "_ms"):
		return millis(v)
	}
	return three(float64(v))
}

package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// shownReasons is how many reasons a terminal gets; the report has them all.
const shownReasons = 8

// Summary ends a run on the terminal: the verdict, what it rests on, and the
// main table.
func Summary(w io.Writer, r Results) error {
	d := &data{results: r}
	var b strings.Builder
	if r.Interrupted {
		fmt.Fprintf(&b, "INTERRUPTED: what follows is what was measured until then.\n\n")
	}
	fmt.Fprintf(&b, "%s  %s\n", strings.ToUpper(r.Verdict), verdictWords(r))
	if r.Verdict != holds {
		why := append(brokenWords(r), doubts(r)...)
		for _, w := range why[:min(len(why), shownReasons)] {
			fmt.Fprintf(&b, "  - %s\n", w)
		}
		if more := len(why) - shownReasons; more > 0 {
			fmt.Fprintf(&b, "  … and %s; the report has them all\n", count(more, "more reason"))
		}
	}
	b.WriteString("\n")
	writeTable(&b, d.mainTable())
	if t, ok := d.contrastTable(); ok {
		b.WriteString("\n")
		writeTable(&b, t)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTable sets a table in columns. Words are left-aligned, numbers right.
func writeTable(b *strings.Builder, t table) {
	widths := make([]int, len(t.Head))
	rows := append([][]string{t.Head}, t.Rows...)
	for _, row := range rows {
		for i, cell := range row {
			if len(row) == 1 {
				continue // a heading may run over the columns
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		if len(row) == 1 {
			b.WriteString("\n" + row[0] + "\n")
			continue
		}
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < t.Words {
				line.WriteString(cell + gap)
			} else {
				line.WriteString("  " + gap + cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if t.Note != "" {
		b.WriteString("\n" + t.Note + "\n")
	}
}

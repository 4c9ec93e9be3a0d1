package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/results"
)

// shownReasons is how many reasons a terminal gets; the report has them all.
const shownReasons = 8

// Summary ends a run on the terminal: the verdict, what it rests on, and the
// main table. Its errors are those of writing.
func Summary(w io.Writer, r measure.Results) error {
	d := &data{Judged: &results.Judged{Results: r}}
	text := ""
	if r.Interrupted {
		text = "INTERRUPTED: what follows is what was measured until then.\n\n"
	}
	text += fmt.Sprintf("%s  %s\n", strings.ToUpper(r.Verdict.String()), d.verdictWords())
	why := d.why()
	for _, w := range why[:min(len(why), shownReasons)] {
		text += fmt.Sprintf("  - %s\n", w)
	}
	if more := len(why) - shownReasons; more > 0 {
		text += fmt.Sprintf("  … and %s; the report has them all\n", count(more, "more reason"))
	}
	text += "\n" + d.mainTable().columns()
	if t := d.contrastTable(); len(t.Rows) > 0 {
		text += "\n" + t.columns()
	}
	_, err := io.WriteString(w, text)
	return err
}

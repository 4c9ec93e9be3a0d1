package report

import (
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/lists"
)

// A document is the report as content: what it reports, in which order. The page
// and the Markdown only dress it.
type document struct {
	Run         record.Run
	Started     string // day and time
	Heading     string
	Question    string
	Verdict     string // holds, broken, unknown
	VerdictText string
	Why         []string // which invariants are violated, and what casts doubt on the rest
	Interrupted string   // what an interruption left out, or ""
	Warnings    []string // what the measurement warns of, in short
	Scope       string   // what the numbers are of, and what they are not of
	Findings    []finding
	Key         figure
	Main        table
	Sections    []section // but for empty ones
	Figures     []figure  // all that are drawn
	LeftOut     []figure  // all that have no data
}

// document writes the report's content.
func (d *data) document() (document, error) {
	order, err := d.orderSection()
	doc := document{
		Run: d.Run, Started: d.Run.Started.UTC().Format("2 January 2006, 15:04 UTC"),
		Heading: d.heading(), Question: d.question(),
		Verdict: d.Results.Verdict.String(), VerdictText: d.verdictWords(), Why: d.why(),
		Interrupted: d.interruption(), Warnings: d.shortWarnings(), Scope: d.scope(),
		Findings: append(d.latencyFindings(), d.capacityFinding(), d.compensationFinding()),
		Key:      d.latencyFigure(), Main: d.mainTable(),
		Sections: []section{
			order, d.flowSection(), d.refusalSection(), d.throughputSection(), d.costSection(), d.correctnessSection(), d.compensationSection(),
			d.outageSection(), d.activitySection(), d.contrastSection(), d.methodSection(), d.limitsSection(), d.cellsSection(),
		},
	}
	figures := lists.Map(doc.Sections, func(s section) figure { return s.Figure })
	figures = slices.Insert(figures, 1, doc.Key)
	doc.Figures = lists.Filter(figures, func(f figure) bool { return f.Chart != nil })
	doc.LeftOut = lists.Filter(figures, func(f figure) bool { return f.Missing != "" })
	doc.Sections = slices.DeleteFunc(doc.Sections, section.empty)
	return doc, err
}

package report

import (
	"fmt"

	"github.com/sagabench/sagabench/bench/record"
)

// A document is the report as content: what is said, in which order. The page
// and the Markdown only dress it.
type document struct {
	Run         record.Run
	Plan        string // as a name in the heading
	Heading     string
	Question    string
	Verdict     string // holds, broken, unknown
	VerdictText string
	Why         []string // which promises are broken, and what casts doubt on the rest
	Interrupted string   // what an interruption left out, or ""
	Warnings    []string // what the measurement warns of, in short
	Scope       string   // what the numbers are of, and what they are not of
	Findings    []finding
	Key         *figure
	Main        table
	Sections    []section
	LeftOut     []leftOut
}

// A section answers one question.
type section struct {
	ID       string
	Title    string
	Lead     string
	Findings []finding
	Figure   *figure
	Tables   []table
	Lists    []list
}

// A list is a titled list of sentences.
type list struct {
	Title string
	Items []string
}

// leftOut is a plot that has no data.
type leftOut struct {
	Name, Title, Why string
}

// figures are all plots of the report, by name, as far as they have data.
func (d *data) figures() (map[string]*figure, []leftOut, error) {
	all := map[string]*figure{}
	var missing []leftOut
	put := func(name, title string, f figure, why string) {
		if why != "" {
			missing = append(missing, leftOut{name, title, why})
			return
		}
		all[name] = &f
	}
	timeline, why, err := d.timelineFigure()
	if err != nil {
		return nil, nil, err
	}
	put("timeline", "One refused order as timelines", timeline, why)
	for _, plot := range []struct {
		name, title string
		draw        func() (figure, string)
	}{
		{"latency", "Latency percentiles by style", d.latencyFigure},
		{"failures", "Settled latency against the share of refused orders", d.failuresFigure},
		{"throughput", "Throughput achieved against offered", d.throughputFigure},
		{"cost", "What orders take, by what goes wrong", d.costFigure},
		{"outcomes", "Outcomes and correctness", d.outcomesFigure},
		{"compensation", "Time to compensate", d.compensationFigure},
		{"outage", "Latency over time with an outage", d.outageFigure},
	} {
		f, why := plot.draw()
		put(plot.name, plot.title, f, why)
	}
	return all, missing, nil
}

// document writes the report's content.
func (d *data) document() (document, error) {
	figures, missing, err := d.figures()
	if err != nil {
		return document{}, err
	}
	doc := document{
		Run: d.run, Plan: d.run.Plan, Heading: d.heading(), Question: d.question(),
		Verdict: d.results.Verdict, VerdictText: verdictWords(d.results), Interrupted: d.interruption(),
		Warnings: d.shortWarnings(), Scope: d.scope(),
		Findings: []finding{d.latencyFinding(), d.capacityFinding(), d.undoFinding()},
		Key:      figures["latency"], Main: d.mainTable(), LeftOut: missing,
	}
	if doc.Verdict != holds {
		doc.Why = append(brokenWords(d.results), doubts(d.results)...)
	}
	doc.Sections = []section{
		d.orderSection(figures["timeline"]),
		d.refusalSection(figures["failures"]),
		d.throughputSection(figures["throughput"]),
		d.costSection(figures["cost"]),
		d.correctnessSection(figures["outcomes"]),
		d.undoSection(figures["compensation"]),
		d.outageSection(figures["outage"]),
		d.activitySection(),
		d.contrastSection(),
		d.methodSection(),
		d.limitsSection(),
		d.cellsSection(),
	}
	return doc, nil
}

func (d *data) heading() string {
	if d.twins() {
		return "Who leads: everyone, or one?"
	}
	return sentenceStart(listing(d.styles())) + " alone"
}

func (d *data) question() string {
	if d.twins() {
		return "The same food orders, with the same failures, coordinated by services that react to each other and by one workflow that leads them. What does either cost, and does either lose money?"
	}
	return fmt.Sprintf("Food orders, coordinated by %s alone: what does it cost, and does it lose money?", listing(d.styles()))
}

// interruption says what a run that was ended early lacks.
func (d *data) interruption() string {
	if !d.run.Interrupted {
		return ""
	}
	cut := 0
	for _, c := range d.run.Cells {
		if c.Cut {
			cut++
		}
	}
	return fmt.Sprintf("The run was ended early. It has %s, %s cut short, and lacks what was still to come. A cell that was cut short is judged and gives no numbers.",
		count(len(d.run.Cells), "cell"), count(cut, "of them was", "of them were"))
}

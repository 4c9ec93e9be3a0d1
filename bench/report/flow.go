package report

import (
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/lists"
)

// Which way the orders went.

func (d *data) flowSection() section {
	if len(d.Flows) == 0 {
		return section{} // no style of the run has one
	}
	return section{ID: "flow", Title: "Which way the orders went", Figure: d.flowFigure(),
		Lead:  "What follows from what, as it is in the code of the styles, and how many orders came that way. In the choreography no part of the program knows it; in the orchestration one workflow does.",
		Lists: d.strays()}
}

// flowFigure draws the flow, with the orders of every style at each edge.
func (d *data) flowFigure() figure {
	var chart plot.Steps
	for _, o := range d.Flows {
		look := d.look(o.Style)
		chart.Legend = append(chart.Legend, plot.Entry{Label: "orders, " + o.Style, Mark: look.Mark(3, false)})
	}
	for _, e := range d.edges() {
		if n := len(chart.Steps); n == 0 || chart.Steps[n-1].Name != string(e.Call) {
			chart.Steps = append(chart.Steps, plot.Step{Name: string(e.Call)})
		}
		step := &chart.Steps[len(chart.Steps)-1]
		step.Answers = append(step.Answers, d.answer(e))
	}
	return figure{Name: "flow", Title: "What follows from what, and how many orders came that way", Chart: chart,
		How: "An arrow leads from an answer to the calls that follow from it, which begin at the same time; ← takes back what another call did, and such arrows are red. The thicker an arrow, " +
			"the more of the orders came that way. A dashed one is in the code, and no order of this run came that way.",
		Not: "How long it took, and in which order calls that begin together were made.",
		Alt: fmt.Sprintf("%s; %s of them were seen.", count(len(d.edges()), "edge"), grouped(len(lists.Filter(d.edges(), func(e flow.Edge) bool { return d.seen(e) > 0 }))))}
}

// edges are those of all styles, each once.
func (d *data) edges() (all []flow.Edge) {
	for _, o := range d.Flows {
		for _, e := range o.Edges {
			if _, known := lists.Find(all, e.Same); !known {
				all = append(all, e)
			}
		}
	}
	return all
}

func (d *data) answer(e flow.Edge) plot.Answer {
	calls := lists.Map(e.Then, func(a food.Action) string {
		if a.Undoes() != "" {
			return "← " + string(a)
		}
		return string(a)
	})
	a := plot.Answer{Name: strings.TrimPrefix(e.Words(), string(e.Call)+" "), Next: strings.Join(calls, " · "), Share: d.seen(e)}
	if len(calls) == 0 {
		a.Next = "nothing"
	}
	a.Back = strings.Contains(a.Next, "←")
	for _, o := range d.Flows {
		text := "–"
		if mine, has := lists.Find(o.Edges, e.Same); has {
			text = grouped(mine.Seen.Orders)
		}
		a.Counts = append(a.Counts, plot.Count{Text: text, Look: d.look(o.Style)})
	}
	return a
}

// seen is the largest share of a style's orders that came by an edge.
func (d *data) seen(e flow.Edge) (share float64) {
	for _, o := range d.Flows {
		if mine, has := lists.Find(o.Edges, e.Same); has {
			share = max(share, float64(mine.Seen.Orders)/float64(o.Orders))
		}
	}
	return share
}

// strays say what was not as the flow has it.
func (d *data) strays() (all []list) {
	for _, o := range d.Flows {
		if notes := o.Departures(); len(notes) > 0 {
			all = append(all, list{"Not as in the flow: " + o.Style, notes})
		}
	}
	return all
}

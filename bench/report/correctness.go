package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// What became of the orders, and what the checker says of that.

func (d *data) correctnessSection() section {
	return section{ID: "correctness", Title: "Was every order handled rightly", Figure: d.outcomesFigure(),
		Lead:     "After the load, a checker that shares no code with the services read every row of the ledger and judged order by order.",
		Findings: said(d.absorbedFinding()), Tables: append(withRows(d.violationTable()), d.invariantTable()),
		Lists: []list{{"Warnings", d.warnings()}}}
}

// verdictWords says the verdict in one sentence.
func (d *data) verdictWords() string {
	orders := count(d.outcomes(func(measure.Cell) bool { return true }).orders, "order")
	switch d.Results.Verdict {
	case invariant.Holds:
		return fmt.Sprintf("Every promise held: %s judged against %s, no violation.", orders, count(len(d.Results.Invariants), "promise"))
	case invariant.Broken:
		violations, promises := d.broken()
		return fmt.Sprintf("%s of %s, in %s.", count(violations, "violation"), count(promises, "promise"), orders)
	}
	return fmt.Sprintf("The evidence allows no judgement of %s, and that is not a pass.", orders)
}

// broken counts the violations of all invariants, and the promises that they break.
func (d *data) broken() (violations, promises int) {
	for _, inv := range d.Results.Invariants {
		violations += inv.Violated
		promises += min(inv.Violated, 1)
	}
	return violations, promises
}

// why lists what keeps the verdict from holding: the broken promises, each with an
// example, and then what casts doubt on the rest.
func (d *data) why() (list []string) {
	if d.Results.Verdict == invariant.Holds {
		return nil
	}
	for _, inv := range d.Results.Invariants {
		if inv.Violated == 0 {
			continue
		}
		text := fmt.Sprintf("“%s” was broken %s", strings.TrimSuffix(inv.Promise, "."), count(inv.Violated, "time"))
		if v, ok := lists.Find(d.Results.Violations, func(v invariant.Violation) bool { return v.Invariant == inv.Name }); ok {
			text += fmt.Sprintf(", first by %s in %s", cmp.Or(v.Order, "a customer"), cmp.Or(v.Cell, "one of the styles"))
		}
		list = append(list, text+".")
	}
	list = append(list, d.Results.Reasons...)
	doubts, cells := gathered(d.Results.Cells, func(c measure.Cell) []string { return c.Reasons })
	for _, doubt := range doubts {
		in := cells[doubt][0]
		if more := len(cells[doubt]) - 1; more > 0 {
			in += " and " + count(more, "other cell")
		}
		list = append(list, in+": "+doubt)
	}
	return list
}

// gathered lists what cells say, each text once, and which cells say it.
func gathered(cells []measure.Cell, say func(measure.Cell) []string) (texts []string, by map[string][]string) {
	by = map[string][]string{}
	for _, c := range cells {
		for _, text := range say(c) {
			if by[text] == nil {
				texts = append(texts, text)
			}
			by[text] = append(by[text], c.ID)
		}
	}
	return texts, by
}

// warned gathers what the cells warn of.
func (d *data) warned() (texts []string, cells map[string][]string) {
	return gathered(d.Results.Cells, func(c measure.Cell) []string { return c.Warnings })
}

// warnings lists them all, with their cells.
func (d *data) warnings() []string {
	texts, cells := d.warned()
	if len(texts) == 0 {
		return []string{"None."}
	}
	return lists.Map(texts, func(w string) string { return sentence(w) + " (" + strings.Join(cells[w], ", ") + ")" })
}

// invariantTable lists every promise, how often it was judged and broken.
func (d *data) invariantTable() table {
	return table{Title: "Every promise", Head: []string{"promise", "broken"}, Words: 1,
		Rows: lists.Map(d.Results.Invariants, func(inv measure.Invariant) []string {
			return []string{inv.Promise, proportion(inv.Violated, inv.Judged)}
		}),
		Note: "In brackets: what the true share may still be, with 95 % confidence. n is how many orders, or customers, the promise was about."}
}

// shownViolations is how many a report lists; results.json has more.
const shownViolations = 20

func (d *data) violationTable() table {
	all := d.Results.Violations
	total, _ := d.broken()
	listed := all[:min(len(all), shownViolations)]
	return table{Title: "Violations", Head: []string{"promise", "cell", "order", "what happened"}, Words: 4,
		Rows: lists.Map(listed, func(v invariant.Violation) []string {
			return []string{v.Invariant, cmp.Or(v.Cell, d.inAll()), cmp.Or(v.Order, "–"), v.Detail}
		}),
		Note: fmt.Sprintf("%d of %d are shown; %s lists more.", len(listed), max(total, len(all)), ResultsFile)}
}

// absorbedFinding counts calls that came again and changed nothing.
func (d *data) absorbedFinding() finding {
	parts := lists.Map(d.styles(), func(style string) string {
		n := 0
		for _, c := range d.Results.Cells {
			if c.Style == style && c.Absorbed.OK() {
				n += int(c.Absorbed)
			}
		}
		return with(style, grouped(n))
	})
	return finding{Topic: "Repeats", Text: "Calls that came again and were absorbed by their key: " + listing(parts) + ".",
		Basis: "all cells; these are the repeats that would have charged or written twice without a key"}
}

// wrongRow counts, for the main table, the orders that were handled wrongly.
func (d *data) wrongRow() []string {
	row := d.row("orders handled wrongly", func(style string) string {
		o := d.outcomes(func(c measure.Cell) bool { return c.Style == style })
		o.unknown = false // the verdict stands above the table
		return o.wrong()
	})
	return d.withRatios(row, "", "")
}

// outcomeCounts say what became of the orders of some cells, with the warm-up,
// because all of them were judged.
type outcomeCounts struct {
	endings  map[food.Ending]int
	open     int // unsettled
	orders   int
	violated int  // orders with at least one violation
	atLeast  bool // there may be more
	unknown  bool // the verdict
}

// wrong is the text beside a bar.
func (o outcomeCounts) wrong() string {
	text := proportion(o.violated, o.orders)
	if o.atLeast && o.violated < o.orders {
		text = fmt.Sprintf("at least %s of %s", grouped(o.violated), grouped(o.orders))
	}
	if o.unknown {
		text += "; unknown"
	}
	return text
}

func (d *data) outcomes(of func(measure.Cell) bool) outcomeCounts {
	o := outcomeCounts{endings: map[food.Ending]int{}}
	for _, c := range lists.Filter(d.Results.Cells, of) {
		o.orders += c.Orders.Offered + c.Orders.Warmup
		for _, order := range d.Orders[c.ID] {
			if math.IsNaN(order.Settled) {
				o.open++
			} else {
				o.endings[food.Ending(order.Outcome)]++
			}
		}
		o.violated, o.atLeast = o.violated+c.Wrong, o.atLeast || c.WrongMin
		o.unknown = o.unknown || c.Verdict == invariant.Unknown
	}
	return o
}

// bar is the outcomes of a style as they are drawn.
func (o outcomeCounts) bar(style string, look plot.Look) plot.Bar {
	parts := lists.Map(food.Endings, func(e food.Ending) plot.Part {
		return plot.Part{N: o.endings[e], Label: grouped(o.endings[e]), Fill: endings[e].fill}
	})
	parts = append(parts, plot.Part{N: o.open, Label: grouped(o.open), Fill: plot.Ink})
	return plot.Bar{Name: style, Look: look, Parts: parts, Note: "wrong: " + o.wrong(), Alarm: o.violated > 0}
}

// outcomesFigure draws what became of every order, and how many were handled
// wrongly. The steps on the way up are one group: they differ in rate alone.
func (d *data) outcomesFigure() figure {
	var labels []string
	groups := map[string][]string{}
	for _, s := range d.scenarios() {
		label := s.words()
		if s.Kind == record.KindRung {
			label = "steps up"
		}
		if groups[label] == nil {
			labels = append(labels, label)
		}
		groups[label] = append(groups[label], s.Scenario)
	}
	if len(labels) == 0 {
		return figure{Name: "outcomes", Title: "Outcomes and correctness", Missing: "no order was offered"}
	}
	var chart plot.Bars
	for _, label := range labels {
		group := plot.Group{Title: label}
		for _, style := range d.styles() {
			o := d.outcomes(func(c measure.Cell) bool {
				return c.Style == style && slices.Contains(groups[label], c.Scenario)
			})
			if o.orders > 0 {
				group.Bars = append(group.Bars, o.bar(style, d.look(style)))
			}
		}
		chart.Groups = append(chart.Groups, group)
	}
	total := d.outcomes(func(measure.Cell) bool { return true })
	for _, e := range food.Endings {
		if total.endings[e] > 0 {
			chart.Legend = append(chart.Legend, plot.Entry{Label: endings[e].name, Fill: endings[e].fill})
		}
	}
	if total.open > 0 {
		chart.Legend = append(chart.Legend, plot.Entry{Label: "unsettled", Fill: plot.Ink})
	}
	return figure{
		Name: "outcomes", Title: "What became of the orders, and how many were handled wrongly", Chart: chart,
		How: "Each bar holds all orders of a style in a scenario, repeats and warm-up together. The text counts the orders that broke a promise. " +
			"None of n is not never: in brackets is the share that the truth may still have, with 95 % confidence.",
		Not: "How bad a violation is, and promises that nobody wrote down. Where it says unknown, the verdict is open and the count holds only as far as the orders could be judged.",
		Alt: fmt.Sprintf("%s in all; with a violation: %s.", count(total.orders, "order"), proportion(total.violated, total.orders)),
	}
}

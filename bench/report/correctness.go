package report

import (
	"cmp"
	"fmt"
	"maps"
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

// What became of the orders, and what the checker found.

func (d *data) correctnessSection() section {
	return section{ID: "correctness", Title: "Was every order handled rightly", Figure: d.outcomesFigure(),
		Lead: "After the load, a checker that shares no code with the services held every row of the ledger against what was ordered, every call against the row it led to, " +
			"and every fault against the lottery that draws it.",
		Findings: written(d.judgeFinding(), d.repeatsFinding(), d.weakFinding(), d.waitingFinding()),
		Tables:   withRows(d.violationTable(), d.invariantTable(), d.testedTable(), d.metTable(), d.retryTable(), d.deathTable()),
		Lists:    []list{{"Warnings", d.warnings()}}}
}

// verdictWords is the verdict in one sentence.
func (d *data) verdictWords() string {
	orders := count(d.outcomes(func(measure.Cell) bool { return true }).orders, "order")
	switch d.Results.Verdict {
	case invariant.Holds:
		return d.weakWords() + fmt.Sprintf("No violation in %s: %s.", orders, d.testedWords())
	case invariant.Broken:
		violations, invariants := d.broken()
		return d.weakWords() + fmt.Sprintf("%s of %s, in %s.", count(violations, "violation"), count(invariants, "invariant"), orders)
	}
	return fmt.Sprintf("Inconclusive: not enough evidence to judge %s; not a pass.", orders)
}

// testedWords counts how many invariants the run put to the test, and names those
// that no order could have broken: they did not hold, they were not tested.
func (d *data) testedWords() string {
	untested := lists.Filter(d.Results.Invariants, func(inv measure.Invariant) bool { return inv.Tested == 0 })
	text := count(len(d.Results.Invariants)-len(untested), "invariant") + " tested"
	if len(untested) > 0 {
		names := lists.Map(untested, func(inv measure.Invariant) string { return inv.Name })
		text += fmt.Sprintf(", %s not tested: %s", grouped(len(untested)), strings.Join(names, ", "))
	}
	return text
}

// broken counts all violations, and the invariants that were violated.
func (d *data) broken() (violations, invariants int) {
	for _, inv := range d.Results.Invariants {
		violations += inv.Violated
		invariants += min(inv.Violated, 1)
	}
	return violations, invariants
}

// why lists what keeps the verdict from holding: the violated invariants, each with an
// example, and then what casts doubt on the rest.
func (d *data) why() (list []string) {
	if d.Results.Verdict == invariant.Holds {
		return nil
	}
	for _, inv := range d.Results.Invariants {
		if inv.Violated == 0 {
			continue
		}
		text := fmt.Sprintf("“%s” was violated %s", strings.TrimSuffix(inv.Sentence, "."), count(inv.Violated, "time"))
		if v, ok := lists.Find(d.Results.Violations, func(v invariant.Violation) bool { return v.Invariant == inv.Name }); ok {
			text += fmt.Sprintf(", first by %s in %s", cmp.Or(v.Order, "the whole cell"), v.Cell)
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

// gathered lists the texts of cells, each once, and which cells have it.
func gathered(cells []measure.Cell, of func(measure.Cell) []string) (texts []string, by map[string][]string) {
	by = map[string][]string{}
	for _, c := range cells {
		for _, text := range of(c) {
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

// invariantTable lists every invariant, what tested it, and how often it was violated.
func (d *data) invariantTable() table {
	return table{Title: "Every invariant", Head: []string{"invariant", "tested by", "violated", "where a fault was met"}, Words: 2,
		Rows: lists.Map(d.Results.Invariants, func(inv measure.Invariant) []string {
			violated, faulted := fmt.Sprintf("%s of %s", grouped(inv.Violated), grouped(inv.Tested)), "–"
			if inv.Tested == 0 {
				violated = "not tested"
			}
			if inv.Faulted > 0 {
				faulted = proportion(inv.FaultBad, inv.Faulted)
			}
			return []string{inv.Sentence, inv.TestedBy, violated, faulted}
		}),
		Note: "An order tests an invariant if it could have broken it; n counts these; of the last invariant, cells. The last column has those of them that met a fault or the death " +
			"of a process. In brackets: what the true share of them may still be, with 95 % confidence, as if orders were independent. Not tested: no order of the run could have broken it, so the run is no evidence for it."}
}

// shownViolations is how many a report lists; results.json has more.
const shownViolations = 20

func (d *data) violationTable() table {
	all := d.Results.Violations
	total, _ := d.broken()
	listed := all[:min(len(all), shownViolations)]
	links := map[string]string{}
	if d.followed {
		for _, order := range d.wrongOrders() {
			links[order] = lanesFile(order)
		}
	}
	return table{Title: "Violations", Head: []string{"invariant", "cell", "order", "what happened"}, Words: 4, Links: links,
		Rows: lists.Map(listed, func(v invariant.Violation) []string {
			return []string{v.Invariant, v.Cell, cmp.Or(v.Order, "–"), v.Detail}
		}),
		Note: fmt.Sprintf("%d of %d are shown; %s lists more.", len(listed), max(total, len(all)), ResultsFile)}
}

// wrongRows count, for the main table, the orders that were handled wrongly. A bound
// on their share is given of those that met a fault, because the others are many or
// few as a style is fast or slow, and had little to go wrong.
func (d *data) wrongRows() [][]string {
	shared := d.shared()
	faulted := d.row("orders that met a fault, handled wrongly", func(style string) string {
		return d.outcomes(func(c measure.Cell) bool { return c.Style == style && shared(c) }).faultedWrong()
	})
	all := d.row("orders in all, handled wrongly", func(style string) string {
		o := d.outcomes(func(c measure.Cell) bool { return c.Style == style })
		o.unknown = false // the verdict stands above the table
		return o.wrong()
	})
	return [][]string{d.withRatios(faulted, "", ""), d.withRatios(all, "", "")}
}

// wrongNote says which orders met a fault, in each style, and of which kind.
func (d *data) wrongNote() string {
	compared := d.compared()
	if len(compared) == 0 {
		return ""
	}
	refused, failed, cancelled, shared := 0, 0, 0, d.shared()
	times := map[string]bool{}
	for _, c := range lists.Filter(d.Results.Cells, shared) {
		if c.Style != compared[0] || c.Faulted == 0 {
			continue
		}
		times[serviceTime(c.Settings)] = true
		switch {
		case len(measure.RefusedCalls(c.Faults)) > 0:
			refused += c.Faulted
		case slices.ContainsFunc(c.Faults, func(rule string) bool { return strings.HasPrefix(rule, "order:cancel@") }):
			cancelled += c.Faulted
		default:
			failed += c.Faulted
		}
	}
	if refused+failed+cancelled == 0 {
		return ""
	}
	where := []string{grouped(refused) + " where calls are refused", grouped(failed) + " where calls fail, lose their reply or meet an outage"}
	if cancelled > 0 {
		where = append(where, grouped(cancelled)+" where customers cancel, whatever else goes wrong there")
	}
	return fmt.Sprintf(" Orders that met a fault are those of the cells that every compared style ran, with the same load and to the end, all with %s: "+
		"%s. The bound on their share takes them as independent.",
		strings.Join(slices.Sorted(maps.Keys(times)), " or "), listing(where))
}

// shared finds the cells that every compared style ran in the same way: there the
// same orders met the same faults.
func (d *data) shared() func(measure.Cell) bool {
	type setting struct {
		scenario string
		repeat   int
		offered  measure.Num
	}
	of := func(c measure.Cell) setting { return setting{c.Scenario, c.Repeat, c.Offered} }
	compared, ran := d.compared(), map[setting]int{}
	for _, c := range d.measured(func(c measure.Cell) bool { return slices.Contains(compared, c.Style) }) {
		ran[of(c)]++
	}
	return func(c measure.Cell) bool { return ran[of(c)] == len(compared) }
}

// outcomeCounts are what became of the orders of some cells, with the warm-up,
// because all of them were judged.
type outcomeCounts struct {
	endings  map[food.Ending]int
	open     int // unsettled
	orders   int
	violated int  // orders with at least one violation
	faulted  int  // orders that met a fault
	both     int  // orders that did and have one
	unknown  bool // the verdict
}

// wrong is the text beside a bar.
func (o outcomeCounts) wrong() string {
	text := fmt.Sprintf("%s of %s", grouped(o.violated), grouped(o.orders))
	if o.unknown {
		text += "; unknown"
	}
	return text
}

// faultedWrong is the same of the orders that met a fault, with a bound where the
// evidence allows one.
func (o outcomeCounts) faultedWrong() string {
	if o.unknown && o.faulted > 0 {
		return fmt.Sprintf("%s of %s; unknown", grouped(o.both), grouped(o.faulted))
	}
	return proportion(o.both, o.faulted)
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
		o.violated, o.faulted, o.both = o.violated+c.Wrong, o.faulted+c.Faulted, o.both+c.FaultWrong
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
		How: "Each bar holds all orders of a style in a scenario, repeats and warm-up together. The text counts the orders that violated an invariant. " +
			"0 of n does not mean never, and most orders met no fault: the first table has a bound over those that did.",
		Not: "How bad a violation is, and what no invariant covers. Where it is unknown, the verdict is open and the count holds only as far as the orders could be judged.",
		Alt: fmt.Sprintf("%s in all; with a violation: %s.", count(total.orders, "order"), total.wrong()),
	}
}

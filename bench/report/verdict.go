package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
)

// The three verdicts.
const (
	holds   = "holds"
	broken  = "broken"
	unknown = "unknown"
)

// judge has the run checked and enters what the checker says into the results.
func (d *data) judge() error {
	j, err := invariant.Judge(d.folder)
	if err != nil {
		return err
	}
	r := &d.results
	r.Verdict = j.Verdict.String()
	r.Reasons = append(r.Reasons, j.Reasons...)
	for i := range r.Cells {
		c, judged := &r.Cells[i], j.Cells[i] // both in the order of the run
		c.Verdict = judged.Verdict.String()
		c.Reasons = append(c.Reasons, judged.Reasons...)
		c.Violations = d.violations(judged.Violations)
		r.Violations = append(r.Violations, c.Violations...)
		c.Wrong, c.WrongMin = wrongOrders(judged)
	}
	r.Violations = spreadOut(append(r.Violations, d.violations(j.Violations)...))
	for i, n := range j.Counts {
		inv := measure.Invariant{Name: n.Invariant, Promise: invariant.All[i].Sentence, Judged: n.Of, Violated: n.Broken, AtMost: measure.None}
		if n.Of > 0 {
			inv.AtMost = measure.Num(measure.AtMost(n.Broken, n.Of))
		}
		r.Invariants = append(r.Invariants, inv)
	}
	return nil
}

func (d *data) violations(found []invariant.Violation) []measure.Violation {
	out := make([]measure.Violation, 0, len(found))
	for _, v := range found {
		out = append(out, measure.Violation{Cell: v.Cell, Style: d.styleOf(v.Cell), Invariant: v.Invariant, Order: v.Order, Detail: v.Detail})
	}
	return out
}

// spreadOut puts the first violation of each promise first, then the second of
// each, so that a short list shows every kind.
func spreadOut(all []measure.Violation) []measure.Violation {
	seen, rank := map[string]int{}, map[measure.Violation]int{}
	for _, v := range all {
		rank[v] = seen[v.Invariant]
		seen[v.Invariant]++
	}
	slices.SortStableFunc(all, func(a, b measure.Violation) int { return rank[a] - rank[b] })
	return all
}

func (d *data) styleOf(cell string) string {
	for _, c := range d.run.Cells {
		if c.ID == cell {
			return c.Style
		}
	}
	return ""
}

// wrongOrders counts the orders of a cell that broke a promise. The checker
// lists the first few violations of each invariant and counts all, so with many
// of them the number is a lower bound.
func wrongOrders(j invariant.CellJudgement) (n int, orMore bool) {
	orders, listed := map[string]bool{}, map[string]int{}
	for _, v := range j.Violations {
		if v.Order != "" {
			orders[v.Order] = true
			listed[v.Invariant]++
		}
	}
	n = len(orders)
	for _, c := range j.Counts {
		if listed[c.Invariant] > 0 && c.Broken > listed[c.Invariant] {
			n, orMore = max(n, c.Broken), true
		}
	}
	return n, orMore
}

// brokenPromises counts the violations of all invariants, and the promises that
// they break.
func brokenPromises(r Results) (violations, promises int) {
	for _, inv := range r.Invariants {
		violations += inv.Violated
		if inv.Violated > 0 {
			promises++
		}
	}
	return violations, promises
}

// brokenWords names each broken promise, how often it was broken and an example.
func brokenWords(r Results) (list []string) {
	for _, inv := range r.Invariants {
		if inv.Violated == 0 {
			continue
		}
		text := fmt.Sprintf("“%s” was broken %s", strings.TrimSuffix(inv.Promise, "."), count(inv.Violated, "time"))
		for _, v := range r.Violations {
			if v.Invariant == inv.Name {
				text += fmt.Sprintf(", first by %s in %s", cmp.Or(v.Order, "a customer"), cmp.Or(v.Cell, "one of the styles"))
				break
			}
		}
		list = append(list, text+".")
	}
	return list
}

// doubts lists what keeps the verdict from holding: of the run, and of its cells,
// each doubt once.
func doubts(r Results) []string {
	list := slices.Clone(r.Reasons)
	var whys []string
	cells := map[string][]string{}
	for _, c := range r.Cells {
		for _, why := range c.Reasons {
			if cells[why] == nil {
				whys = append(whys, why)
			}
			cells[why] = append(cells[why], c.ID)
		}
	}
	for _, why := range whys {
		in := cells[why][0]
		if n := len(cells[why]); n > 1 {
			in = fmt.Sprintf("%s and %s", in, count(n-1, "other cell"))
		}
		list = append(list, in+": "+why)
	}
	return list
}

// verdictWords says the verdict in one sentence.
func verdictWords(r Results) string {
	orders := 0
	for _, c := range r.Cells {
		orders += c.Orders.Offered + c.Orders.Warmup
	}
	switch r.Verdict {
	case holds:
		return fmt.Sprintf("Every promise held: %s judged against %s, no violation.", count(orders, "order"), count(len(r.Invariants), "promise"))
	case broken:
		n, promises := brokenPromises(r)
		return fmt.Sprintf("%s of %s, in %s.", count(n, "violation"), count(promises, "promise"), count(orders, "order"))
	}
	return fmt.Sprintf("The evidence allows no judgement of %s, and that is not a pass.", count(orders, "order"))
}

package results

import (
	"slices"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
)

// judge has the run checked and enters what the checker says into the results.
func (j *Judged) judge() error {
	said, err := invariant.Judge(j.Folder)
	if err != nil {
		return err
	}
	r := &j.Results
	r.Verdict, r.Reasons = said.Verdict, append(r.Reasons, said.Reasons...)
	for i := range r.Cells {
		c, of := &r.Cells[i], said.Cells[i] // both in the order of the run
		c.Verdict, c.Reasons, c.Violations = of.Verdict, append(c.Reasons, of.Reasons...), of.Violations
		c.Wrong, c.WrongMin = wrongOrders(of)
		r.Violations = append(r.Violations, of.Violations...)
	}
	r.Violations = spreadOut(append(r.Violations, said.Violations...))
	for i, n := range said.Counts {
		atMost := measure.None
		if n.Of > 0 {
			atMost = measure.Num(measure.AtMost(n.Broken, n.Of))
		}
		r.Invariants = append(r.Invariants, measure.Invariant{
			Name: n.Invariant, Promise: invariant.All[i].Sentence, Judged: n.Of, Violated: n.Broken, AtMost: atMost,
		})
	}
	return nil
}

// spreadOut puts the first violation of each promise first, then the second of
// each, so that a short list shows every kind.
func spreadOut(all []invariant.Violation) []invariant.Violation {
	seen, rank := map[string]int{}, map[invariant.Violation]int{}
	for _, v := range all {
		rank[v] = seen[v.Invariant]
		seen[v.Invariant]++
	}
	slices.SortStableFunc(all, func(a, b invariant.Violation) int { return rank[a] - rank[b] })
	return all
}

// wrongOrders counts the orders of a cell that broke a promise. The checker
// lists the first few violations of each invariant and counts all, so with many
// of them the number is a lower bound.
func wrongOrders(of invariant.CellJudgement) (n int, orMore bool) {
	orders, listed := map[string]bool{}, map[string]int{}
	for _, v := range of.Violations {
		if v.Order != "" {
			orders[v.Order] = true
			listed[v.Invariant]++
		}
	}
	n = len(orders)
	for _, c := range of.Counts {
		if listed[c.Invariant] > 0 && c.Broken > listed[c.Invariant] {
			n, orMore = max(n, c.Broken), true
		}
	}
	return n, orMore
}

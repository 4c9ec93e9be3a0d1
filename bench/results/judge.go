package results

import (
	"slices"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
)

// judge has the run checked and enters what the checker found into the results.
func (j *Judged) judge() error {
	found, err := invariant.Judge(j.Folder)
	if err != nil {
		return err
	}
	r := &j.Results
	r.Verdict, r.Reasons = found.Verdict, append(r.Reasons, found.Reasons...)
	seen := map[string]measure.Seen{} // by cell
	for i := range r.Cells {
		c, of := &r.Cells[i], found.Cells[i] // both in the order of the run
		c.Verdict, c.Reasons, c.Violations = of.Verdict, append(c.Reasons, of.Reasons...), of.Violations
		c.Wrong, c.Faulted, c.FaultWrong = of.Wrong, of.Faulted, of.FaultedWrong
		c.Waiting, c.Met = of.Waiting, of.Met
		c.Again, c.Retries = of.Again, append(c.Retries, of.Retries...)
		seen[c.ID] = measure.Seen{Late: of.Late, Panics: j.panics[c.ID], Died: j.Run.Cells[i].Died != ""}
		r.Violations = append(r.Violations, of.Violations...)
	}
	r.Violations = spreadOut(r.Violations)
	j.Parity = append(slices.Clone(j.Run.Parity), measure.Parity(j.Run, r.Cells, seen)...)
	for _, p := range j.Parity {
		r.Parity[p.Setting] = p.Given
	}
	for i, n := range found.Counts {
		atMost := measure.None
		if n.Faulted > 0 {
			atMost = measure.Num(measure.AtMost(n.FaultedBroken, n.Faulted))
		}
		inv := invariant.All[i]
		r.Invariants = append(r.Invariants, measure.Invariant{
			Name: inv.Name, Sentence: inv.Sentence, TestedBy: inv.TestedBy, Judged: n.Of, Tested: n.Tested, Violated: n.Broken, AtMost: atMost,
			Faulted: n.Faulted, FaultBad: n.FaultedBroken,
			ByEnding: n.ByEnding, ByFault: n.ByFault,
		})
	}
	return nil
}

// spreadOut puts the first violation of each invariant first, then the second of
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

package measure

import (
	"github.com/sagabench/sagabench/bench/record"
)

// Run turns the raw orders of a run, by cell, into results. What only the
// checker knows (verdicts, violations, invariants) is left at its zero value:
// unknown, and empty lists.
func Run(run record.Run, orders map[string][]record.Order) Results {
	r := Results{
		Schema: Schema, RunID: run.ID, Started: run.Started, Finished: run.Finished,
		Interrupted: run.Interrupted, Seed: run.Seed, Plan: run.Plan, Command: run.Command, Durability: promised(run.Durability, run.Cells...),
		Verdict: "unknown", Reasons: []string{}, Violations: []Violation{}, Invariants: []Invariant{},
		Machine: orEmpty(run.Machine), Versions: orEmpty(run.Versions), Policy: orEmpty(run.Policy),
		Parity: map[string]Parity{}, Cells: []Cell{},
	}
	for _, p := range run.Parity {
		r.Parity[p.Setting] = Parity{p.Choreography, p.Orchestration, p.Equal, p.Note}
	}
	for _, c := range run.Cells {
		cell := measureCell(c, run.Durability, orders[c.ID])
		cell.Verdict, cell.Share = "unknown", share(run, c, cell)
		r.Cells = append(r.Cells, cell)
	}
	r.Pools = pool(r.Cells, orders)
	tiers := byTier(run, r.Cells)
	r.Capacity = capacity(tiers[run.Durability], stylesOf(r.Cells))
	r.Limits = limits(run, tiers)
	r.Comparisons = append(compare(r.Pools, r.Cells, orders), compareLimits(r.Limits)...)
	r.Contrasts = contrasts(r, run.Compare)
	return r
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

package measure

import (
	"maps"
	"time"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// Schema is the version of results.json. What was of two styles in version 1 is by
// style in version 2, which stays open until the numbers are settled.
const Schema = 2

// Results is results.json: all numbers of a report. Wherever a number
// is null, a reason stands beside it.
type Results struct {
	Schema      int                     `json:"schema"`
	RunID       string                  `json:"run_id"`
	Started     time.Time               `json:"started"`
	Finished    time.Time               `json:"finished"`
	Interrupted bool                    `json:"interrupted"`
	Seed        uint64                  `json:"seed"`
	Plan        string                  `json:"plan"`
	Command     string                  `json:"command"`
	Durability  string                  `json:"durability"`
	Verdict     invariant.Verdict       `json:"verdict"`
	Reasons     []string                `json:"verdict_reasons"`
	Violations  []invariant.Violation   `json:"violations"`
	Invariants  []Invariant             `json:"invariants"`
	Machine     map[string]string       `json:"machine"`
	Versions    map[string]string       `json:"versions"`
	Parity      map[string]record.Given `json:"parity"` // by setting; what was measured is the checker's
	Policy      map[string]string       `json:"policy"`
	Cells       []Cell                  `json:"cells"`
	Pools       []Pool                  `json:"pools"`
	Capacity    map[string]Capacity     `json:"capacity"` // by style, with the run's own settings
	Limits      []Limit                 `json:"limits"`   // each throughput beside its ceiling
	Comparisons []Comparison            `json:"comparisons"`
	Contrasts   []Comparison            `json:"contrasts,omitempty"` // of scenarios, where the plan names pairs
}

// An Invariant is a sentence that must be true, how many orders could have broken
// it, and how many did. Of nothing-left-over cells are counted.
type Invariant struct {
	Name     string `json:"invariant"`
	Sentence string `json:"promise"`
	TestedBy string `json:"tested_by"` // which orders could have broken it
	Judged   int    `json:"judged"`    // that it is about
	Tested   int    `json:"tested"`    // of these, that could have broken it; 0 is "not tested"
	Violated int    `json:"violated"`

	ByEnding map[string]int `json:"tested_by_ending"` // "" is open
	ByFault  map[string]int `json:"tested_by_fault"`  // by each kind of fault that an order met; most met none

	Faulted  int `json:"tested_faulted"`   // of the tested, that met a fault or a death
	FaultBad int `json:"violated_faulted"` // of these, that did
	AtMost   Num `json:"at_most_95"`       // upper bound on the true share of these; null if there is none
}

// Run turns the raw orders of a run, by cell, into results. What only the
// checker knows (verdicts, violations, invariants) is left at its zero value:
// unknown, and empty lists.
func Run(run record.Run, orders map[string][]record.Order) Results {
	r := Results{
		Schema: Schema, RunID: run.ID, Started: run.Started, Finished: run.Finished,
		Interrupted: run.Interrupted, Seed: run.Seed, Plan: run.Plan, Command: run.Command,
		Durability: declared(run.Durability, run.Cells...),
		Reasons:    []string{}, Violations: []invariant.Violation{}, Invariants: []Invariant{},
		Machine: orEmpty(run.Machine), Versions: orEmpty(run.Versions), Policy: orEmpty(run.Policy),
		Parity: map[string]record.Given{}, Cells: []Cell{}, Capacity: map[string]Capacity{},
	}
	for _, p := range run.Parity {
		r.Parity[p.Setting] = p.Given
	}
	for _, c := range run.Cells {
		cell := measureCell(c, run.Durability, orders[c.ID])
		cell.Share = share(run, cell)
		r.Cells = append(r.Cells, cell)
	}
	out := dropped(r.Cells)
	for i, c := range r.Cells {
		if why := out[c.ID]; why != c.leftOut() {
			r.Cells[i].Warnings = append(c.Warnings, "latencies not pooled, for a repeat is dropped for every style or for none: "+why)
		}
	}
	r.Pools = pool(r.Cells, out, orders)
	durabilities := byDurability(run, r.Cells)
	for _, style := range stylesOf(r.Cells) {
		r.Capacity[style] = saturated(run, style, run.Durability, durabilities[run.Durability]).Capacity
	}
	r.Limits = limits(run, durabilities)
	styles := record.Compared(stylesOf(r.Cells))
	r.Comparisons = append(compare(r.Pools, styles), compareLimits(r.Limits, styles)...)
	r.Contrasts = contrasts(r.Pools, run.Compare)
	return r
}

// orEmpty copies m, and makes of nil an empty map, so that JSON has {} and not null.
func orEmpty(m map[string]string) map[string]string { return maps.Collect(maps.All(m)) }

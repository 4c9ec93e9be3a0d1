// Package results is the one way from a run folder to judged numbers: raw files
// in, and out whether each invariant holds for the orders, and what was measured of them.
//
//	run.json orders effects faults ──┬─► judge ───┬─► Judged
//	                                 └─► measure ─┘
//
// Nothing is written, and nothing is believed that was derived before.
package results

import (
	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/flow"
)

// Judged is a run folder that has been read, judged and measured.
type Judged struct {
	Folder  *record.Folder // for the rows of the ledger, which are not held in memory
	Run     record.Run
	Orders  map[string][]record.Order   // by cell
	Fired   map[string]map[string]Fired // by cell and rule, as written
	Results measure.Results
	Parity  []record.Parity  // as recorded, and then what the run itself shows
	Flows   []*flow.Observed // with what the orders did; entered by whoever knows the flows

	panics map[string]int // that fired, by cell
}

// Fired counts how often a fault fired, and on how many orders.
type Fired struct {
	Times, Orders int
	last          string
}

// and counts one more. Faults come order by order.
func (f Fired) and(order string) Fired {
	f.Times++
	if order != f.last {
		f.Orders++
	}
	f.last = order
	return f
}

// Open reads a run folder, has it judged, and measures it. Its errors are those of
// reading the folder, see [record.Folder].
func Open(dir string) (*Judged, error) {
	folder, err := record.Open(dir)
	if err != nil {
		return nil, err
	}
	j := &Judged{Folder: folder, Run: folder.Run}
	j.Orders, j.Fired, j.panics = map[string][]record.Order{}, map[string]map[string]Fired{}, map[string]int{}
	for o, err := range folder.Orders() {
		if err != nil {
			return nil, err
		}
		j.Orders[o.Cell] = append(j.Orders[o.Cell], o)
	}
	for f, err := range folder.Faults() {
		if err != nil {
			return nil, err
		}
		if j.Fired[f.Cell] == nil {
			j.Fired[f.Cell] = map[string]Fired{}
		}
		j.Fired[f.Cell][f.Rule] = j.Fired[f.Cell][f.Rule].and(f.Order)
		if f.Kind == string(fault.Panic) {
			j.panics[f.Cell]++
		}
	}
	// No number comes from the samples and the stories, but a folder is whole or damaged.
	for _, err := range folder.Samples() {
		if err != nil {
			return nil, err
		}
	}
	for _, err := range folder.Stories() {
		if err != nil {
			return nil, err
		}
	}
	j.Results = measure.Run(j.Run, j.Orders)
	return j, j.judge()
}

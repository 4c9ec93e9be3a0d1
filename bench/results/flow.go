package results

import (
	"errors"
	"sync"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/lists"
)

// Observe counts the orders of a run on the edges of the flows, style by style. A flow
// of which the run has no order is left out. Its errors are those of reading the folder.
func Observe(run *record.Folder, flows []flow.Flow) (all []*flow.Observed, err error) {
	of := map[string]*flow.Observed{} // by cell
	for _, f := range flows {
		o := flow.Observe(f)
		all = append(all, o)
		for _, c := range run.Run.Cells {
			if c.Style == f.Style {
				of[c.ID] = o
			}
		}
	}
	kept, err := keptOrders(run)
	for in, order := range kept {
		if o := of[in.cell]; o != nil {
			o.Add(*order)
		}
	}
	return lists.Filter(all, func(o *flow.Observed) bool { return o.Orders > 0 }), err
}

// keptOrders are the rows and calls of every order. The two files are read at the same
// time, which is most of the work.
func keptOrders(run *record.Folder) (map[inCell]*flow.Order, error) {
	kept, made := map[inCell]*flow.Order{}, map[inCell][]food.Action{}
	var ofCalls error
	var reading sync.WaitGroup
	reading.Go(func() {
		ofCalls = lists.Each(run.Calls(), func(c record.Call) {
			in := inCell{c.Cell, c.Order}
			made[in] = append(made[in], food.Action(c.Action))
		})
	})
	of := func(in inCell) *flow.Order {
		if kept[in] == nil {
			kept[in] = &flow.Order{}
		}
		return kept[in]
	}
	ofRows := lists.Each(run.Effects(), func(e record.Effect) {
		o := of(inCell{e.Cell, e.Order})
		o.Rows = append(o.Rows, RowOf(e))
	})
	reading.Wait()
	for in, calls := range made {
		of(in).Made = calls
	}
	return kept, errors.Join(ofRows, ofCalls)
}

// inCell is an order of a cell.
type inCell struct{ cell, order string }

// RowOf is the ledger's row that an effect was written from.
func RowOf(e record.Effect) food.Row {
	return food.Row{
		Order: e.Order, Service: food.Service(e.Service), Action: food.Action(e.Action), Outcome: food.Outcome(e.Outcome),
		Reason: e.Reason, For: e.For, Amount: food.Cents(e.Amount), Seq: e.Seq, Attempt: e.Attempt,
	}
}

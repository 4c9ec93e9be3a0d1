package results

import (
	"iter"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
)

// Observe counts the orders of a run on the edges of the flows, style by style. A flow
// of which the run has no order is left out. Its errors are those of reading the folder.
func Observe(run *record.Folder, flows []flow.Flow) (all []*flow.Observed, err error) {
	kept, err := keptOrders(run)
	if err != nil {
		return nil, err
	}
	for _, f := range flows {
		o := flow.Observe(f)
		for _, c := range run.Run.Cells {
			if c.Style == f.Style {
				for _, one := range kept[c.ID] {
					o.Add(*one)
				}
			}
		}
		if o.Orders > 0 {
			all = append(all, o)
		}
	}
	return all, nil
}

// keptOrders are the rows and calls of every order, by cell and order.
func keptOrders(run *record.Folder) (map[string]map[string]*flow.Order, error) {
	kept := map[string]map[string]*flow.Order{}
	of := func(cell, order string) *flow.Order {
		if kept[cell] == nil {
			kept[cell] = map[string]*flow.Order{}
		}
		if kept[cell][order] == nil {
			kept[cell][order] = &flow.Order{}
		}
		return kept[cell][order]
	}
	err := every(run.Effects(), func(e record.Effect) {
		o := of(e.Cell, e.Order)
		o.Rows = append(o.Rows, RowOf(e))
	})
	if err != nil {
		return nil, err
	}
	return kept, every(run.Calls(), func(c record.Call) {
		o := of(c.Cell, c.Order)
		o.Made = append(o.Made, food.Action(c.Action))
	})
}

// RowOf is the ledger's row that an effect was written from.
func RowOf(e record.Effect) food.Row {
	return food.Row{
		Order: e.Order, Service: food.Service(e.Service), Action: food.Action(e.Action), Outcome: food.Outcome(e.Outcome),
		Reason: e.Reason, For: e.For, Amount: food.Cents(e.Amount), Seq: e.Seq, Attempt: e.Attempt,
	}
}

func every[T any](all iter.Seq2[T, error], do func(T)) error {
	for one, err := range all {
		if err != nil {
			return err
		}
		do(one)
	}
	return nil
}

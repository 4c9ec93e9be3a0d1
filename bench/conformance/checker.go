package conformance

import (
	"errors"
	"fmt"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// violations asks the checker of the experiment about the same rows. It knows
// more than a set of rows can show: what came before what, and whose money it
// was. What needs a plan is left out, because the faults of a scenario are not
// written down for it.
func (h *history) violations(orders []food.Order) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, o := range orders {
		ending, _ := h.tally(o.ID).Ending()
		evidence := invariant.History{Offered: true, Order: record.Order{
			ID: o.ID, Customer: o.Customer, Restaurant: o.Restaurant, Items: load.Items(o), Outcome: string(ending),
		}}
		for _, r := range h.rows[o.ID] {
			evidence.Rows = append(evidence.Rows, record.Effect{
				Order: r.Order, Seq: r.Seq, Service: string(r.Service), Action: string(r.Action), For: r.For,
				Outcome: string(r.Outcome), Reason: r.Reason, Amount: int64(r.Amount), Attempt: r.Attempt,
			})
		}
		for _, v := range invariant.OfRows(evidence) {
			errs = append(errs, fmt.Errorf("checker: %s: order %s: %s", v.Invariant, v.Order, v.Detail))
		}
	}
	return errors.Join(errs...)
}

package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
)

// want lists the rows that an order has when it has ended, and no others. "or
// blocked" leaves open which of two calls came first.
var want = map[food.Ending]map[food.Action]string{
	food.Completed: {
		food.Charge:              "done",
		food.Confirm:             "done",
		food.Assign:              "done",
		food.Award:               "done",
		food.StatusConfirmed:     "done or blocked",
		food.StatusCompleted:     "done",
		food.MailConfirmed:       "done or blocked",
		food.MailPartnerAssigned: "done",
	},
	food.PaymentDeclined: {
		food.Charge:            "refused or blocked",
		food.StatusCancelled:   "done",
		food.MailPaymentFailed: "done",
	},
	food.RestaurantFailed: {
		food.Charge:          "done",
		food.Confirm:         "refused or blocked",
		food.Refund:          "done",
		food.StatusCancelled: "done",
		food.MailCancelled:   "done",
		food.MailRefunded:    "done",
	},
	food.NoPartner: {
		food.Charge:          "done",
		food.Confirm:         "done",
		food.Assign:          "refused or blocked",
		food.Award:           "done or blocked",
		food.StatusConfirmed: "done or blocked",
		food.MailConfirmed:   "done or blocked",
		food.Refund:          "done",
		food.CancelTicket:    "done",
		food.Revoke:          "done",
		food.StatusCancelled: "done",
		food.MailCancelled:   "done",
		food.MailRefunded:    "done",
	},
}

// judge compares the rows of every order with those of its ending, and looks
// for rows of orders that were never placed.
func (h *history) judge(orders []food.Order) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	errs := []error{h.gap}
	placed := map[string]bool{}
	for _, o := range orders {
		placed[o.ID] = true
		if err := judge(o, h.rows[o.ID]); err != nil {
			errs = append(errs, fmt.Errorf("order %s: %w\n\tits rows: %s", o.ID, err, show(h.rows[o.ID])))
		}
	}
	for id, rows := range h.rows {
		if !placed[id] {
			errs = append(errs, fmt.Errorf("order %s was never placed and has rows: %s", id, show(rows)))
		}
	}
	return errors.Join(errs...)
}

func judge(o food.Order, rows []food.Row) error {
	want, found := want[ending(o.ID)], map[food.Action]food.Row{}
	for _, r := range rows {
		if _, twice := found[r.Action]; twice {
			return fmt.Errorf("%s happened twice", r.Action)
		}
		found[r.Action] = r
		switch outcomes, ok := want[r.Action]; {
		case !ok:
			return fmt.Errorf("%s has no place in it", r.Action)
		case !slices.Contains(strings.Split(outcomes, " or "), string(r.Outcome)):
			return fmt.Errorf("%s is %s, want %s", r.Action, r.Outcome, outcomes)
		case !slices.Contains(food.Actions[r.Service], r.Action):
			return fmt.Errorf("%s is a row of %s", r.Action, r.Service)
		case r.Attempt < 1:
			return fmt.Errorf("%s at attempt %d", r.Action, r.Attempt)
		}
	}
	for a := range want {
		if _, ok := found[a]; !ok {
			return fmt.Errorf("%s is missing", a)
		}
	}
	for _, r := range rows {
		if want := amount(o, r, found); r.Amount != want {
			return fmt.Errorf("%s of %v, want %v", r.Action, r.Amount, want)
		}
	}
	return nil
}

// amount is what the order's row must have: its price, its points, and for an
// undo exactly what was done, which may be nothing.
func amount(o food.Order, r food.Row, found map[food.Action]food.Row) food.Cents {
	if forward := r.Action.Undoes(); forward != "" {
		return amount(o, found[forward], found)
	}
	switch {
	case r.Outcome != food.Done:
		return 0
	case r.Action == food.Charge:
		return o.Total()
	case r.Action == food.Award:
		return o.Points()
	}
	return 0
}

// unsettled describes some orders that are not settled, for a scenario that ran
// out of time.
func (h *history) unsettled(orders []food.Order) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, o := range orders {
		if !h.settled(o.ID) {
			errs = append(errs, fmt.Errorf("order %s is unsettled, its rows: %s", o.ID, show(h.rows[o.ID])))
		}
	}
	if n := len(errs); n > 5 {
		errs = append(errs[:5], fmt.Errorf("and %d more", n-5))
	}
	return errors.Join(append(errs, h.gap)...)
}

func show(rows []food.Row) string {
	if len(rows) == 0 {
		return "none"
	}
	var all []string
	for _, r := range rows {
		s := fmt.Sprintf("%s %s", r.Action, r.Outcome)
		if r.Reason != "" {
			s += " (" + r.Reason + ")"
		}
		if r.Amount != 0 {
			s += " " + r.Amount.String()
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

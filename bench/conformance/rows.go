package conformance

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// want lists the rows that an order has when it has ended, and no others. "or
// blocked" leaves open which of two calls came first, and "or none" whether a call was
// made at all. An order that is to be escalated has those of its [route], see [wanted].
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
		food.MailRefunded:    "done or none",
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
		food.MailRefunded:    "done or none",
	},
	food.CustomerCancelled: {
		food.Cancel:          "done",
		food.Assign:          "blocked",
		food.Charge:          "done or blocked",
		food.Confirm:         "done or blocked",
		food.Award:           "done or blocked",
		food.StatusConfirmed: "done or blocked or none",
		food.MailConfirmed:   "done or blocked or none",
		food.Refund:          "done",
		food.CancelTicket:    "done",
		food.Revoke:          "done",
		food.StatusCancelled: "done",
		food.MailCancelled:   "done",
		food.MailRefunded:    "done or none",
	},
}

// wantAsked lists the rows that an order has besides when its customer cancels it and it
// ends otherwise all the same.
var wantAsked = map[food.Ending]map[food.Action]string{
	food.Completed: {food.Cancel: "blocked"},
	food.PaymentDeclined: {
		food.Cancel:        "done",
		food.Confirm:       "blocked",
		food.Assign:        "blocked",
		food.Award:         "blocked",
		food.Refund:        "done",
		food.CancelTicket:  "done",
		food.Revoke:        "done",
		food.MailCancelled: "done",
	},
	food.RestaurantFailed: {
		food.Cancel:       "done",
		food.Assign:       "blocked",
		food.Award:        "blocked",
		food.CancelTicket: "done",
		food.Revoke:       "done",
	},
	food.NoPartner: {food.Cancel: "done"},
}

// wanted are the rows of an order that comes to its ending by a route. What depends on
// whether an undo took effect, or was rejected, is taken from the rows that were found.
func (h *history) wanted(id string, route food.Ending, found map[food.Action]food.Row) map[food.Action]string {
	all := maps.Clone(want[route])
	if h.asked[id] {
		maps.Copy(all, wantAsked[route])
	}
	if ending(id) == food.Escalated {
		all[food.MailEscalated] = "done"
		for _, undo := range []food.Action{food.Refund, food.CancelTicket, food.Revoke} {
			_, ok := all[undo]
			if ok && fatal(nil, food.Call{Order: id, Action: undo}) && found[undo.Undoes()].Outcome == food.Done {
				all[undo] = "refused or blocked"
			}
		}
	}
	if _, ok := all[food.MailRefunded]; ok {
		all[food.MailRefunded] = "none"
		if found[food.Refund].TookEffect() {
			all[food.MailRefunded] = "done"
		}
	}
	if h.resolved[id] {
		all[food.Resolve] = "done"
	}
	return all
}

// judge compares the rows of every order with those of its ending, and looks
// for rows of orders that were never placed.
func (h *history) judge(orders []food.Order, race bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	errs := []error{h.gap}
	placed := map[string]bool{}
	for _, o := range orders {
		placed[o.ID] = true
		if err := h.judgeOne(o, race); err != nil {
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

func (h *history) judgeOne(o food.Order, race bool) error {
	rows, found := h.rows[o.ID], map[food.Action]food.Row{}
	for _, r := range rows {
		if _, twice := found[r.Action]; twice {
			return fmt.Errorf("%s happened twice", r.Action)
		}
		found[r.Action] = r
	}
	route := route(o.ID)
	if race && found[food.Cancel].Outcome == food.Done && !rejectedBefore(found) {
		route = food.CustomerCancelled
	}
	want := h.wanted(o.ID, route, found)
	for _, r := range rows {
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
	for a, outcomes := range want {
		if _, ok := found[a]; !ok && !strings.HasSuffix(outcomes, "none") {
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

// rejectedBefore reports whether a deciding call was rejected, whatever the customer
// wanted.
func rejectedBefore(found map[food.Action]food.Row) bool {
	return found[food.Charge].Rejected() || found[food.Confirm].Rejected() || found[food.Assign].Rejected()
}

// amount is what the order's row must have: its price, its points, and for an
// undo exactly what was done, which may be nothing.
func amount(o food.Order, r food.Row, found map[food.Action]food.Row) food.Cents {
	switch {
	case r.Outcome != food.Done:
		return 0
	case r.Action.Undoes() != "":
		return amount(o, found[r.Action.Undoes()], found)
	case r.Action == food.Charge:
		return o.Total()
	case r.Action == food.Award:
		return o.Points()
	}
	return 0
}

// unsettled describes some orders that have not ended, for a scenario that ran out of
// time: those first of which least was done, because others may only be on their way.
func (h *history) unsettled(orders []food.Order) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	open := lists.Filter(orders, func(o food.Order) bool { return !h.ended(o.ID) })
	slices.SortStableFunc(open, func(a, b food.Order) int { return len(h.rows[a.ID]) - len(h.rows[b.ID]) })
	errs := lists.Map(open, func(o food.Order) error {
		return fmt.Errorf("order %s is unsettled, its rows: %s", o.ID, show(h.rows[o.ID]))
	})
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

package invariant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// A row is a ledger row with what this package knows of it.
type row record.Effect

// The endings of an order.
const (
	completed        = "completed"
	paymentDeclined  = "payment_declined"
	restaurantFailed = "restaurant_failed"
	noPartner        = "no_partner"
)

// required lists the rows that an ending calls for, and an order gets no others.
// A plain name must be done; "no" before it means refused or given up; "maybe"
// means done, or blocked by what overtook it.
var required = table{
	completed: {
		"charge", "confirm", "assign", "award",
		"maybe status-confirmed", "status-completed",
		"maybe mail-confirmed", "mail-partner-assigned",
	},
	paymentDeclined: {
		"no charge",
		"status-cancelled", "mail-payment-failed",
	},
	restaurantFailed: {
		"charge", "no confirm", "refund",
		"status-cancelled", "mail-cancelled", "mail-refunded",
	},
	noPartner: {
		"charge", "confirm", "no assign",
		"refund", "cancel-ticket", "revoke", "maybe award",
		"maybe status-confirmed", "status-cancelled",
		"maybe mail-confirmed", "mail-cancelled", "mail-refunded",
	},
}

// causes lists what must stand before a row: one of these.
var causes = table{
	"confirm":               {"charge"},
	"assign":                {"confirm"},
	"award":                 {"confirm"},
	"status-confirmed":      {"confirm"},
	"mail-confirmed":        {"confirm"},
	"status-completed":      {"assign"},
	"mail-partner-assigned": {"assign"},
	"mail-payment-failed":   {"no charge"},
	"status-cancelled":      {"no charge", "no confirm", "no assign"},
	"mail-cancelled":        {"no confirm", "no assign"},
	"refund":                {"no confirm", "no assign"},
	"cancel-ticket":         {"no assign"},
	"revoke":                {"no assign"},
	"mail-refunded":         {"refund"},
}

// undoes lists what each compensation takes back: unless it found nothing to undo,
// that must stand before it as well.
var undoes = map[string]string{"refund": "charge", "cancel-ticket": "confirm", "revoke": "award"}

// blockers lists what makes a call pointless: the row of an overtaken call needs one
// of these before it. A compensation blocks its call in the same step, so there the
// order of the two rows proves nothing.
var blockers = table{
	"award":            {"revoke"},
	"status-confirmed": {"status-completed", "status-cancelled"},
	"mail-confirmed":   {"mail-cancelled"},
}

// services lists the calls of each service.
var services = table{
	"order":        {"status-confirmed", "status-completed", "status-cancelled"},
	"payment":      {"charge", "refund"},
	"restaurant":   {"confirm", "cancel-ticket"},
	"delivery":     {"assign"},
	"loyalty":      {"award", "revoke"},
	"notification": {"mail-confirmed", "mail-partner-assigned", "mail-payment-failed", "mail-cancelled", "mail-refunded"},
}

// deciding are the calls that may be refused or given up.
var deciding = map[string]bool{"charge": true, "confirm": true, "assign": true}

type table map[string][]string

// Outcomes of a row and the reasons that count.
const (
	done    = "done"
	refused = "refused"
	blocked = "blocked"

	undone        = "undone"
	gaveUp        = "gave_up"
	nothingToUndo = "nothing_to_undo"
)

// is reports whether a row is what a table's entry names.
func (r *row) is(entry string) bool {
	switch before, ok := strings.CutSuffix(entry, r.Action); {
	case !ok:
		return false
	case before == "":
		return r.Outcome == done
	case before == "no ":
		return r.Outcome == refused || r.Outcome == blocked && r.Reason == gaveUp
	case before == "maybe ":
		return r.Outcome == done || r.overtaken()
	}
	return false
}

// overtaken reports whether the row records a call that will never happen.
func (r *row) overtaken() bool { return r.Outcome == blocked && r.Reason == undone }

// isOneOf reports whether a row is what any of the entries names.
func (r *row) isOneOf(entries ...string) bool { return slices.ContainsFunc(entries, r.is) }

// anyIs reports whether any of the rows is what one of the entries names.
func anyIs(rows []record.Effect, entries ...string) bool {
	for i := range rows {
		if (*row)(&rows[i]).isOneOf(entries...) {
			return true
		}
	}
	return false
}

// String is the row in a few words, such as "7 refund done 23.90".
func (r *row) String() string {
	s := fmt.Sprintf("%d %s %s", r.Seq, r.Action, r.Outcome)
	if r.Reason != "" {
		s += " (" + r.Reason + ")"
	}
	switch {
	case r.Amount == 0:
	case r.Service == "loyalty":
		s += fmt.Sprintf(" %d points", r.Amount)
	default:
		s += " " + money(r.Amount)
	}
	return s
}

// money writes cents as an amount.
func money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)
}

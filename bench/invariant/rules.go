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
	completed         = "completed"
	paymentDeclined   = "payment_declined"
	restaurantFailed  = "restaurant_failed"
	noPartner         = "no_partner"
	customerCancelled = "customer_cancelled"
	escalated         = "escalated"
)

// required lists the rows that an ending calls for, and an order gets no others.
// A plain name must be done. Of a word before it
//
//	no       is refused or given up
//	undo     is done, refused or given up
//	maybe    is done, or blocked by what overtook it
//	not      is any of these but done
//	any      is all of them
//	perhaps  is as maybe, and the row may be absent
//
// mail-refunded is called for where a refund took effect, and only there.
var required = table{
	completed: {
		"charge", "confirm", "assign", "award",
		"maybe status-confirmed", "status-completed",
		"maybe mail-confirmed", "mail-partner-assigned",
		"perhaps cancel", // too late
	},
	paymentDeclined: {
		"no charge",
		"status-cancelled", "mail-payment-failed",
	},
	restaurantFailed: {
		"charge", "no confirm", "undo refund",
		"status-cancelled", "mail-cancelled", "mail-refunded",
	},
	noPartner: {
		"charge", "confirm", "no assign",
		"undo refund", "undo cancel-ticket", "undo revoke", "maybe award",
		"maybe status-confirmed", "status-cancelled",
		"maybe mail-confirmed", "mail-cancelled", "mail-refunded",
	},
	customerCancelled: {
		"cancel", "any charge", "any confirm", "not assign", "maybe award",
		"undo refund", "undo cancel-ticket", "undo revoke",
		"perhaps status-confirmed", "status-cancelled",
		"perhaps mail-confirmed", "mail-cancelled", "mail-refunded",
	},
}

// cancelledAs is what an ending calls for of an order that the customer has cancelled:
// the rows of both. A service that cancels its part does not know that the order was
// rejected elsewhere.
var cancelledAs = table{}

// ofAnyEnding are the entries of all endings.
var ofAnyEnding []string

// handedOver is what an order calls for besides, once an undo of it was rejected. It
// has ended then. A person's answer may follow.
var handedOver = []string{"mail-escalated", "perhaps resolve"}

func init() {
	for ending, entries := range required {
		cancelledAs[ending] = slices.Concat(entries, required[customerCancelled])
		ofAnyEnding = append(ofAnyEnding, entries...)
	}
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
	"status-cancelled":      {"no charge", "no confirm", "no assign", "cancel"},
	"mail-cancelled":        {"no confirm", "no assign", "cancel"},
	"refund":                {"no confirm", "no assign", "cancel"},
	"cancel-ticket":         {"no assign", "cancel"},
	"revoke":                {"no assign", "cancel"},
	"mail-refunded":         {"refund"},
	"mail-escalated":        rejectedUndoes,
	"resolve":               rejectedUndoes,
}

var rejectedUndoes = []string{"no refund", "no cancel-ticket", "no revoke"}

// undoes lists what each compensation takes back: unless it found nothing to undo,
// that must stand before it as well.
var undoes = map[string]string{"refund": "charge", "cancel-ticket": "confirm", "revoke": "award"}

// blockers lists what makes a call pointless: the row of an overtaken call needs one
// of these before it.
var blockers = table{
	"charge":           {"refund"},
	"confirm":          {"cancel-ticket"},
	"assign":           {"cancel"},
	"award":            {"revoke"},
	"cancel":           {"assign"},
	"status-confirmed": {"status-completed", "status-cancelled"},
	"mail-confirmed":   {"mail-cancelled"},
}

// closes lists what each call blocks in the same step if that has no row. There the
// order of the two rows proves nothing.
var closes = map[string]string{"refund": "charge", "cancel-ticket": "confirm", "revoke": "award", "cancel": "assign"}

// services lists the calls of each service.
var services = table{
	"order":      {"status-confirmed", "status-completed", "status-cancelled", "resolve"},
	"payment":    {"charge", "refund"},
	"restaurant": {"confirm", "cancel-ticket"},
	"delivery":   {"assign", "cancel"},
	"loyalty":    {"award", "revoke"},
	"notification": {
		"mail-confirmed", "mail-partner-assigned", "mail-payment-failed",
		"mail-cancelled", "mail-refunded", "mail-escalated",
	},
}

// deciding are the calls that decide how an order ends, and forward all that lead up
// to its end.
var (
	deciding = map[string]bool{"charge": true, "confirm": true, "assign": true}
	forward  = map[string]bool{
		"charge": true, "confirm": true, "assign": true, "award": true, "status-confirmed": true, "mail-confirmed": true,
	}
)

// rejectable reports whether a call may be refused or given up: a deciding one, or a
// compensation.
func rejectable(action string) bool { return deciding[action] || undoes[action] != "" }

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
		return r.rejected()
	case before == "undo ":
		return r.Outcome == done || r.rejected()
	case before == "maybe ", before == optional:
		return r.Outcome == done || r.overtaken()
	case before == "not ":
		return r.rejected() || r.overtaken()
	case before == "any ":
		return r.Outcome == done || r.rejected() || r.overtaken()
	}
	return false
}

// optional begins the entries that may be absent.
const optional = "perhaps "

// rejected reports whether the row records that its service refused, or was given up on.
func (r *row) rejected() bool {
	return r.Outcome == refused || r.Outcome == blocked && r.Reason == gaveUp
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

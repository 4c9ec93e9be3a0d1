// Package stuck is what waits in a style, in words that both styles share: which
// order, at which call, since when, why, and who must act. Each style fills it in from
// what its own engine knows, and nothing here looks anywhere.
package stuck

import (
	"cmp"
	"slices"
	"time"

	"github.com/sagabench/sagabench/food"
)

// Who must act, so that an order goes on.
type Who string

const (
	Program  Who = "program"      // it tries again by itself
	Person   Who = "person"       // an undo was rejected: resolve
	Operator Who = "operator"     // nothing tries any more: mend the cause, then redrive
	Unknown  Who = "not recorded" // of a run folder: whether anything tried again
)

// A Wait is one thing that an order waits for.
type Wait struct {
	Service food.Service `json:"service,omitempty"`
	Call    food.Action  `json:"call,omitempty"`    // or else the flow itself waits
	Since   time.Time    `json:"since,omitzero"`    // the zero value: not known
	Attempt int          `json:"attempt,omitempty"` // the last that began; 0: not known
	Why     string       `json:"why"`
	Next    time.Time    `json:"next,omitzero"` // attempt, if that is known
	Who     Who          `json:"who"`
	Letter  uint64       `json:"letter,omitempty"` // its dead letter, by sequence
}

// A Step is something that has happened to an order.
type Step struct {
	At   time.Time `json:"at,omitzero"`
	What string    `json:"what"` // in the words of the engine: an event, a call
	More string    `json:"more,omitempty"`
}

// An Order is one order with what is known of it.
type Order struct {
	ID    string `json:"order"`
	Waits []Wait `json:"waits"`

	// Rows are those that must be in the ledger, by what the engine knows. One whose
	// outcome is not known has none.
	Rows []food.Row `json:"-"`

	// Unclear lists calls of which the engine does not show whether they were made.
	Unclear []food.Action `json:"unclear,omitempty"`

	// Steps are what has happened, in its order. A list has none.
	Steps []Step `json:"steps,omitempty"`
}

// A Look is all that waited when it was taken. The orders go on meanwhile.
type Look struct {
	Orders []Order
	Notes  []string // what could not be found out, or belongs to no order
}

// A Cost is what looking took. Bytes are those of requests and replies without the
// protocol around them, and no connection's beginning is counted.
type Cost struct {
	Requests int     `json:"requests"`
	Bytes    int     `json:"bytes"`
	Millis   float64 `json:"ms"` // filled in by whoever looks
}

// Ending is how the order ends by what is known, or how it is about to; "" as long
// as that is undecided.
func (o Order) Ending() food.Ending {
	t, cancelled := tally(o.Rows)
	ending, ok := t.Ending()
	if !ok && cancelled {
		return food.CustomerCancelled
	}
	return ending
}

// Remaining lists the calls of which the order's ending still requires a row. As long
// as nothing is decided it is those of a completed order.
func (o Order) Remaining() (calls []food.Action) {
	all, _ := tally(o.Rows)
	for _, ending := range o.Requiring() {
		for _, r := range food.Required[ending] {
			if !all.Has(r.Action) && !slices.Contains(calls, r.Action) && (r.Want != food.WantRefunded || o.mayBeRefunded()) {
				calls = append(calls, r.Action)
			}
		}
	}
	return calls
}

// Requiring lists the endings whose rows the order needs: of an escalated or cancelled
// one more than one.
func (o Order) Requiring() (endings []food.Ending) {
	_, cancelled := tally(o.Rows)
	failed := func(r food.Row) bool { return r.Action.Undoes() != "" && r.Rejected() }
	before, _ := tally(slices.DeleteFunc(slices.Clone(o.Rows), failed)) // what the undos were to bring about
	ending, decided := before.Ending()
	if decided || !cancelled {
		endings = append(endings, cmp.Or(ending, food.Completed))
	}
	if cancelled && ending != food.CustomerCancelled {
		endings = append(endings, food.CustomerCancelled)
	}
	if slices.ContainsFunc(o.Rows, failed) {
		endings = append(endings, food.Escalated)
	}
	return endings
}

// mayBeRefunded says whether a mail about a refund is still to be expected.
func (o Order) mayBeRefunded() bool {
	for _, r := range o.Rows {
		if r.Action == food.Charge && !r.TookEffect() || r.Action == food.Refund && !r.TookEffect() {
			return false
		}
	}
	return true
}

func tally(rows []food.Row) (t food.Tally, cancelled bool) {
	for _, r := range rows {
		t.Add(r)
		cancelled = cancelled || r.Action == food.Cancel && r.TookEffect()
	}
	return t, cancelled
}

// Worst is who must act for the order: an operator before a person, and that before
// the program, because what they do can't wait for it.
func (o Order) Worst() Who {
	for _, who := range []Who{Operator, Person, Program} {
		if slices.ContainsFunc(o.Waits, func(w Wait) bool { return w.Who == who }) {
			return who
		}
	}
	return Unknown
}

// Since is when its first wait began.
func (o Order) Since() (first time.Time) {
	for _, w := range o.Waits {
		if first.IsZero() || !w.Since.IsZero() && w.Since.Before(first) {
			first = w.Since
		}
	}
	return first
}

// Sort puts the longest wait first.
func Sort(orders []Order) {
	slices.SortFunc(orders, func(a, b Order) int { return cmp.Or(a.Since().Compare(b.Since()), cmp.Compare(a.ID, b.ID)) })
}

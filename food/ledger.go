package food

import (
	"context"
	"time"
)

// An Outcome is what the ledger recorded for a call.
type Outcome string

const (
	Done    Outcome = "done"    // it happened
	Refused Outcome = "refused" // the service refused it; final
	Blocked Outcome = "blocked" // it will never happen; see the reason
)

// Reasons that the ledger itself writes.
const (
	// Undone blocks a call that came too late: after its undo, or after an action
	// that overtakes it (see [Action.BlockedBy]), in which case nothing was undone.
	Undone = "undone"
	// GaveUp blocks a call whose attempts were used up without an answer. It
	// counts as a rejection.
	GaveUp = "gave_up"
	// NothingToUndo marks an undo, recorded as done with amount zero, whose
	// forward call never took effect and now never will.
	NothingToUndo = "nothing_to_undo"
)

// A Row is the ledger's record of a call. Rows are only ever appended.
type Row struct {
	Seq     int64     `json:"seq"` // 1, 2, 3 … without gaps: the order of commits
	Order   string    `json:"order"`
	Service Service   `json:"service"`
	Action  Action    `json:"action"`
	Outcome Outcome   `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
	For     string    `json:"for,omitempty"`    // whom and what it was for, as the service put it; "" if it was blocked
	Amount  Cents     `json:"amount,omitempty"` // money for charge and refund, points for award and revoke
	Attempt int       `json:"attempt"`          // the attempt that wrote the row
	At      time.Time `json:"at"`               // when it was applied, before its commit
}

// What follows a call depends on its row alone, in both styles by the two methods
// below. A row that neither took effect nor was rejected is followed by nothing.
// Either the call was blocked by another one, and what follows is up to that one.
// Or it is an undo that found nothing to undo, and there is nothing to report.

// TookEffect says whether the call was done, and for an undo whether it undid
// something.
func (r Row) TookEffect() bool { return r.Outcome == Done && r.Reason != NothingToUndo }

// Rejected says whether the call was refused, or given up: the order is to be
// compensated or, if the call is an undo, escalated.
func (r Row) Rejected() bool {
	return r.Outcome == Refused || r.Outcome == Blocked && r.Reason == GaveUp
}

// A Proposal is what a service asks the ledger to record for a call.
type Proposal struct {
	Outcome Outcome // Done or Refused
	Reason  string  // of a refusal
	For     string  // whom and what the call is for; recorded as it is
	Amount  Cents   // ignored for an undo, whose amount is that of its forward row
}

// A Ledger stands for the outside world: the payment provider, the kitchen, the
// courier. Like real providers it takes idempotency keys, see [Call.Key]. No
// provider offers GiveUp, or an undo before the call that it undoes. In a real
// system each participant keeps these itself, in a table beside its provider. The
// literature calls an undo that finds nothing to undo a null (or empty)
// compensation, and the row that then blocks the late call a tombstone, or
// anti-hanging. The code is internal/ledger/idempotency.go.
type Ledger interface {
	// Do records the call in one atomic step and returns after a durable commit.
	//
	//  1. The first outcome recorded under a key wins. A repeat returns that row
	//     unchanged, with absorbed true.
	//  2. An undo first blocks its forward call: if that has no row, a row
	//     blocked(undone) is written for it. If the forward call is done, the undo
	//     is recorded as done with its amount, or as rejected. Otherwise it is
	//     recorded as done, nothing_to_undo, with amount zero, whatever was
	//     proposed. In the same way a cancellation first blocks the assignment.
	//  3. A call that another one has overtaken (see [Action.BlockedBy]) is
	//     recorded blocked(undone).
	//
	// An error means that the outcome is not known: the row may be there. Do
	// stops waiting when ctx ends, and then the row may still come.
	Do(ctx context.Context, c Call, p Proposal) (row Row, absorbed bool, err error)

	// GiveUp makes an unknown definite: if the call has no row it writes
	// blocked(gave_up) by the rules of Do, otherwise it returns the row. After it, a
	// late attempt can do nothing.
	GiveUp(ctx context.Context, c Call) (Row, error)
}

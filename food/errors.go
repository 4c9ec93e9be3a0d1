package food

import "errors"

// A call ends in one of three ways. A definite answer, done or rejected, is a
// [Row] and not an error: a refusal is business, and what follows it follows from
// the row. The two errors below are the ways of not getting an answer.
var (
	// ErrFailure means that the call failed before it had an effect. Try again.
	// Nothing in this package returns it: it is for interceptors, such as faults.
	ErrFailure = errors.New("failed before it had an effect")

	// ErrNoAnswer means that it is unknown whether the call had an effect. Try
	// again under the same key, or undo it as if it had happened; never assume
	// that it did not.
	ErrNoAnswer = errors.New("no answer: it may have had its effect")
)

// What a [Coordinator] can't do for an order.
var (
	// ErrUnknownOrder means that no such order was accepted, so that there is
	// nothing to cancel or to resolve.
	ErrUnknownOrder = errors.New("no such order was accepted")

	// ErrNotEscalated means that nobody waits for a person's answer.
	ErrNotEscalated = errors.New("the order is not escalated")
)

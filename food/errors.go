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

// ErrOtherOrder is why [Coordinator].Submit refuses an order under an id that stands
// for another one. It is definite: nothing was placed, and the other order goes on.
var ErrOtherOrder = errors.New("the id stands for another order")

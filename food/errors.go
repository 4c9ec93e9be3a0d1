package food

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

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

	// ErrPanic means that the call's own code panicked. It is an ErrNoAnswer: the
	// effect may have come before.
	ErrPanic = errors.New("panic")
)

// What a [Coordinator] can't do for an order.
var (
	// ErrUnknownOrder means that no such order was accepted, so that there is
	// nothing to cancel or to resolve.
	ErrUnknownOrder = errors.New("no such order was accepted")

	// ErrOtherOrder is why an order is not placed under an id that stands for another
	// one. It is definite: nothing was placed, and the other order goes on.
	ErrOtherOrder = errors.New("the id stands for another order")

	// ErrNotEscalated means that nobody waits for a person's answer.
	ErrNotEscalated = errors.New("the order is not escalated")
)

// Definite says whether an error of a [Coordinator] is one of these, so that to ask
// again is no use.
func Definite(err error) bool {
	return errors.Is(err, ErrUnknownOrder) || errors.Is(err, ErrOtherOrder) || errors.Is(err, ErrNotEscalated)
}

// contained makes the call. A panic in it is the failure of that attempt and of
// nothing else: the worker makes the calls of other orders too.
func contained(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %w: %v\n%s", ErrNoAnswer, ErrPanic, p, debug.Stack())
		}
	}()
	return call()
}

// Severity is the level at which a style logs an attempt that it makes again. To fail
// is normal, and to panic is a mistake in the program.
func Severity(err error) slog.Level {
	if errors.Is(err, ErrPanic) {
		return slog.LevelError
	}
	return slog.LevelDebug
}

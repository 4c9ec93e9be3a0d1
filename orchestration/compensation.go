package orchestration

import (
	"errors"
	"slices"

	"github.com/sagabench/sagabench/food"
)

// addCompensation registers an undo, and the calls that follow it when it took
// effect. It comes before the step that the undo compensates.
func (s *saga) addCompensation(undo food.Action, then ...food.Action) {
	s.compensations = append(s.compensations, append([]food.Action{undo}, then...))
}

// dropCompensation removes the undo of a step that definitely did not happen.
func (s *saga) dropCompensation(step food.Action) {
	s.compensations = slices.DeleteFunc(s.compensations, func(c []food.Action) bool { return c[0].Undoes() == step })
}

// compensate takes the order back after a step that returned an error, and returns
// what the workflow returns: the ending of an order that was rejected, or else the
// error. The compensations are independent of each other, so all start now. None
// waits for another, or for a call that is still in flight.
func (s *saga) compensate(stepErr error, ending food.Ending, mail food.Action) (food.Ending, error) {
	result := stepErr
	switch {
	case errors.Is(stepErr, errRejected): // the order has an ending, and the workflow no error
		result = nil
	case errors.Is(stepErr, errUndone): // the other workflow compensates, and does it once
		s.inFlight.Wait(s.detached)
		return "", result
	default: // the workflow was cancelled, and whether the step happened is not known
		ending, mail = "", food.MailCancelled
	}
	for _, c := range s.compensations {
		s.start(c...)
	}
	s.start(food.StatusCancelled)
	s.start(mail)
	s.inFlight.Wait(s.detached)
	return ending, result
}

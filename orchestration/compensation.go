package orchestration

import (
	"errors"
	"slices"

	"github.com/sagabench/sagabench/food"
)

// addCompensation registers an undo, and the calls that follow it when it took
// effect. It comes before the step that the undo takes back.
func (s *saga) addCompensation(undo food.Action, then ...food.Action) {
	s.compensations = append(s.compensations, append([]food.Action{undo}, then...))
}

// dropCompensation removes the undo of an action that definitely did not happen.
func (s *saga) dropCompensation(action food.Action) {
	s.compensations = slices.DeleteFunc(s.compensations, func(c []food.Action) bool { return c[0].Undoes() == action })
}

// compensate takes the order back and returns its ending. The compensations are
// independent of each other, so all start now. None waits for another, or for a
// call that is still in flight.
func (s *saga) compensate(why error, ending food.Ending, mail food.Action) (food.Ending, error) {
	switch {
	case errors.Is(why, errRejected):
		why = nil
	case errors.Is(why, errUndone):
		s.inFlight.Wait(s.detached)
		return "", why
	default: // the workflow was cancelled, and whether the step happened is not known
		ending, mail = "", food.MailCancelled
	}
	for _, c := range s.compensations {
		s.start(c...)
	}
	s.start(food.StatusCancelled)
	s.start(mail)
	s.inFlight.Wait(s.detached)
	return ending, why
}

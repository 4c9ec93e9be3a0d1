package orchestration

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/workflow"

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
// what the workflow returns.
func (s *saga) compensate(stepErr error, ending food.Ending, mail food.Action) (food.Ending, error) {
	switch {
	case errors.Is(stepErr, errUndone): // the other workflow compensates, and does it once
		s.inFlight.Wait(s.detached)
		return "", stepErr
	case errors.Is(stepErr, errCancelled): // the cancellation compensates
		return s.finish(food.CustomerCancelled)
	}
	s.takeBack(mail)
	return s.finish(ending)
}

// takeBack starts the compensations. They are independent of each other, so all start
// now. None waits for another, or for a call that is still in flight.
func (s *saga) takeBack(mail food.Action) {
	for _, c := range s.compensations {
		s.start(c...)
	}
	s.start(food.StatusCancelled)
	s.start(mail)
}

// finish waits for the calls in the background and, if one of them was an undo that
// was rejected, for a person's answer.
func (s *saga) finish(ending food.Ending) (food.Ending, error) {
	s.wait()
	if !s.escalated {
		return ending, nil
	}
	workflow.GetSignalChannel(s.detached, resolveSignal).Receive(s.detached, nil)
	s.start(food.Resolve)
	s.wait()
	return food.Escalated, nil
}

// wait waits for the calls in the background. The answer to a cancellation is one of
// them, and may start more.
func (s *saga) wait() {
	s.inFlight.Wait(s.detached)
	s.cancelled()
	s.inFlight.Wait(s.detached)
}

// resolveSignal is a person's answer, and escalatedMemo what shows that the workflow
// waits for one: the undo that was rejected.
const (
	resolveSignal = "resolve"
	escalatedMemo = "escalated"
)

// escalate hands the order to a person, because an undo was rejected.
func (s *saga) escalate(undo food.Action) {
	s.escalated = true
	workflow.UpsertMemo(s.detached, map[string]any{escalatedMemo: string(undo)})
	s.start(food.MailEscalated)
}

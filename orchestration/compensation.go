package orchestration

import (
	"errors"
	"slices"

	"github.com/sagabench/sagabench/food"
)

// compensations are the undos that an order would owe if it were cancelled now.
// Each is an undo and the calls that follow it.
type compensations [][]food.Action

// owe adds an undo, to be called before the step that it takes back.
func (p *placing) owe(undo food.Action, then ...food.Action) {
	p.owed = append(p.owed, append([]food.Action{undo}, then...))
}

// drop removes the undo of a step that definitely did not happen.
func (c *compensations) drop(step food.Action) {
	*c = slices.DeleteFunc(*c, func(undo []food.Action) bool { return undo[0].Undoes() == step })
}

// cancel takes the order back and returns its ending. The undos are
// independent of each other, so they all start now; none waits for another or
// for a call that is still open.
func (p *placing) cancel(why error, ending food.Ending, mail food.Action) (food.Ending, error) {
	switch {
	case errors.Is(why, errNo):
		why = nil
	case errors.Is(why, errUndone):
		p.open.Wait(p.firm)
		return "", why
	default: // the workflow was cancelled, and how far the step came is not known
		ending, mail = "", food.MailCancelled
	}
	for _, undo := range p.owed {
		p.start(undo...)
	}
	p.start(food.StatusCancelled)
	p.start(mail)
	p.open.Wait(p.firm)
	return ending, why
}

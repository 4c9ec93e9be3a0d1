package orchestration

import (
	"context"

	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// Ceiling does what [Work] does and leaves the work out: the same workers on the
// same queues take as many calls in the same shape, with the order as input and
// an answer of the same size, and each call does nothing. The workflow is bare:
// it takes each answer for a yes and owes no undo. So it finds out what Temporal
// and its SDK allow on this machine. ended is called when an order's workflow
// returns, and not at its last call: a Worker that is closed then reports the
// return first, so that no workflow is left open.
func Ceiling(ctx context.Context, c Config, ended func(order string)) (*Worker, error) {
	nothing := map[food.Action]food.Step{}
	for _, service := range food.AllServices {
		for _, action := range food.Actions[service] {
			nothing[action] = func(context.Context, food.Order, int) (food.Row, error) {
				return food.Row{Outcome: food.Done}, nil
			}
		}
	}
	placeOrder := bare(calls(c))
	return work(ctx, c, nothing, func(ctx workflow.Context, o food.Order) (food.Ending, error) {
		ending, err := placeOrder(ctx, o)
		if err == nil && !workflow.IsReplaying(ctx) {
			ended(o.ID)
		}
		return ending, err
	})
}

// bare is the happy path, call by call.
func bare(calls caller) flow {
	return func(ctx workflow.Context, o food.Order) (food.Ending, error) {
		call := func(a food.Action) workflow.Future { return calls(ctx, a, o) }
		if err := call(food.Charge).Get(ctx, nil); err != nil {
			return "", err
		}
		if err := call(food.Confirm).Get(ctx, nil); err != nil {
			return "", err
		}
		beside := []workflow.Future{call(food.Award), call(food.StatusConfirmed), call(food.MailConfirmed)}
		if err := call(food.Assign).Get(ctx, nil); err != nil {
			return "", err
		}
		beside = append(beside, call(food.StatusCompleted), call(food.MailPartnerAssigned))
		for _, one := range beside {
			if err := one.Get(ctx, nil); err != nil {
				return "", err
			}
		}
		return food.Completed, nil
	}
}

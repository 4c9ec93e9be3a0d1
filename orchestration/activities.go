package orchestration

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/sagabench/sagabench/food"
)

// An answer is what the flow needs of a row. It is recorded in the order's
// history, so it is kept small.
type answer struct {
	Outcome food.Outcome `json:"outcome"`
	Reason  string       `json:"reason,omitempty"`
}

func (a answer) yes() bool { return a.Outcome == food.Done }

func (a answer) no() bool { return food.Row{Outcome: a.Outcome, Reason: a.Reason}.Rejected() }

// nothingDone says that an undo found nothing to undo, so that there is nothing
// to tell the customer either.
func (a answer) nothingDone() bool { return a.Reason == food.NothingToUndo }

// register makes a worker offer what the service can do. An activity is one
// attempt of one call. Its error always means "try again": a no is an answer,
// and giving up is the service's own business.
func register(w worker.ActivityRegistry, service food.Service, steps map[food.Action]food.Step, log *slog.Logger) {
	for _, action := range food.Actions[service] {
		step := steps[action]
		attempt := func(ctx context.Context, o food.Order) (answer, error) {
			n := int(activity.GetInfo(ctx).Attempt)
			row, err := step(ctx, o, n)
			if err != nil {
				log.Debug("try again", "order", o.ID, "service", service, "call", action, "attempt", n, "err", err)
				return answer{}, again(err)
			}
			return answer{row.Outcome, row.Reason}, nil
		}
		w.RegisterActivityWithOptions(attempt, activity.RegisterOptions{Name: string(action)})
	}
}

// again marks an error as one that is expected, so that the SDK does not log an
// alarm for each.
func again(err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), "TryAgain",
		temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
}

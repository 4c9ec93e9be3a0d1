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

// row is the part of the row that was kept.
func (a answer) row() food.Row { return food.Row{Outcome: a.Outcome, Reason: a.Reason} }

// registerActivities registers the actions of a service as activities of a worker.
// An activity is one attempt of one call. It is at-least-once: when its answer is
// lost or late Temporal makes another attempt, and the idempotency key makes that
// harmless. Its error always means "try again": a rejection is an answer, and giving
// up is up to the service.
func registerActivities(w worker.ActivityRegistry, service food.Service, steps map[food.Action]food.Step, log *slog.Logger) {
	for _, action := range food.Actions[service] {
		step := steps[action]
		attempt := func(ctx context.Context, o food.Order) (answer, error) {
			n := int(activity.GetInfo(ctx).Attempt)
			row, err := step(ctx, o, n)
			if err != nil {
				log.Debug("try again", "order", o.ID, "service", service, "call", action, "attempt", n, "err", err)
				return answer{}, tryAgain(err)
			}
			return answer{row.Outcome, row.Reason}, nil
		}
		w.RegisterActivityWithOptions(attempt, activity.RegisterOptions{Name: string(action)})
	}
}

// tryAgain marks an error as one that is expected, so that the SDK does not log
// each as an alarm.
func tryAgain(err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), "TryAgain",
		temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
}

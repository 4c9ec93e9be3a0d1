package orchestration

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// An executor executes the activity of an action for an order, and returns its
// answer as a future.
type executor func(workflow.Context, food.Action, food.Order) workflow.Future

// activities executes each action's activity with the policy as its options: the
// queue of its service, the redelivery timeout after which an attempt is given to
// another worker, and the back-off.
func activities(c Config) executor {
	if c.Local {
		return localActivities(c)
	}
	options := map[food.Action]workflow.ActivityOptions{}
	for _, service := range food.AllServices {
		for _, action := range food.Actions[service] {
			options[action] = workflow.ActivityOptions{
				TaskQueue:           c.queue(service),
				StartToCloseTimeout: c.Policy.Redelivery,
				RetryPolicy:         retries(c.Policy),
			}
		}
	}
	return func(ctx workflow.Context, action food.Action, o food.Order) workflow.Future {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options[action]), string(action), o)
	}
}

// An answer is what the flow needs of a row. It is recorded in the order's
// history, so it is kept small.
type answer struct {
	Outcome food.Outcome `json:"outcome"`
	Reason  string       `json:"reason,omitempty"`
}

// row is the part of the row that was kept.
func (a answer) row() food.Row { return food.Row{Outcome: a.Outcome, Reason: a.Reason} }

// registerActivities registers the actions of a service as activities of a worker.
// A call is what Temporal calls an activity execution, and an attempt at it an
// activity task execution. Attempts are at-least-once: when an answer is lost or late
// Temporal makes another one, and the idempotency key makes that harmless. The error
// of an attempt always means "try again": a rejection is an answer, and giving up is
// done by [food.Services].
func registerActivities(w worker.ActivityRegistry, service food.Service, steps map[food.Action]food.Step, log *slog.Logger) {
	for _, action := range food.Actions[service] {
		step := steps[action]
		attempt := func(ctx context.Context, o food.Order) (answer, error) {
			n := int(activity.GetInfo(ctx).Attempt)
			row, err := step(ctx, o, n)
			if err != nil {
				log.Log(ctx, food.Severity(err), "try again", "order", o.ID, "service", service, "call", action, "attempt", n, "err", err)
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

package orchestration

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// Advanced: this file is for [Config].Local alone, and a first reading can leave it
// out. With local activities the worker that runs PlaceOrder makes the calls
// itself, inside the workflow task, and the server receives many answers at once.
// The end of the package's doc says what that gives up.

// localActivities does for local activities what [activities] does for others. They
// have no timeout but the call's own, because what a dead worker held is given out
// again after WorkflowTaskTimeout. The SDK demands one, so it is one that never comes.
func localActivities(c Config) executor {
	options := workflow.LocalActivityOptions{ScheduleToCloseTimeout: forever, RetryPolicy: retries(c.Policy)}
	return func(ctx workflow.Context, action food.Action, o food.Order) workflow.Future {
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, options), string(action), o)
	}
}

const forever = 100 * 365 * 24 * time.Hour

// localSlots is more than an SDK worker's thousand workflow tasks need at a time,
// so that no call waits for those of another service.
const localSlots = 10_000

// registerLocalActivities registers the actions of all services at the flow's
// worker. The SDK limits concurrency by worker and not by service, so that is done
// here.
func registerLocalActivities(w worker.ActivityRegistry, c Config, steps map[food.Action]food.Step) {
	for _, service := range food.AllServices {
		slots, turns := make(chan struct{}, c.Policy.Concurrency), map[food.Action]food.Step{}
		for _, action := range food.Actions[service] {
			turns[action] = inTurn(slots, steps[action])
		}
		registerActivities(w, service, turns, c.Log)
	}
}

// inTurn makes a call wait for one of its service's slots.
func inTurn(slots chan struct{}, step food.Step) food.Step {
	return func(ctx context.Context, o food.Order, attempt int) (food.Row, error) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			return step(ctx, o, attempt)
		case <-ctx.Done():
			return food.Row{}, ctx.Err()
		case <-activity.GetWorkerStopChannel(ctx):
			return food.Row{}, errStopping
		}
	}
}

var errStopping = errors.New("the worker is being closed")

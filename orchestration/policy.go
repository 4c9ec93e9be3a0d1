package orchestration

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// Pollers ask a queue for tasks, each for one at a time, and a task for which no
// poller waits goes through the database. At the server's limit of some 35 orders
// a second on two cores, a service gets up to 70 calls a second and the flow 200
// tasks. From 2 to 16 pollers nothing changed beyond the noise, neither latency nor
// CPU per order; these leave room for slow replies.
const (
	callPollers = 4 // per service
	flowPollers = 8
)

// An executor executes the activity of an action for an order, and returns its
// answer as a future.
type executor func(workflow.Context, food.Action, food.Order) workflow.Future

// activities translates the policy into options for each action's activity: the
// queue of its service, the redelivery timeout by which a dead worker is noticed,
// and the back-off.
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
	return func(ctx workflow.Context, a food.Action, o food.Order) workflow.Future {
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options[a]), string(a), o)
	}
}

// retries are for ever, with the policy's back-off. The limit on a deciding call's
// attempts is kept by the service: when it gives up, the rejection is definite. A
// limit here would leave the outcome unknown.
func retries(p food.Policy) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    p.FirstBackoff,
		BackoffCoefficient: 2,
		MaximumInterval:    p.MaxBackoff,
	}
}

// serviceOptions are those of a service's SDK worker.
func serviceOptions(c Config) worker.Options {
	return worker.Options{
		DisableWorkflowWorker:              true,
		MaxConcurrentActivityExecutionSize: c.Policy.Concurrency,
		MaxConcurrentActivityTaskPollers:   callPollers,
		WorkerStopTimeout:                  stopTimeout(c.Policy),
		OnFatalError:                       c.fatal,
	}
}

// flowOptions are those of the SDK worker that runs PlaceOrder, and executes local
// activities.
func flowOptions(c Config) worker.Options {
	return worker.Options{
		LocalActivityWorkerOnly:                 true, // other activities have workers of their own
		MaxConcurrentLocalActivityExecutionSize: localSlots,
		MaxConcurrentWorkflowTaskPollers:        flowPollers,
		StickyScheduleToStartTimeout:            c.Policy.Redelivery,
		WorkerStopTimeout:                       stopTimeout(c.Policy),
		OnFatalError:                            c.fatal,
	}
}

// stopTimeout is how long an SDK worker that is stopped waits for its running
// calls: each ends by its call timeout, which is below the redelivery timeout.
func stopTimeout(p food.Policy) time.Duration { return p.Redelivery }

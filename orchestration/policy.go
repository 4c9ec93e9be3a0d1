package orchestration

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// Pollers ask a queue for work, each for one task at a time, and a task that
// meets no waiting poller goes through the database. At the server's limit of
// some 35 orders a second on two cores, a service gets up to 70 calls a second
// and the flow 200 tasks. From 2 to 16 pollers nothing changed beyond the
// noise, neither latency nor CPU per order; these leave room for slow replies.
const (
	callPollers = 4 // per service
	flowPollers = 8
)

// A caller makes a call for an order, whose answer is yet to come.
type caller func(workflow.Context, food.Action, food.Order) workflow.Future

// calls translates the policy for every action: the queue of its service and the
// clock that notices a dead worker.
func calls(c Config) caller {
	if c.Local {
		return localCalls(c)
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

// retries are for ever. The limit on a deciding call's attempts is kept by the
// service, which makes the no definite when it gives up; here it would leave the
// outcome unknown.
func retries(p food.Policy) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    p.FirstBackoff,
		BackoffCoefficient: 2,
		MaximumInterval:    p.MaxBackoff,
	}
}

// callWorker are the options of a service's worker.
func callWorker(c Config) worker.Options {
	return worker.Options{
		DisableWorkflowWorker:              true,
		MaxConcurrentActivityExecutionSize: c.Policy.Concurrency,
		MaxConcurrentActivityTaskPollers:   callPollers,
		WorkerStopTimeout:                  stopTimeout(c.Policy),
		OnFatalError:                       c.fatal,
	}
}

// flowWorker are the options of the worker that runs PlaceOrder, and makes the
// calls that are local.
func flowWorker(c Config) worker.Options {
	return worker.Options{
		LocalActivityWorkerOnly:                 true, // other calls have workers of their own
		MaxConcurrentLocalActivityExecutionSize: localSlots,
		MaxConcurrentWorkflowTaskPollers:        flowPollers,
		StickyScheduleToStartTimeout:            c.Policy.Redelivery,
		WorkerStopTimeout:                       stopTimeout(c.Policy),
		OnFatalError:                            c.fatal,
	}
}

// stopTimeout is how long a worker that is closed waits for its running calls:
// each ends by its call timeout, which is below the redelivery clock.
func stopTimeout(p food.Policy) time.Duration { return p.Redelivery }

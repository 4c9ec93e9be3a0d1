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

// callOptions translates the policy for every action: the queue of its service,
// the clock that notices a dead worker, and retries for ever. The limit on a
// deciding call's attempts is kept by the service, which makes the no definite
// when it gives up; here it would leave the outcome unknown.
func callOptions(c Config) map[food.Action]workflow.ActivityOptions {
	all := map[food.Action]workflow.ActivityOptions{}
	for _, service := range food.AllServices {
		for _, action := range food.Actions[service] {
			all[action] = workflow.ActivityOptions{
				TaskQueue:           c.queue(service),
				StartToCloseTimeout: c.Policy.Redelivery,
				RetryPolicy: &temporal.RetryPolicy{
					InitialInterval:    c.Policy.FirstBackoff,
					BackoffCoefficient: 2,
					MaximumInterval:    c.Policy.MaxBackoff,
				},
			}
		}
	}
	return all
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

// flowWorker are the options of the worker that runs PlaceOrder.
func flowWorker(c Config) worker.Options {
	return worker.Options{
		LocalActivityWorkerOnly:          true, // calls have workers of their own
		MaxConcurrentWorkflowTaskPollers: flowPollers,
		StickyScheduleToStartTimeout:     c.Policy.Redelivery,
		WorkerStopTimeout:                stopTimeout(c.Policy),
		OnFatalError:                     c.fatal,
	}
}

// stopTimeout is how long a worker that is closed waits for its running calls:
// each ends by its call timeout, which is below the redelivery clock.
func stopTimeout(p food.Policy) time.Duration { return p.Redelivery }

package orchestration

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"github.com/sagabench/sagabench/food"
)

// Pollers ask a queue for tasks, each for one at a time, and a task for which no
// poller waits goes through the database. From 2 to 16 pollers neither latency nor
// CPU time per order changed beyond the noise.
const (
	callPollers = 4 // per service
	flowPollers = 8
)

// retries are for ever, with the policy's back-off. The limit on a deciding call's
// attempts is kept by [food.Services]: when it gives up, the rejection is definite.
// A limit here would leave the outcome unknown.
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

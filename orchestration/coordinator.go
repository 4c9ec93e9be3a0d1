package orchestration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/sagabench/sagabench/food"
)

// A Coordinator places orders: it starts a workflow for each. It runs no workflow
// itself; a [Worker] does. For the name see [food.Coordinator].
type Coordinator struct {
	config Config
	client client.Client
	sample sample
}

var _ food.Coordinator = (*Coordinator)(nil)

// Open connects to the server.
func Open(ctx context.Context, c Config) (*Coordinator, error) {
	cl, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &Coordinator{config: c, client: cl}, nil
}

// Submit implements [food.Coordinator]. It returns nil when the server has the
// workflow's first event. Until then it starts it again under the same workflow
// id, until ctx ends, so an outage of the server is waited out. Temporal refuses
// an id of which it has a workflow; when the namespace no longer keeps the closed
// one, the order goes through the flow again, in which every call finds its row.
func (c *Coordinator) Submit(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	options := client.StartWorkflowOptions{
		ID:                    c.config.workflowID(o.ID),
		TaskQueue:             c.config.flowQueue(),
		WorkflowTaskTimeout:   c.config.Policy.Redelivery,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		// By default this is no error. With one, an order that is submitted again
		// can be told from a new one, below.
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
	for attempt := 1; ; attempt++ {
		_, err := c.client.ExecuteWorkflow(ctx, options, workflowType, o)
		switch err.(type) {
		case nil:
			c.sample.add(o.ID) // for [Coordinator.Counters]
			return nil
		case *serviceerror.WorkflowExecutionAlreadyStarted:
			return nil
		case *serviceerror.InvalidArgument, *serviceerror.NamespaceNotFound: // found before anything is started
			return fmt.Errorf("order %s was not accepted: %w", o.ID, err)
		case *serviceerror.Unavailable, *serviceerror.DeadlineExceeded, *serviceerror.ResourceExhausted, *serviceerror.Internal:
			c.config.Log.Debug("place again", "order", o.ID, "attempt", attempt, "err", err)
			select {
			case <-time.After(c.config.Policy.Backoff(attempt)):
				continue
			case <-ctx.Done():
			}
		}
		return fmt.Errorf("order %s may or may not have been accepted: %w", o.ID, err)
	}
}

// Close implements [food.Coordinator].
func (c *Coordinator) Close(context.Context) error {
	c.client.Close()
	return nil
}

// A Worker runs PlaceOrder and makes the services' calls: seven workers of the SDK
// over one connection, each with a task queue of its own. With local activities
// it is one.
type Worker struct {
	client  client.Client
	workers []worker.Worker
}

// Work starts to work for the orders of c. When it stops, however it stops, the
// orders go on with the next Worker of the same name, or with another one that
// runs already.
func Work(ctx context.Context, c Config, s *food.Services) (*Worker, error) {
	return work(ctx, c, s.Steps(), workflows{activities(c)}.PlaceOrder)
}

// work is what [Work] and [Ceiling] share.
func work(ctx context.Context, c Config, steps map[food.Action]food.Step, placeOrder flow) (*Worker, error) {
	cl, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	w := &Worker{client: cl}
	flowWorker := worker.New(cl, c.flowQueue(), flowOptions(c))
	registerFlow(flowWorker, placeOrder)
	if c.Local {
		registerLocalActivities(flowWorker, c, steps)
	} else {
		for _, service := range food.AllServices {
			serviceWorker := worker.New(cl, c.queue(service), serviceOptions(c))
			registerActivities(serviceWorker, service, steps, c.Log)
			w.workers = append(w.workers, serviceWorker)
		}
	}
	w.workers = append(w.workers, flowWorker)

	for i, started := range w.workers {
		if err := started.Start(); err != nil {
			w.workers = w.workers[:i]
			return nil, errors.Join(fmt.Errorf("orchestration: start worker: %w", err), w.Close(ctx))
		}
	}
	return w, nil
}

// Close takes no more work and waits for calls that are running. When ctx ends
// first it returns ctx's error, and calls that have no answer by then are made
// again, by the next worker. Close the services after it, not before.
func (w *Worker) Close(ctx context.Context) error {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		var all sync.WaitGroup
		for _, one := range w.workers {
			all.Go(one.Stop)
		}
		all.Wait()
		w.client.Close()
	}()
	select {
	case <-stopped:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the workers: %w", ctx.Err())
	}
}

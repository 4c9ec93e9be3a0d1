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
	"go.temporal.io/sdk/converter"
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
// id, until ctx ends, so an outage of the server is waited out.
//
// Temporal takes one workflow of an id. When it refuses a second one, the first one's
// input is read: the same order was accepted before, another one is not. That holds for
// as long as the namespace keeps the workflow, which is its retention once it has
// closed. After that the order goes through the flow again, in which every call finds
// its row.
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
		err := c.place(ctx, o, options)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, food.ErrOtherOrder), refused(err):
			return fmt.Errorf("order %s was not accepted: %w", o.ID, err)
		case transient(err):
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

// place starts the order's workflow. If there is one of its id, it looks whether that is
// of the same order.
func (c *Coordinator) place(ctx context.Context, o food.Order, options client.StartWorkflowOptions) error {
	_, err := c.client.ExecuteWorkflow(ctx, options, workflowType, o)
	if before, ok := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); ok {
		first, err := c.placedOrder(ctx, o.ID, before.RunId)
		if err == nil && !first.Equal(o) {
			err = food.ErrOtherOrder
		}
		return err
	}
	if err == nil {
		c.sample.add(o.ID) // for [Coordinator.Counters]
	}
	return err
}

// placedOrder reads the order that an id stands for, from the first event of its
// workflow. A workflow that was started with something else stands for no order that
// could be submitted.
func (c *Coordinator) placedOrder(ctx context.Context, id, run string) (o food.Order, err error) {
	const all = enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT
	first, err := c.client.GetWorkflowHistory(ctx, c.config.workflowID(id), run, false, all).Next()
	if err != nil {
		return o, err
	}
	input := first.GetWorkflowExecutionStartedEventAttributes().GetInput()
	if err := converter.GetDefaultDataConverter().FromPayloads(input, &o); err != nil {
		return o, fmt.Errorf("%w: %w", food.ErrOtherOrder, err)
	}
	return o, nil
}

// refused says whether the server found, before it started anything, that it never will.
func refused(err error) bool {
	switch err.(type) {
	case *serviceerror.InvalidArgument, *serviceerror.NamespaceNotFound:
		return true
	}
	return false
}

// transient says whether the same request may succeed later. NotFound is that of a
// workflow whose retention has ended while it was to be read.
func transient(err error) bool {
	switch err.(type) {
	case *serviceerror.Unavailable, *serviceerror.DeadlineExceeded, *serviceerror.ResourceExhausted,
		*serviceerror.Internal, *serviceerror.NotFound:
		return true
	}
	return false
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

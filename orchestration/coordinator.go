package orchestration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
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
	return c.insist(ctx, "order "+o.ID, func() error { return c.place(ctx, o) })
}

// place starts the order's workflow. If there is one of its id, it looks whether that is
// of the same order.
func (c *Coordinator) place(ctx context.Context, o food.Order) error {
	run, err := c.start(ctx, c.config.workflowID(o.ID), workflowType, o)
	switch {
	case err != nil:
		return err
	case run != "":
		return c.isOrder(ctx, o, run)
	}
	c.sample.add(o.ID) // for [Coordinator.Counters]
	return nil
}

// cancelSuffix ends the id of a workflow that cancels an order whose own has ended.
const cancelSuffix = ".cancel"

// start starts a workflow for an order. If there is one of that id it returns its run.
func (c *Coordinator) start(ctx context.Context, id, workflowType string, o food.Order) (run string, err error) {
	_, err = c.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                    id,
		TaskQueue:             c.config.flowQueue(),
		WorkflowTaskTimeout:   c.config.Policy.Redelivery,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		// By default this is no error. With one, an order that is submitted again
		// can be told from a new one.
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, workflowType, o)
	if before, ok := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); ok {
		return before.RunId, nil
	}
	return "", err
}

// isOrder reads the order that an id stands for, from the first event of its workflow,
// and returns an error if it is another one. A workflow that was started with something
// else stands for no order that could be submitted.
func (c *Coordinator) isOrder(ctx context.Context, o food.Order, run string) error {
	const all = enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT
	first, err := c.client.GetWorkflowHistory(ctx, c.config.workflowID(o.ID), run, false, all).Next()
	if err != nil {
		return known(err)
	}
	var placed food.Order
	input := first.GetWorkflowExecutionStartedEventAttributes().GetInput()
	if err := converter.GetDefaultDataConverter().FromPayloads(input, &placed); err != nil || !placed.Equal(o) {
		return food.ErrOtherOrder
	}
	return nil
}

// Cancel implements [food.Coordinator]. It is Temporal's own request to cancel the
// order's workflow, which asks Delivery. When that workflow has ended, CancelOrder
// does.
func (c *Coordinator) Cancel(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	id := c.config.workflowID(o.ID)
	return c.insist(ctx, "cancellation of order "+o.ID, func() error {
		if err := c.isOrder(ctx, o, ""); err != nil {
			return err
		}
		err := c.client.CancelWorkflow(ctx, id, "")
		if _, ended := errors.AsType[*serviceerror.NotFound](err); err != nil && !ended {
			return err
		}
		// A server may take the request for a workflow that has ended, and drop it.
		reply, err := c.describe(ctx, o)
		if err != nil || reply.GetWorkflowExtendedInfo().GetCancelRequested() {
			return err
		}
		_, err = c.start(ctx, id+cancelSuffix, cancelType, o)
		return err
	})
}

// Resolve implements [food.Coordinator]. It is a signal to the order's workflow.
func (c *Coordinator) Resolve(ctx context.Context, o food.Order) error {
	if !food.ValidID(o.ID) {
		return fmt.Errorf("order %q: %w", o.ID, food.ErrUnknownOrder)
	}
	return c.insist(ctx, "resolution of order "+o.ID, func() error {
		reply, err := c.describe(ctx, o)
		if err != nil {
			return err
		}
		if _, escalated := reply.GetWorkflowExecutionInfo().GetMemo().GetFields()[escalatedMemo]; !escalated {
			return food.ErrNotEscalated
		}
		err = c.client.SignalWorkflow(ctx, c.config.workflowID(o.ID), "", resolveSignal, nil)
		if _, ended := errors.AsType[*serviceerror.NotFound](err); ended {
			return nil // it is resolved
		}
		return err
	})
}

// describe returns what the server knows of an order's workflow.
func (c *Coordinator) describe(ctx context.Context, o food.Order) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	reply, err := c.client.DescribeWorkflowExecution(ctx, c.config.workflowID(o.ID), "")
	return reply, known(err)
}

// known turns the server's error that there is no such workflow into food's.
func known(err error) error {
	if _, unknown := errors.AsType[*serviceerror.NotFound](err); unknown {
		return food.ErrUnknownOrder
	}
	return err
}

// insist tries again what the server did not answer, until ctx ends.
func (c *Coordinator) insist(ctx context.Context, what string, try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		switch {
		case err == nil:
			return nil
		case food.Definite(err), refused(err):
			return fmt.Errorf("%s was not accepted: %w", what, err)
		case transient(err):
			c.config.Log.Debug("ask the server again", "for", what, "attempt", attempt, "err", err)
			select {
			case <-time.After(c.config.Policy.Backoff(attempt)):
				continue
			case <-ctx.Done():
			}
		}
		return fmt.Errorf("%s may or may not have been accepted: %w", what, err)
	}
}

// refused says whether the server found, before it did anything, that it never will.
func refused(err error) bool {
	switch err.(type) {
	case *serviceerror.InvalidArgument, *serviceerror.NamespaceNotFound:
		return true
	}
	return false
}

// transient says whether the same request may succeed later.
func transient(err error) bool {
	switch err.(type) {
	case *serviceerror.Unavailable, *serviceerror.DeadlineExceeded, *serviceerror.ResourceExhausted, *serviceerror.Internal:
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
// it is one, and with [Config].Without six.
type Worker struct {
	client  client.Client
	workers []worker.Worker
}

// Work starts to work for the orders of c. When it stops, however it stops, the
// orders go on with the next Worker of the same name, or with another one that
// runs already.
func Work(ctx context.Context, c Config, s *food.Services) (*Worker, error) {
	w := workflows{activities(c)}
	return work(ctx, c, s.Steps(), map[string]flow{workflowType: w.PlaceOrder, cancelType: w.CancelOrder})
}

// work is what [Work] and [Ceiling] share.
func work(ctx context.Context, c Config, steps map[food.Action]food.Step, flows map[string]flow) (*Worker, error) {
	cl, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	w := &Worker{client: cl}
	flowWorker := worker.New(cl, c.flowQueue(), flowOptions(c))
	for name, f := range flows {
		registerFlow(flowWorker, name, f)
	}
	if c.Local {
		registerLocalActivities(flowWorker, c, steps)
	} else {
		for _, service := range food.AllServices {
			if string(service) == c.Without {
				continue
			}
			serviceWorker := worker.New(cl, c.queue(service), serviceOptions(c))
			registerActivities(serviceWorker, service, steps, c.Log)
			w.workers = append(w.workers, serviceWorker)
		}
	}
	if c.Without != workflowPart {
		w.workers = append(w.workers, flowWorker)
	}

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

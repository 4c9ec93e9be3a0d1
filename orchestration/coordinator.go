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
	return c.insist(ctx, "order "+o.ID, func() error {
		started, err := c.start(ctx, c.config.workflowID(o.ID), workflowType, o)
		if started {
			c.sample.add(o.ID) // for [Coordinator.Counters]
		}
		return err
	})
}

// cancelSuffix ends the id of a workflow that cancels an order whose own has ended.
const cancelSuffix = ".cancel"

// start starts a workflow for an order, or finds it started.
func (c *Coordinator) start(ctx context.Context, id, workflowType string, o food.Order) (started bool, err error) {
	_, err = c.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                    id,
		TaskQueue:             c.config.flowQueue(),
		WorkflowTaskTimeout:   c.config.Policy.Redelivery,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		// By default this is no error. With one, an order that is submitted again
		// can be told from a new one.
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, workflowType, o)
	if _, again := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); again {
		return false, nil
	}
	return err == nil, err
}

// insist tries again what the server did not answer, until ctx ends.
func (c *Coordinator) insist(ctx context.Context, what string, try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		if errors.Is(err, food.ErrUnknownOrder) || errors.Is(err, food.ErrNotEscalated) {
			return fmt.Errorf("%s was not accepted: %w", what, err)
		}
		switch err.(type) {
		case nil:
			return nil
		case *serviceerror.InvalidArgument, *serviceerror.NamespaceNotFound: // found before anything is done
			return fmt.Errorf("%s was not accepted: %w", what, err)
		case *serviceerror.Unavailable, *serviceerror.DeadlineExceeded, *serviceerror.ResourceExhausted, *serviceerror.Internal:
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

// Cancel implements [food.Coordinator]. It is Temporal's own request to cancel the
// order's workflow, which asks Delivery. When that workflow has ended, CancelOrder
// does.
func (c *Coordinator) Cancel(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	id := c.config.workflowID(o.ID)
	return c.insist(ctx, "cancellation of order "+o.ID, func() error {
		err := c.client.CancelWorkflow(ctx, id, "")
		if _, gone := errors.AsType[*serviceerror.NotFound](err); err != nil && !gone {
			return err
		}
		// The server takes a request for a workflow that has ended, and drops it.
		reply, err := c.describe(ctx, o.ID)
		if err != nil || reply.GetWorkflowExtendedInfo().GetCancelRequested() {
			return err
		}
		_, err = c.start(ctx, id+cancelSuffix, cancelType, o)
		return err
	})
}

// Resolve implements [food.Coordinator]. It is a signal to the order's workflow.
func (c *Coordinator) Resolve(ctx context.Context, o food.Order) error {
	return c.insist(ctx, "resolution of order "+o.ID, func() error {
		reply, err := c.describe(ctx, o.ID)
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

// describe returns what the server knows of an order's workflow, or an error that is
// food.ErrUnknownOrder.
func (c *Coordinator) describe(ctx context.Context, order string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	reply, err := c.client.DescribeWorkflowExecution(ctx, c.config.workflowID(order), "")
	if _, unknown := errors.AsType[*serviceerror.NotFound](err); unknown {
		return nil, food.ErrUnknownOrder
	}
	return reply, err
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

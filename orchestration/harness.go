package orchestration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

// This file is for the experiment: a worker without work to compare with, the
// server's counters, and what is asked of an external server. The saga needs none
// of it.

// Ceiling is [Work] as a no-op. The same SDK workers on the same queues take as many
// calls in the same shape, with the order as input and an answer of the same size,
// and each call does nothing. The workflow is bare: it assumes that every call took
// effect and adds no compensation. So its throughput is an upper bound: what Temporal
// and its SDK allow on this machine. ended is called when an order's workflow
// returns, and not at its last call: a Worker that is closed then reports the return
// first, so that no workflow is left open.
func Ceiling(ctx context.Context, c Config, ended func(order string)) (*Worker, error) {
	nothing := map[food.Action]food.Step{}
	for _, service := range food.AllServices {
		for _, action := range food.Actions[service] {
			nothing[action] = func(context.Context, food.Order, int) (food.Row, error) {
				return food.Row{Outcome: food.Done}, nil
			}
		}
	}
	placeOrder := bare(activities(c))
	return work(ctx, c, nothing, map[string]flow{workflowType: func(ctx workflow.Context, o food.Order) (food.Ending, error) {
		ending, err := placeOrder(ctx, o)
		if err == nil && !workflow.IsReplaying(ctx) {
			ended(o.ID)
		}
		return ending, err
	}})
}

// bare is the happy path, call by call.
func bare(execute executor) flow {
	return func(ctx workflow.Context, o food.Order) (food.Ending, error) {
		call := func(a food.Action) workflow.Future { return execute(ctx, a, o) }
		if err := call(food.Charge).Get(ctx, nil); err != nil {
			return "", err
		}
		if err := call(food.Confirm).Get(ctx, nil); err != nil {
			return "", err
		}
		beside := []workflow.Future{call(food.Award), call(food.StatusConfirmed), call(food.MailConfirmed)}
		if err := call(food.Assign).Get(ctx, nil); err != nil {
			return "", err
		}
		beside = append(beside, call(food.StatusCompleted), call(food.MailPartnerAssigned))
		for _, one := range beside {
			if err := one.Get(ctx, nil); err != nil {
				return "", err
			}
		}
		return food.Completed, nil
	}
}

// Counters returns what the server recorded per order, as the mean over a
// sample of the orders that this Coordinator submitted and that have ended.
func (c *Coordinator) Counters(ctx context.Context) (map[string]float64, error) {
	var orders, events, transitions, bytes float64
	for _, id := range c.sample.ids() {
		reply, err := c.client.DescribeWorkflowExecution(ctx, c.config.workflowID(id), "")
		if err != nil {
			return nil, fmt.Errorf("describe the workflow of order %s: %w", id, err)
		}
		info := reply.GetWorkflowExecutionInfo()
		if info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			continue
		}
		orders++
		events += float64(info.GetHistoryLength())
		transitions += float64(info.GetStateTransitionCount())
		bytes += float64(info.GetHistorySizeBytes())
	}
	counters := map[string]float64{"orders_sampled": orders}
	if orders > 0 {
		counters["history_events_per_order"] = events / orders
		counters["state_transitions_per_order"] = transitions / orders
		counters["history_bytes_per_order"] = bytes / orders
	}
	return counters, nil
}

// LeftOver returns what the server still has of a number of orders that it accepted:
// open_workflows, which for an escalated order wait for a person; failed_workflows,
// which have ended without a result; unseen_workflows, which its visibility store does
// not list, for that store is late; and repeated_workflows, of which it lists more than
// orders.
func (c *Coordinator) LeftOver(ctx context.Context, accepted int) (map[string]float64, error) {
	placed, err := c.count(ctx, workflowType)
	if err != nil {
		return nil, err
	}
	cancelling, err := c.count(ctx, cancelType)
	if err != nil {
		return nil, err
	}
	left := map[string]float64{"open_workflows": 0, "failed_workflows": 0}
	unseen := accepted
	for _, n := range placed {
		unseen -= n
	}
	for _, counts := range []map[string]int{placed, cancelling} {
		for status, n := range counts {
			switch status {
			case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED.String():
			case enums.WORKFLOW_EXECUTION_STATUS_RUNNING.String():
				left["open_workflows"] += float64(n)
			default:
				left["failed_workflows"] += float64(n)
			}
		}
	}
	left["unseen_workflows"], left["repeated_workflows"] = float64(max(unseen, 0)), float64(max(-unseen, 0))
	return left, nil
}

// count is how many workflows of a type the server lists, by their status.
func (c *Coordinator) count(ctx context.Context, workflowType string) (map[string]int, error) {
	reply, err := c.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: fmt.Sprintf("TaskQueue = '%s' AND WorkflowType = '%s' GROUP BY ExecutionStatus", c.config.flowQueue(), workflowType),
	})
	if err != nil {
		return nil, fmt.Errorf("count the workflows of %s: %w", c.config.flowQueue(), err)
	}
	counts := map[string]int{}
	for _, group := range reply.GetGroups() {
		var status string
		if err := converter.GetDefaultDataConverter().FromPayload(group.GetGroupValues()[0], &status); err != nil {
			return nil, fmt.Errorf("the status of %d workflows: %w", group.GetCount(), err)
		}
		counts[status] = int(group.GetCount())
	}
	return counts, nil
}

// maxSample bounds what Counters asks the server: it answers some thousand such
// questions per second.
const maxSample = 200

// A sample is every nth of the ids that were added, with n as small as keeps it
// within maxSample.
type sample struct {
	mu   sync.Mutex
	kept []string
	nth  int // a power of two
	seen int
}

func (s *sample) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nth = max(s.nth, 1)
	if s.seen++; s.seen%s.nth != 0 {
		return
	}
	if s.kept = append(s.kept, id); len(s.kept) <= maxSample {
		return
	}
	s.nth *= 2
	for i := range len(s.kept) / 2 {
		s.kept[i] = s.kept[2*i+1]
	}
	s.kept = s.kept[:len(s.kept)/2]
}

func (s *sample) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

// Server returns the version of the Temporal server at hostPort, or an error that
// says why no order can be placed there.
func Server(ctx context.Context, hostPort, namespace string) (version string, err error) {
	c := Config{HostPort: hostPort, Namespace: namespace, Name: "server", Policy: food.DefaultPolicy}
	cl, err := c.connect(ctx)
	if err != nil {
		return "", fmt.Errorf("no Temporal server takes requests at %s: %w", hostPort, errors.Unwrap(err))
	}
	defer cl.Close()
	service := cl.WorkflowService()
	_, err = service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if _, ok := errors.AsType[*serviceerror.NamespaceNotFound](err); ok {
		return "", fmt.Errorf("the Temporal server at %s has no namespace %q: make it with \"temporal operator namespace create --namespace %s\"", hostPort, namespace, namespace)
	}
	if err != nil {
		return "", fmt.Errorf("the Temporal server at %s does not answer for namespace %q: %w", hostPort, namespace, err)
	}
	info, err := service.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	if err != nil {
		return "", fmt.Errorf("the Temporal server at %s does not report its version: %w", hostPort, err)
	}
	return info.GetServerVersion(), nil
}

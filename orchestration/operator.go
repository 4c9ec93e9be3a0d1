package orchestration

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/stuck"
)

// This file is for the person who looks after the orders. The order's workflow knows
// what it waits for, so the server is asked: which workflows are open or have failed,
// what each waits for, and what its history has.

// An Operator finds what waits, and helps.
type Operator struct {
	config Config
	client client.Client
	cost   stuck.Cost
}

// Operate connects to the server, for the orders of c.
func Operate(ctx context.Context, c Config) (*Operator, error) {
	cl, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &Operator{config: c, client: cl}, nil
}

// Names lists the names under which the server has orders: c's alone, if it is one of
// them, or else those of the latest thousand workflows.
func Names(ctx context.Context, c Config) (names []string, err error) {
	wanted := c.Name
	c.Name = cmp.Or(wanted, "any")
	o, err := Operate(ctx, c)
	if err != nil {
		return nil, err
	}
	defer o.client.Close()
	page, err := o.page(ctx, fmt.Sprintf("TaskQueue = '%s'", c.flowQueue()), nil)
	if len(page.GetExecutions()) == 0 && err == nil {
		page, err = o.page(ctx, fmt.Sprintf("WorkflowType IN ('%s', '%s')", workflowType, cancelType), nil)
	}
	for _, info := range page.GetExecutions() {
		of, ok := strings.CutSuffix(info.GetTaskQueue(), Config{}.flowQueue())
		if ok && !slices.Contains(names, of) {
			names = append(names, of)
		}
	}
	slices.Sort(names)
	return names, err
}

// Orders lists the ids of orders that the server lists, of the latest thousand.
func (o *Operator) Orders(ctx context.Context) (ids []string, err error) {
	page, err := o.page(ctx, fmt.Sprintf("TaskQueue = '%s'", o.config.flowQueue()), nil)
	for _, info := range page.GetExecutions() {
		ids = append(ids, o.orderOf(info.GetExecution().GetWorkflowId()))
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// orderOf is the order of a workflow, or of the one that cancels it.
func (o *Operator) orderOf(workflow string) string {
	return strings.TrimSuffix(strings.TrimPrefix(workflow, o.config.workflowID("")), cancelSuffix)
}

// Cost is what every question until now took.
func (o *Operator) Cost() stuck.Cost { return o.cost }

// Close closes the connection.
func (o *Operator) Close(context.Context) error {
	o.client.Close()
	return nil
}

// Resolve is [Coordinator.Resolve].
func (o *Operator) Resolve(ctx context.Context, order string) error {
	return (&Coordinator{config: o.config, client: o.client}).Resolve(ctx, food.Order{ID: order})
}

// page asks for workflows, a thousand at a time, the latest first.
func (o *Operator) page(ctx context.Context, query string, token []byte) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	q := &workflowservice.ListWorkflowExecutionsRequest{Namespace: o.namespace(), Query: query, PageSize: 1000, NextPageToken: token}
	page, err := ask(o, q, func() (*workflowservice.ListWorkflowExecutionsResponse, error) {
		return o.client.WorkflowService().ListWorkflowExecutions(ctx, q)
	})
	if err != nil {
		return nil, fmt.Errorf("list workflows: %w", err)
	}
	return page, nil
}

func (o *Operator) namespace() string { return cmp.Or(o.config.Namespace, client.DefaultNamespace) }

// ask asks the server, and counts what that costs.
func ask[Q, R interface{ Size() int }](o *Operator, q Q, call func() (R, error)) (R, error) {
	r, err := call()
	o.cost.Requests++
	o.cost.Bytes += q.Size()
	if err == nil {
		o.cost.Bytes += r.Size()
	}
	return r, err
}

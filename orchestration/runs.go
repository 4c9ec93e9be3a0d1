package orchestration

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/sagabench/sagabench/food"
)

// A run is what the server knows of a run of a workflow.
type run struct {
	execution *common.WorkflowExecution
	info      *workflow.WorkflowExecutionInfo
	pending   []*workflow.PendingActivityInfo
	task      *workflow.PendingWorkflowTaskInfo
	events    []*history.HistoryEvent

	// Of its history.
	scheduled map[int64]*history.HistoryEvent // the calls, by event
	resolved  bool
	why       string // of the last failure of a workflow task, or of the run's end
}

// runs are those of an order: of its workflow, and of the one that cancels it.
func (o *Operator) runs(ctx context.Context, order string) (runs []*run, err error) {
	for _, id := range []string{o.config.workflowID(order), o.config.workflowID(order) + cancelSuffix} {
		r, err := o.run(ctx, &common.WorkflowExecution{WorkflowId: id})
		if _, unknown := errors.AsType[*serviceerror.NotFound](err); unknown {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("workflow %s: %w", id, err)
		}
		runs = append(runs, r)
	}
	if runs == nil {
		return nil, fmt.Errorf("order %s: %w", order, food.ErrUnknownOrder)
	}
	return runs, nil
}

// run asks for a run of a workflow, the latest if none is named, and for its history.
func (o *Operator) run(ctx context.Context, execution *common.WorkflowExecution) (*run, error) {
	q := &workflowservice.DescribeWorkflowExecutionRequest{Namespace: o.namespace(), Execution: execution}
	d, err := ask(o, q, func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
		return o.client.WorkflowService().DescribeWorkflowExecution(ctx, q)
	})
	if err != nil {
		return nil, err
	}
	r := &run{
		execution: d.GetWorkflowExecutionInfo().GetExecution(), info: d.GetWorkflowExecutionInfo(),
		pending: d.GetPendingActivities(), task: d.GetPendingWorkflowTask(),
	}
	for token := []byte(nil); ; {
		q := &workflowservice.GetWorkflowExecutionHistoryRequest{Namespace: o.namespace(), Execution: r.execution, NextPageToken: token}
		page, err := ask(o, q, func() (*workflowservice.GetWorkflowExecutionHistoryResponse, error) {
			return o.client.WorkflowService().GetWorkflowExecutionHistory(ctx, q)
		})
		if err != nil {
			return nil, err
		}
		r.events = append(r.events, page.GetHistory().GetEvents()...)
		if token = page.GetNextPageToken(); len(token) == 0 {
			return r, nil
		}
	}
}

// failed says whether the run has ended without a result.
func (r *run) failed() bool {
	return r.info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING && r.info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
}

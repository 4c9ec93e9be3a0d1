// Package orch runs the workflow of an orchestration and makes its calls. It knows no flow:
// which call comes after which is the workflow's.
package orch

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/workshop/kit"
)

// Main runs a workflow for each order of the cell, as a program of its own. Temporal
// cancels its context when the customer cancels.
func Main(placeOrder func(workflow.Context, Order) error) {
	kit.Main(func(ctx context.Context, cell kit.Cell) error {
		slog.SetLogLoggerLevel(slog.LevelWarn)
		c, err := client.DialContext(ctx, client.Options{HostPort: cell.Server, Logger: slog.Default()})
		if err != nil {
			return err
		}
		// No worker is promised to have a workflow in memory still when the next answer comes.
		// Here none ever has: each decision begins with a replay of the whole history.
		worker.SetStickyWorkflowCacheSize(0)
		w := worker.New(c, cell.Name+".workflow", worker.Options{})
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context, o kit.Order) error {
			return placeOrder(ctx, Order{o, cell})
		}, workflow.RegisterOptions{Name: "PlaceOrder"})
		return w.Start()
	})
}

// An Order is what a workflow is about.
type Order struct {
	kit.Order
	cell kit.Cell
}

// Call makes a call, such as "payment.charge", and waits for its answer, for as many
// attempts as it takes. A service takes its calls, which Temporal calls activities, from a
// queue of its name. An error means that ctx was cancelled before there was an answer: then
// it is not known whether the call takes effect. On a context that is cancelled already the
// call is not made.
func (o Order) Call(ctx workflow.Context, call string) (answer kit.Answer, err error) {
	service, action, ok := strings.Cut(call, ".")
	if !ok {
		return answer, fmt.Errorf("call %q: want service.action", call)
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           o.cell.Name + "." + service,
		StartToCloseTimeout: o.cell.Redelivery,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 20 * time.Millisecond, MaximumInterval: 100 * time.Millisecond},
	})
	err = workflow.ExecuteActivity(ctx, action, o.Order).Get(ctx, &answer)
	return answer, err
}

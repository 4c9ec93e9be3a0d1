// This program is the payment service of an orchestration: an activity worker of the
// Temporal SDK. The workflow asks it to charge an order and, when the order is off, to
// refund it. The workflow and all other services are running already.
//
// What is yours is the function key, at the end.
package main

import (
	"context"
	"io"
	"log/slog"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"github.com/sagabench/sagabench/workshop/kit"
)

func main() { kit.Main(begin) }

// A service makes the calls to the provider.
type service struct{ cell kit.Cell }

func begin(ctx context.Context, cell kit.Cell) error {
	quiet := log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	c, err := client.DialContext(ctx, client.Options{HostPort: cell.Server, Logger: quiet})
	if err != nil {
		return err
	}
	s := service{cell}
	w := worker.New(c, cell.Name+".payment", worker.Options{DisableWorkflowWorker: true})
	w.RegisterActivityWithOptions(s.charge, activity.RegisterOptions{Name: "charge"})
	w.RegisterActivityWithOptions(s.refund, activity.RegisterOptions{Name: "refund"})
	return w.Start()
}

// charge is one attempt. Its error means that it is not known what the provider did, and
// Temporal makes another attempt. It does so as well when this program dies and no answer
// comes in time. A refusal is an answer and not an error: the workflow decides.
func (s service) charge(ctx context.Context, o kit.Order) (kit.Answer, error) {
	return s.cell.Call(ctx, "charge", o, key(ctx, "charge", o))
}

// refund is charge taken back, and as careful.
func (s service) refund(ctx context.Context, o kit.Order) (kit.Answer, error) {
	return s.cell.Call(ctx, "refund", o, key(ctx, "refund", o))
}

// key is the idempotency key of a call. The provider answers a key that it knows as it
// did before, and does nothing.
//
// TODO: make a key. It must be the same for each attempt at a call, and another for each
// other call. What Temporal knows of an attempt is in activity.GetInfo(ctx). Which of that
// stays the same when the attempt is made again? And when somebody resets the workflow?
func key(ctx context.Context, action string, o kit.Order) string {
	return ""
}

// This program is the loyalty service of an orchestration: an activity worker of the
// Temporal SDK. The workflow asks it to award points for an order that a restaurant has
// confirmed, and to revoke them when the order is off. It does not wait for the one before
// it asks for the other. The workflow and all other services are running already.
//
// What is yours are the functions award and revoke, at the end.
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

// A service makes the calls to the loyalty programme. The client can ask the server about
// workflows.
type service struct {
	cell   kit.Cell
	client client.Client
}

func begin(ctx context.Context, cell kit.Cell) error {
	quiet := log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	c, err := client.DialContext(ctx, client.Options{HostPort: cell.Server, Logger: quiet})
	if err != nil {
		return err
	}
	s := &service{cell, c}
	w := worker.New(c, cell.Name+".loyalty", worker.Options{DisableWorkflowWorker: true})
	w.RegisterActivityWithOptions(s.award, activity.RegisterOptions{Name: "award"})
	w.RegisterActivityWithOptions(s.revoke, activity.RegisterOptions{Name: "revoke"})
	return w.Start()
}

// An activity has a second for each attempt. After that, or after an error, the server
// makes another one; it does not know whether the one before is still under way, and can't
// end it. The context of an attempt ends with its second, and what it has sent is gone.

// award books the points, unless its key was voided.
func (s *service) award(ctx context.Context, o kit.Order) (kit.Answer, error) {
	return s.cell.Call(ctx, "award", o, o.ID+".award")
}

// revoke closes the door before it looks what is inside. When the award's key is void,
// either the award has happened and is taken back, or it never will, however late one of
// its attempts comes: that is decided where the points are, and nowhere else.
func (s *service) revoke(ctx context.Context, o kit.Order) (kit.Answer, error) {
	if _, err := s.cell.Call(ctx, "void", o, o.ID+".award"); err != nil {
		return kit.Answer{}, err
	}
	return s.cell.Call(ctx, "revoke", o, o.ID+".revoke")
}

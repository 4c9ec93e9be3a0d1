package devserver_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

const queue = "test"

// Workflows that were accepted complete after SIGKILL, and the client and the
// worker reconnect by themselves.
func TestTemporalSurvivesKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := devservertest.Temporal(t)
	c, err := client.DialContext(ctx, client.Options{HostPort: s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	const signal = "go on"
	waits := func(ctx workflow.Context) (string, error) {
		var said string
		workflow.GetSignalChannel(ctx, signal).Receive(ctx, &said)
		return said, nil
	}
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflowWithOptions(waits, workflow.RegisterOptions{Name: "waits"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()

	const workflows = 20
	for n := range workflows {
		opts := client.StartWorkflowOptions{ID: fmt.Sprint("w", n), TaskQueue: queue}
		if _, err := c.ExecuteWorkflow(ctx, opts, "waits"); err != nil {
			t.Fatal(err)
		}
	}
	before := s.Addr()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if s.Addr() != before {
		t.Fatalf("restarted at %s, want %s", s.Addr(), before)
	}
	for n := range workflows {
		id := fmt.Sprint("w", n)
		if err := c.SignalWorkflow(ctx, id, "", signal, id); err != nil {
			t.Fatal(err)
		}
	}
	for n := range workflows {
		id := fmt.Sprint("w", n)
		var said string
		if err := c.GetWorkflow(ctx, id, "").Get(ctx, &said); err != nil || said != id {
			t.Fatalf("workflow %s = %q, %v", id, said, err)
		}
	}
}

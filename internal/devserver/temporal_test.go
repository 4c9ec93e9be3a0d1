package devserver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/durability"
)

const queue = "test"

// dial connects a client and a worker that has what register registers.
func dial(t *testing.T, s *devserver.Server, register func(worker.Registry)) client.Client {
	t.Helper()
	logger := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	c, err := client.DialContext(t.Context(), client.Options{HostPort: s.Addr(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := worker.New(c, queue, worker.Options{})
	register(w)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return c
}

// Workflows that were accepted complete after SIGKILL, and the client and the
// worker reconnect by themselves.
func TestTemporalSurvivesKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := devservertest.Temporal(t)
	c := dial(t, s, func(w worker.Registry) {
		w.RegisterWorkflowWithOptions(waitForSignal, workflow.RegisterOptions{Name: "waits"})
	})
	const workflows = 20
	id := func(n int) string { return fmt.Sprint("workflow-", n) }
	for n := range workflows {
		opts := client.StartWorkflowOptions{ID: id(n), TaskQueue: queue}
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
		if err := c.SignalWorkflow(ctx, id(n), "", "go on", id(n)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range workflows {
		var result string
		if err := c.GetWorkflow(ctx, id(n), "").Get(ctx, &result); err != nil || result != id(n) {
			t.Fatalf("%s = %q, %v", id(n), result, err)
		}
	}
}

func waitForSignal(ctx workflow.Context) (result string, err error) {
	workflow.GetSignalChannel(ctx, "go on").Receive(ctx, &result)
	return result, nil
}

// Activities are retried when their back-off is over. With the server's own settings
// each of these retries takes a second or more.
func TestTemporalKeepsRetryTimes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const (
		failures = 5
		pause    = 20 * time.Millisecond
	)
	c := dial(t, devservertest.Temporal(t), func(w worker.Registry) {
		w.RegisterActivityWithOptions(func(ctx context.Context) error {
			if activity.GetInfo(ctx).Attempt <= failures {
				return errors.New("not yet")
			}
			return nil
		}, activity.RegisterOptions{Name: "fails"})
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: time.Minute,
				RetryPolicy:         &temporal.RetryPolicy{InitialInterval: pause, BackoffCoefficient: 1},
			})
			return workflow.ExecuteActivity(ctx, "fails").Get(ctx, nil)
		}, workflow.RegisterOptions{Name: "retries"})
	})
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, "retries")
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Get(ctx, nil); err != nil {
		t.Fatal(err)
	}
	info, err := c.DescribeWorkflowExecution(ctx, run.GetID(), "")
	if err != nil {
		t.Fatal(err)
	}
	took := info.WorkflowExecutionInfo.ExecutionDuration.AsDuration()
	if took < failures*pause || took > failures*time.Second {
		t.Fatalf("%d retries took %v, want a little more than %v", failures, took, failures*pause)
	}
}

// The durability decides how SQLite writes: its header shows whether there is a
// write-ahead log.
func TestTemporalDurability(t *testing.T) {
	for _, test := range []struct {
		level   durability.Level
		untuned bool
		wal     bool
	}{
		{"process", false, true},
		{"power", false, true},
		{"process", true, false},
	} {
		t.Run(fmt.Sprintf("%s untuned=%v", test.level, test.untuned), func(t *testing.T) {
			dir := t.TempDir()
			start(t, devserver.Config{Dir: dir, Durability: test.level, Untuned: test.untuned})
			header, err := os.ReadFile(filepath.Join(dir, "temporal.db"))
			if err != nil || len(header) < 100 {
				t.Fatalf("data file has %d bytes, %v", len(header), err)
			}
			const readVersion = 19 // offset; 2 means write-ahead log
			if wal := header[readVersion] == 2; wal != test.wal {
				t.Fatalf("write-ahead log = %v, want %v", wal, test.wal)
			}
		})
	}
}

// Closed workflows are kept longer than any run, in memory too.
func TestTemporalInMemory(t *testing.T) {
	s := start(t, devserver.Config{Durability: durability.Memory})
	c := dial(t, s, func(worker.Registry) {})
	ns, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if keep := ns.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); keep < 7*24*time.Hour {
		t.Fatalf("closed workflows are kept %v", keep)
	}
}

func start(t *testing.T, c devserver.Config) *devserver.Server {
	t.Helper()
	s, err := devserver.StartTemporal(t.Context(), devservertest.TemporalCommand(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

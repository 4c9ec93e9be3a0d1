package devserver_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/durability/durabilitytest"
)

// What survives kill -9 needs no sync, and what survives a loss of power one before each
// answer, whichever the server.
func TestServersSyncWhatTheDurabilityNeeds(t *testing.T) {
	for name, server := range map[string]struct {
		start   func(context.Context, []string, devserver.Config) (*devserver.Server, error)
		command []string
		client  func(*testing.T, *devserver.Server) (work func(answers int)) // that promise something
	}{
		"NATS":     {devserver.StartNATS, devservertest.NATSCommand(t), publishes},
		"Temporal": {devserver.StartTemporal, devservertest.TemporalCommand(t), runsWorkflows},
	} {
		for _, level := range []durability.Level{durability.Process, durability.Power} {
			t.Run(fmt.Sprintf("%s %s", name, level), func(t *testing.T) {
				command, syncs := durabilitytest.Syncs(t, server.command)
				s, err := server.start(t.Context(), command, devserver.Config{Dir: t.TempDir(), Durability: level})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				const answers = 500
				work := server.client(t, s)
				work(1) // streams and queues are made
				before := syncs()
				work(answers)
				made := syncs() - before
				t.Logf("%d syncs in %d answers, %d before", made, answers, before)
				switch {
				case level == durability.Process && made > 0:
					t.Errorf("%d syncs where none is needed", made)
				case level == durability.Power && made < answers:
					t.Errorf("%d syncs for %d answers that survive a loss of power", made, answers)
				}
			})
		}
	}
}

// publishes has messages acknowledged.
func publishes(t *testing.T, s *devserver.Server) func(int) {
	nc, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "orders", Subjects: []string{"order"}}); err != nil {
		t.Fatal(err)
	}
	return func(n int) {
		for range n {
			if _, err := js.Publish(t.Context(), "order", make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// runsWorkflows completes workflows of one activity. The client or the worker waits for
// at least four transactions of each: start, two workflow tasks, the activity.
func runsWorkflows(t *testing.T, s *devserver.Server) func(int) {
	c := dial(t, s, func(w worker.Registry) {
		w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{Name: "works"})
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
			return workflow.ExecuteActivity(ctx, "works").Get(ctx, nil)
		}, workflow.RegisterOptions{Name: "one-call"})
	})
	return func(n int) {
		for range (n + 3) / 4 {
			run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue}, "one-call")
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Get(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What a server was asked for and what it reports are two things; the report prints the
// second.
func TestServersReadTheirSettingsBack(t *testing.T) {
	for _, test := range []struct {
		level              durability.Level
		always             string
		journal, syncs, on string
	}{
		{durability.Memory, "false", "memory", "2", "0"},
		{durability.Process, "false", "wal", "0", "0"},
		{durability.Power, "true", "wal", "2", "1"},
	} {
		t.Run(test.level.String(), func(t *testing.T) {
			n, err := devserver.StartNATS(t.Context(), devservertest.NATSCommand(t), devserver.Config{Dir: t.TempDir(), Durability: test.level})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			if got := n.Settings(); got["sync_always"] != test.always || got["sync_interval"] != "2m0s" {
				t.Errorf("NATS reports %v, want sync_always %s", got, test.always)
			}
			got := start(t, devserver.Config{Dir: t.TempDir(), Durability: test.level}).Settings()
			if got["journal_mode"] != test.journal || got["synchronous"] != test.syncs || got["fullfsync"] != test.on || got["history_shards"] != "1" {
				t.Errorf("Temporal reports %v, want %+v", got, test)
			}
		})
	}
}

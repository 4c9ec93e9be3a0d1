package orchestration_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/orchestration"
)

var update = flag.Bool("update", false, "record the histories in testdata again, from a real server")

// A workflow that was started by older code is replayed by newer code. These
// histories stand for the orders that are on their way when a new version is
// deployed: as long as they replay, no such order gets stuck.
func TestReplay(t *testing.T) {
	if *update {
		record(t)
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < len(food.Endings) {
		t.Fatalf("%d histories in testdata (%v), want one per ending; record them with -update", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			replayer := worker.NewWorkflowReplayer()
			orchestration.RegisterFlow(replayer, orchestration.Config{Name: "replay", Policy: food.DefaultPolicy})
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(nil, file); err != nil {
				t.Errorf("PlaceOrder does not go the recorded way: %v", err)
			}
		})
	}
}

// A flow that goes another way than the recorded one is found out.
func TestReplayCanFail(t *testing.T) {
	call := func(ctx workflow.Context, a food.Action, o food.Order) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: food.DefaultPolicy.Redelivery})
		return workflow.ExecuteActivity(ctx, string(a), o).Get(ctx, nil)
	}
	flows := map[string]func(workflow.Context, food.Order) (food.Ending, error){
		"other order": func(ctx workflow.Context, o food.Order) (food.Ending, error) {
			return food.Completed, errors.Join(call(ctx, food.Confirm, o), call(ctx, food.Charge, o))
		},
		"step left out": func(ctx workflow.Context, o food.Order) (food.Ending, error) {
			return food.Completed, errors.Join(call(ctx, food.Charge, o), call(ctx, food.Confirm, o))
		},
	}
	for name, flow := range flows {
		t.Run(name, func(t *testing.T) {
			replayer := worker.NewWorkflowReplayer()
			replayer.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: orchestration.WorkflowType})
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(nil, "testdata/completed.json"); err == nil {
				t.Error("replayed without an error")
			}
		})
	}
}

// record places one order for each file in testdata and writes its history.
func record(t *testing.T) {
	server := devservertest.Temporal(t).Addr()
	write := func(c *cell, ending food.Ending) {
		if got, err := c.result(t, "o-1"); got != ending {
			t.Fatalf("workflow returned %q, %v; want %q", got, err, ending)
		}
		text, err := temporalproto.CustomJSONMarshalOptions{Indent: "  "}.Marshal(c.history(t, "o-1"))
		if err != nil {
			t.Fatal(err)
		}
		// Which host it ran on does not matter.
		text = regexp.MustCompile(`"[^"]*[@:][0-9a-f-]{36}"|"[0-9]+@[^"]*"`).ReplaceAll(text, []byte(`"somewhere"`))
		if err := os.WriteFile(filepath.Join("testdata", string(ending)+".json"), append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range scenarios {
		c := start(t, server, food.DefaultPolicy, refuse(s.refused))
		c.submit(t, "o-1")
		write(c, s.ending)
	}
	// The customer cancels while a partner is looked for.
	g := shut(food.Assign)
	defer g.openAll()
	c := start(t, server, patient(), g.hold)
	c.submit(t, "o-1")
	g.await(t, food.Assign)
	c.has(t, "o-1", food.Award, food.StatusConfirmed, food.MailConfirmed)
	if err := c.Cancel(t.Context(), meal("o-1")); err != nil {
		t.Fatal(err)
	}
	c.has(t, "o-1", food.Refund, food.CancelTicket, food.Revoke)
	g.openAll()
	write(c, food.CustomerCancelled)
	// The refund is refused, and a person answers.
	c = start(t, server, food.DefaultPolicy, refuse(food.Confirm), refuse(food.Refund))
	c.submit(t, "o-1")
	c.has(t, "o-1", food.MailEscalated, food.MailCancelled, food.StatusCancelled)
	if err := c.Resolve(t.Context(), meal("o-1")); err != nil {
		t.Fatal(err)
	}
	write(c, food.Escalated)
}

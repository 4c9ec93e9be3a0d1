package orchestration_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/orchestration"
)

func TestConfigIsChecked(t *testing.T) {
	sound := orchestration.Config{HostPort: "127.0.0.1:1", Name: "food-1", Policy: food.DefaultPolicy}
	for want, change := range map[string]func(*orchestration.Config){
		`name "food.1"`:                      func(c *orchestration.Config) { c.Name = "food.1" },
		`name ""`:                            func(c *orchestration.Config) { c.Name = "" },
		"policy: 0 attempts":                 func(c *orchestration.Config) { c.Policy = food.Policy{} },
		"connect to Temporal at 127.0.0.1:1": func(*orchestration.Config) {},
	} {
		c := sound
		change(&c)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, openErr := orchestration.Open(ctx, c)
		_, workErr := orchestration.Work(ctx, c, nil)
		cancel()
		for _, err := range []error{openErr, workErr} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want one with %s", err, want)
			}
		}
	}
}

// An order that is submitted again, even after its end, is the same order: its
// workflow is not run again. Another order under its id is refused.
func TestSubmitTwice(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t)
	c := open(t, server.Addr(), food.DefaultPolicy)
	runs := map[string]bool{}
	again := func(when string) {
		t.Helper()
		c.submit(t, "o-1")
		if err := c.Submit(t.Context(), feast("o-1")); !errors.Is(err, food.ErrOtherOrder) {
			t.Errorf("%s: Submit of another order returned %v, want %v", when, err, food.ErrOtherOrder)
		}
		reply, err := c.client.DescribeWorkflowExecution(t.Context(), c.workflow("o-1"), "")
		if err != nil {
			t.Fatal(err)
		}
		if runs[reply.GetWorkflowExecutionInfo().GetExecution().GetRunId()] = true; len(runs) > 1 {
			t.Errorf("%s: the order's workflow was run twice", when)
		}
	}
	c.submit(t, "o-1")
	again("before it is worked on")
	c.work(t)
	c.result(t, "o-1")
	again("when it is settled")
	if err := errors.Join(server.Kill(), server.Restart(t.Context())); err != nil {
		t.Fatal(err)
	}
	again("when the server was restarted")
}

// feast is another order than the meal of the same id.
func feast(id string) food.Order {
	o := meal(id)
	o.Items[0].Quantity++
	return o
}

// An id whose workflow was started with something else than an order stands for no
// order that could be submitted.
func TestSubmitOverNonsense(t *testing.T) {
	t.Parallel()
	c := open(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	for id, input := range map[string][]any{"o-1": {[]int{1}}, "o-2": nil} {
		options := client.StartWorkflowOptions{ID: c.workflow(id), TaskQueue: c.config.Name + ".workflow"}
		if _, err := c.client.ExecuteWorkflow(t.Context(), options, orchestration.WorkflowType, input...); err != nil {
			t.Fatal(err)
		}
		if err := c.Submit(t.Context(), meal(id)); !errors.Is(err, food.ErrOtherOrder) {
			t.Errorf("Submit over input %v returned %v, want %v", input, err, food.ErrOtherOrder)
		}
	}
}

// An order that the server refuses for good is not tried again, and is not said to
// have been accepted perhaps.
func TestSubmitRefused(t *testing.T) {
	server := devservertest.Temporal(t).Addr()
	c, err := orchestration.Open(t.Context(), orchestration.Config{HostPort: server, Namespace: "nowhere", Name: "refused", Policy: food.DefaultPolicy})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Submit(ctx, meal("o-1")); err == nil || !strings.Contains(err.Error(), "was not accepted") {
		t.Errorf("Submit returned %v, want that the order was not accepted", err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// Submit takes no order that could not be one, and an order that it takes while
// the server is away it takes when the server is back.
func TestSubmitWithoutServer(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t)
	c := start(t, server.Addr(), food.DefaultPolicy)

	if err := c.Submit(t.Context(), meal("o.1")); err == nil {
		t.Error("took an order with a dot in its id")
	}

	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := c.Submit(short, meal("o-1")); err == nil {
		t.Error("took an order without a server")
	}

	taken := make(chan error, 1)
	go func() { taken <- c.Submit(t.Context(), meal("o-2")) }()
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-taken; err != nil {
		t.Error(err)
	}
	if err := c.settled(t.Context(), "o-2"); err != nil {
		t.Error(err)
	}
}

// What ends an SDK worker ends the worker: it does not fall silent.
func TestFatalErrorsAreReported(t *testing.T) {
	refused, reported := errors.New("namespace not found"), 0
	for _, fatal := range orchestration.FatalErrors(orchestration.Config{
		Log: slog.New(slog.DiscardHandler),
		Failed: func(err error) {
			if reported++; !errors.Is(err, refused) {
				t.Errorf("it failed because of %v", err)
			}
		},
	}) {
		fatal(refused)
	}
	if reported != 2 {
		t.Errorf("%d of 2 were reported", reported)
	}
}

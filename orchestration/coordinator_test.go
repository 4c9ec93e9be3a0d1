package orchestration_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

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
// workflow is not run again.
func TestSubmitTwice(t *testing.T) {
	t.Parallel()
	c := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	var runs []string
	for range 2 {
		c.submit(t, "o-1")
		c.submit(t, "o-1")
		c.result(t, "o-1")
		reply, err := c.client.DescribeWorkflowExecution(t.Context(), c.workflow("o-1"), "")
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, reply.GetWorkflowExecutionInfo().GetExecution().GetRunId())
	}
	if runs[0] != runs[1] {
		t.Error("the order's workflow was run twice")
	}
}

// An order that the server refuses for good is not tried again, and is not said to
// have been accepted perhaps.
func TestSubmitRefused(t *testing.T) {
	server := devservertest.Temporal(t).Addr()
	huge := meal("o-1")
	huge.Customer = strings.Repeat("a", 3<<20) // the server's limit of a payload is 2 MB
	for namespace, o := range map[string]food.Order{"default": huge, "nowhere": meal("o-2")} {
		c, err := orchestration.Open(t.Context(), orchestration.Config{HostPort: server, Namespace: namespace, Name: "refused", Policy: food.DefaultPolicy})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := c.Submit(ctx, o); err == nil || !strings.Contains(err.Error(), "was not accepted") {
			t.Errorf("in %s: Submit returned %v, want that the order was not accepted", namespace, err)
		}
		cancel()
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
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

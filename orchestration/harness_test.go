package orchestration_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/orchestration"
)

// The ceiling is the same work for the server: for each order the same calls,
// and a history as long as that of a saga in which nothing goes wrong.
func TestCeilingIsTheSameWork(t *testing.T) {
	t.Parallel()
	const orders = 20
	server := devservertest.Temporal(t).Addr()
	bare := open(t, server, food.DefaultPolicy)

	var mu sync.Mutex
	ended := map[string]int{}
	w, err := orchestration.Ceiling(t.Context(), bare.config, func(order string) {
		mu.Lock()
		defer mu.Unlock()
		ended[order]++
	})
	if err != nil {
		t.Fatal(err)
	}
	saga := start(t, server, food.DefaultPolicy)
	for n := range orders {
		id := fmt.Sprintf("o-%d", n)
		bare.submit(t, id)
		saga.submit(t, id)
	}
	for n := range orders {
		id := fmt.Sprintf("o-%d", n)
		if ending, err := bare.result(t, id); err != nil || ending != food.Completed {
			t.Errorf("order %s ended as %q, %v", id, ending, err)
		}
		if ending, err := saga.result(t, id); err != nil || ending != food.Completed {
			t.Errorf("the saga's order %s ended as %q, %v", id, ending, err)
		}
		mu.Lock()
		if ended[id] != 1 {
			t.Errorf("order %s ended %d times", id, ended[id])
		}
		mu.Unlock()
	}
	if err := w.Close(t.Context()); err != nil {
		t.Error(err)
	}
	// How many answers one workflow task receives is a matter of timing, and each
	// task is three events. What is recorded of calls is not.
	events := func(c *cell) float64 {
		counters, err := c.Counters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return counters["history_events_per_order"]
	}
	if got, want := events(bare), events(saga); got < want-6 || got > want+6 {
		t.Errorf("%v events an order, the saga has %v", got, want)
	}
}

// What is left over is what the server has of a cell: an order that no worker takes
// up, one that was terminated, and one that was accepted and of which it knows nothing.
func TestLeftOver(t *testing.T) {
	t.Parallel()
	c := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	c.submit(t, "o-1")
	c.result(t, "o-1")
	leftOver(t, c, 1, map[string]float64{"open_workflows": 0, "failed_workflows": 0, "unseen_workflows": 0, "repeated_workflows": 0})

	c.stop(t)
	c.submit(t, "o-2")
	c.submit(t, "o-3")
	if err := c.client.TerminateWorkflow(t.Context(), c.workflow("o-3"), "", "by hand"); err != nil {
		t.Fatal(err)
	}
	leftOver(t, c, 4, map[string]float64{"open_workflows": 1, "failed_workflows": 1, "unseen_workflows": 1, "repeated_workflows": 0})
	leftOver(t, c, 2, map[string]float64{"open_workflows": 1, "failed_workflows": 1, "unseen_workflows": 0, "repeated_workflows": 1})
}

// leftOver waits until the server's visibility store has caught up.
func leftOver(t *testing.T, c *cell, accepted int, want map[string]float64) {
	t.Helper()
	var got map[string]float64
	for deadline := time.Now().Add(10 * time.Second); !maps.Equal(got, want); time.Sleep(10 * time.Millisecond) {
		var err error
		if got, err = c.LeftOver(t.Context(), accepted); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("left over are %v, want %v", got, want)
		}
	}
}

// What the counters say comes from the server, and from orders that have ended.
func TestCounters(t *testing.T) {
	t.Parallel()
	c := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	for n := range 3 {
		c.submit(t, fmt.Sprintf("o-%d", n))
		c.result(t, fmt.Sprintf("o-%d", n))
	}
	got, err := c.Counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got["orders_sampled"] != 3 {
		t.Errorf("sampled %v orders, want 3", got["orders_sampled"])
	}
	// Eight calls leave three events each, and the workflow two more at least.
	if got["history_events_per_order"] < 26 || got["state_transitions_per_order"] < 10 || got["history_bytes_per_order"] < 1000 {
		t.Errorf("counters are %v", got)
	}
}

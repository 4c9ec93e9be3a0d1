package orchestration_test

import (
	"slices"
	"testing"

	"go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/orchestration"
)

// scenarios are the four ways in which an order can end.
var scenarios = []struct {
	ending  food.Ending
	refused food.Action
}{
	{food.Completed, ""},
	{food.PaymentDeclined, food.Charge},
	{food.RestaurantFailed, food.Confirm},
	{food.NoPartner, food.Assign},
}

// The workflow's result is the ending, and it comes when the order is settled.
func TestEndings(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t).Addr()
	for _, s := range scenarios {
		t.Run(string(s.ending), func(t *testing.T) {
			c := start(t, server, food.DefaultPolicy, refuse(s.refused))
			c.submit(t, "o-1")
			ending, err := c.result(t, "o-1")
			if ending != s.ending || err != nil {
				t.Errorf("workflow returned %q, %v; want %q", ending, err, s.ending)
			}
			var seen food.Tally
			for _, r := range c.of("o-1") {
				seen.Add(r)
			}
			if got, _ := seen.Ending(); got != s.ending || !seen.Settled() {
				t.Errorf("workflow closed with ending %q and settled=%v; its rows are:\n%s", got, seen.Settled(), show(c.of("o-1")))
			}
		})
	}
}

// A workflow that was started by hand with something else than an order fails
// visibly, and the next order is placed.
func TestBadInput(t *testing.T) {
	t.Parallel()
	c := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	unpriced := meal("o-1")
	unpriced.Items[0].Price = 0
	for what, input := range map[string]any{
		"not an order":     []int{1, 2, 3},
		"an order for 0":   unpriced,
		"an order without": food.Order{},
	} {
		run, err := c.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: c.config.Name + ".workflow"}, orchestration.WorkflowType, input)
		if err != nil {
			t.Fatal(err)
		}
		if err := run.Get(t.Context(), nil); err == nil {
			t.Errorf("%s: the workflow did not fail", what)
		} else {
			t.Logf("%s: %v", what, err)
		}
	}
	c.submit(t, "o-2")
	if ending, err := c.result(t, "o-2"); ending != food.Completed || err != nil {
		t.Errorf("the next order's workflow returned %q, %v", ending, err)
	}
	if rows := slices.Concat(c.of("o-1"), c.of("")); len(rows) > 0 {
		t.Errorf("bad input left rows:\n%s", show(rows))
	}
}

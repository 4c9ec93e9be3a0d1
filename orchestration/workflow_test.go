package orchestration_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

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

// The undos start at the refusal, though calls beside the flow are open. Only
// the mail about the refund waits, for the refund, and the workflow for all.
func TestUndosWaitForNothing(t *testing.T) {
	open := []food.Action{food.Award, food.StatusConfirmed, food.MailConfirmed}
	undos := []food.Action{food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled}
	g := shut(slices.Concat(open, undos, []food.Action{food.MailRefunded})...)
	c := start(t, devservertest.Temporal(t).Addr(), patient(), refuse(food.Assign), g.hold)
	defer g.openAll()
	c.submit(t, "o-1")
	g.await(t, open...)
	g.await(t, undos...)

	g.open(undos[1:]...)
	g.open(open[1:]...)
	select {
	case <-g[food.MailRefunded].came:
		t.Error("the customer was told of a refund that is not done")
	default:
	}
	g.open(food.Refund, food.MailRefunded)
	if err := c.settled(t.Context(), "o-1"); err != nil { // the award stands blocked
		t.Error(err)
	}
	if got := c.status(t, "o-1"); got != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		t.Errorf("workflow is %v while the award is open", got)
	}
	g.open(food.Award)
	if ending, err := c.result(t, "o-1"); ending != food.NoPartner || err != nil {
		t.Errorf("workflow returned %q, %v", ending, err)
	}
}

// A workflow that is cancelled by hand takes its order back as long as that is
// possible. The call that was open then may have happened, and its undo knows.
func TestCancelledByHand(t *testing.T) {
	server := devservertest.Temporal(t).Addr()
	for _, s := range []struct {
		during food.Action
		rows   string
	}{
		{food.Charge, `
charge blocked undone
mail-cancelled done
refund done nothing_to_undo
status-cancelled done`},
		{food.Confirm, `
cancel-ticket done nothing_to_undo
charge done
confirm blocked undone
mail-cancelled done
mail-refunded done
refund done
status-cancelled done`},
	} {
		t.Run("during "+string(s.during), func(t *testing.T) {
			g := shut(s.during)
			c := start(t, server, patient(), g.hold)
			defer g.openAll()
			c.submit(t, "o-1")
			g.await(t, s.during)
			if err := c.client.CancelWorkflow(t.Context(), c.workflow("o-1"), ""); err != nil {
				t.Fatal(err)
			}
			if _, err := c.result(t, "o-1"); !temporal.IsCanceledError(err) {
				t.Errorf("workflow ended with %v, want that it was cancelled", err)
			}
			g.open(s.during) // so that the call limps in
			c.stop(t)
			if c.services.Absorbed() != 1 {
				t.Errorf("%d calls came late, want 1", c.services.Absorbed())
			}
			if diff := cmp.Diff(strings.TrimSpace(s.rows), show(c.of("o-1"))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("during assign it changes nothing", func(t *testing.T) {
		g := shut(food.Assign)
		c := start(t, server, patient(), g.hold)
		defer g.openAll()
		c.submit(t, "o-1")
		g.await(t, food.Assign)
		if err := c.client.CancelWorkflow(t.Context(), c.workflow("o-1"), ""); err != nil {
			t.Fatal(err)
		}
		g.open(food.Assign)
		if ending, err := c.result(t, "o-1"); ending != food.Completed || err != nil {
			t.Errorf("workflow returned %q, %v; want %q", ending, err, food.Completed)
		}
	})
}

// Whoever undid a call before it was made has spoken for the order.
func TestUndoneBySomeoneElse(t *testing.T) {
	c := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	if _, err := c.services.Refund(t.Context(), meal("o-1"), 1); err != nil {
		t.Fatal(err)
	}
	c.submit(t, "o-1")
	_, err := c.result(t, "o-1")
	if e, ok := errors.AsType[*temporal.ApplicationError](err); !ok || e.Type() != "Undone" {
		t.Errorf("workflow ended with %v, want the error Undone", err)
	}
	want := "charge blocked undone\nrefund done nothing_to_undo"
	if diff := cmp.Diff(want, show(c.of("o-1"))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// A workflow that someone started with something else than an order fails where
// people see it, and the next order is placed.
func TestBadInput(t *testing.T) {
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

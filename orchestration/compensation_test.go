package orchestration_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// The compensations start at the refusal, though calls beside the flow are in
// flight. Only the mail about the refund waits, for the refund, and the workflow
// for all.
func TestCompensationsWaitForNothing(t *testing.T) {
	t.Parallel()
	inFlight := []food.Action{food.Award, food.StatusConfirmed, food.MailConfirmed}
	undos := []food.Action{food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled}
	g := shut(slices.Concat(inFlight, undos, []food.Action{food.MailRefunded})...)
	c := start(t, devservertest.Temporal(t).Addr(), patient(), refuse(food.Assign), g.hold)
	defer g.openAll()
	c.submit(t, "o-1")
	g.await(t, inFlight...)
	g.await(t, undos...)

	g.open(undos[1:]...)
	g.open(inFlight[1:]...)
	select {
	case <-g[food.MailRefunded].came:
		t.Error("the customer got a mail about a refund that is not done")
	default:
	}
	g.open(food.Refund, food.MailRefunded)
	if err := c.settled(t.Context(), "o-1"); err != nil { // the award is blocked
		t.Error(err)
	}
	if got := c.status(t, "o-1"); got != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		t.Errorf("workflow is %v while the award is in flight", got)
	}
	g.open(food.Award)
	if ending, err := c.result(t, "o-1"); ending != food.NoPartner || err != nil {
		t.Errorf("workflow returned %q, %v", ending, err)
	}
}

// A refund that finds nothing to undo is followed by no mail about it. Here the
// workflow is cancelled by hand while the charge is held up.
func TestRefundOfNothing(t *testing.T) {
	t.Parallel()
	c := cancelDuring(t, devservertest.Temporal(t).Addr(), food.Charge)
	want := "charge blocked undone\nmail-cancelled done\nrefund done nothing_to_undo\nstatus-cancelled done"
	if diff := cmp.Diff(want, show(c.of("o-1"))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// A call that was undone before it was made, here by a refund by hand, is followed
// by nothing: what follows is up to whoever undid it.
func TestUndoneBySomeoneElse(t *testing.T) {
	t.Parallel()
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

// A workflow that is cancelled by hand takes its order back as long as that is
// possible. The call that was in flight may have happened, and its undo finds out.
func TestCancelledByHand(t *testing.T) {
	t.Parallel()
	server := devservertest.Temporal(t).Addr()
	t.Run("during confirm", func(t *testing.T) {
		c := cancelDuring(t, server, food.Confirm)
		want := "cancel-ticket done nothing_to_undo\ncharge done\nconfirm blocked undone\n" +
			"mail-cancelled done\nmail-refunded done\nrefund done\nstatus-cancelled done"
		if diff := cmp.Diff(want, show(c.of("o-1"))); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
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

// cancelDuring cancels an order's workflow while a call of the action is held, and
// lets the call pass when the workflow has ended. It returns the cell, stopped.
func cancelDuring(t *testing.T, server string, a food.Action) *cell {
	t.Helper()
	g := shut(a)
	c := start(t, server, patient(), g.hold)
	defer g.openAll()
	c.submit(t, "o-1")
	g.await(t, a)
	if err := c.client.CancelWorkflow(t.Context(), c.workflow("o-1"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.result(t, "o-1"); !temporal.IsCanceledError(err) {
		t.Errorf("workflow ended with %v, want that it was cancelled", err)
	}
	g.open(a)
	c.stop(t)
	if c.services.Absorbed() != 1 {
		t.Errorf("%d calls came late, want 1", c.services.Absorbed())
	}
	return c
}

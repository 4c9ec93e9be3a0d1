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

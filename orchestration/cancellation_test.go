package orchestration_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/enums/v1"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// The customer cancels while a call is held up. The call that was in flight may have
// happened, and its undo finds out. It takes effect late, or not at all.
func TestCancelledDuring(t *testing.T) {
	t.Parallel()
	const taken = "cancel done\nmail-cancelled done\nstatus-cancelled done"
	const nothing = "award blocked undone\nrevoke done nothing_to_undo"
	for _, c := range []struct {
		during food.Action
		ending food.Ending
		rows   string
	}{
		{food.Charge, food.CustomerCancelled, taken + "\n" + nothing +
			"\nassign blocked undone\ncancel-ticket done nothing_to_undo\ncharge blocked undone\nconfirm blocked undone\nrefund done nothing_to_undo"},
		{food.Confirm, food.CustomerCancelled, taken + "\n" + nothing +
			"\nassign blocked undone\ncancel-ticket done nothing_to_undo\ncharge done\nconfirm blocked undone\nmail-refunded done\nrefund done"},
		{food.Assign, food.CustomerCancelled, taken +
			"\nassign blocked undone\naward done\ncancel-ticket done\ncharge done\nconfirm done\nmail-confirmed done\nmail-refunded done\nrefund done\nrevoke done\nstatus-confirmed done"},
		{food.StatusCompleted, food.Completed, "cancel blocked undone" +
			"\nassign done\naward done\ncharge done\nconfirm done\nmail-confirmed done\nmail-partner-assigned done\nstatus-completed done\nstatus-confirmed done"},
	} {
		t.Run(string(c.during), func(t *testing.T) {
			t.Parallel()
			g := shut(c.during)
			cell := start(t, devservertest.Temporal(t).Addr(), patient(), g.hold)
			defer g.openAll()
			cell.submit(t, "o-1")
			g.await(t, c.during)
			if c.during == food.Assign || c.during == food.StatusCompleted { // what runs beside it
				cell.has(t, "o-1", food.Award, food.StatusConfirmed, food.MailConfirmed)
			}
			for range 2 { // asking twice is asking once
				if err := cell.Cancel(t.Context(), meal("o-1")); err != nil {
					t.Fatal(err)
				}
			}
			cell.has(t, "o-1", food.Cancel)
			if c.ending == food.CustomerCancelled {
				cell.has(t, "o-1", food.Refund, food.CancelTicket, food.Revoke)
			}
			g.openAll() // what was held up ends, and the workflow waits for that
			if ending, err := cell.result(t, "o-1"); ending != c.ending || err != nil {
				t.Errorf("workflow returned %q, %v; want %q", ending, err, c.ending)
			}
			cell.stop(t)
			if diff := cmp.Diff(sorted(c.rows), show(cell.of("o-1"))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// A cancellation that comes when the workflow has ended is answered all the same.
func TestCancelledTooLate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		refused food.Action
		cancel  food.Outcome
		rows    int // beside those of the ending
	}{
		{"", food.Blocked, 1},
		{food.Charge, food.Done, 8}, // cancel and a mail; confirm, assign and award are blocked, and three undos find nothing
		{food.Assign, food.Done, 1},
	} {
		t.Run("no "+string(c.refused), func(t *testing.T) {
			t.Parallel()
			cell := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(c.refused))
			cell.submit(t, "o-1")
			ending, err := cell.result(t, "o-1")
			if err != nil {
				t.Fatal(err)
			}
			before := len(cell.of("o-1"))
			for range 2 {
				if err := cell.Cancel(t.Context(), meal("o-1")); err != nil {
					t.Fatal(err)
				}
			}
			cell.result(t, "o-1.cancel")
			var tally food.Tally
			for _, r := range cell.of("o-1") {
				tally.Add(r)
				if r.Action == food.Cancel && r.Outcome != c.cancel {
					t.Errorf("cancel is %s, want %s", r.Outcome, c.cancel)
				}
			}
			if got, _ := tally.Ending(); got != ending || !tally.Settled() || !tally.Has(food.Cancel) {
				t.Errorf("it was %s and is %s, settled %v", ending, got, tally.Settled())
			}
			if n := len(cell.of("o-1")) - before; n != c.rows {
				t.Errorf("%d rows more, want %d:\n%s", n, c.rows, show(cell.of("o-1")))
			}
			left, err := cell.LeftOver(t.Context(), 1)
			if err != nil || left["open_workflows"]+left["failed_workflows"]+left["repeated_workflows"] != 0 {
				t.Errorf("left over: %v, %v", left, err)
			}
		})
	}
}

// An undo that is refused waits for a person, and the workflow with it.
func TestEscalated(t *testing.T) {
	t.Parallel()
	cell := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(food.Confirm), refuse(food.Refund))
	cell.submit(t, "o-1")
	cell.has(t, "o-1", food.MailEscalated, food.MailCancelled, food.StatusCancelled)
	if got := cell.status(t, "o-1"); got != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		t.Errorf("the workflow is %v, and should wait for a person", got)
	}
	if err := cell.Resolve(t.Context(), meal("o-1")); err != nil {
		t.Fatal(err)
	}
	if ending, err := cell.result(t, "o-1"); ending != food.Escalated || err != nil {
		t.Errorf("workflow returned %q, %v", ending, err)
	}
	want := "charge done\nconfirm refused not today\nmail-cancelled done\nmail-escalated done\nrefund refused not today\nresolve done\nstatus-cancelled done"
	if diff := cmp.Diff(want, show(cell.of("o-1"))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if err := cell.Resolve(t.Context(), meal("o-1")); err != nil {
		t.Errorf("resolving it again: %v", err)
	}
}

// What can't be done for an order is said.
func TestCancelAndResolveRefused(t *testing.T) {
	t.Parallel()
	cell := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	if err := cell.Cancel(t.Context(), meal("o-9")); !errors.Is(err, food.ErrUnknownOrder) {
		t.Errorf("cancel of an unknown order: %v", err)
	}
	if err := cell.Resolve(t.Context(), meal("o-9")); !errors.Is(err, food.ErrUnknownOrder) {
		t.Errorf("resolve of an unknown order: %v", err)
	}
	cell.submit(t, "o-1")
	cell.result(t, "o-1")
	if err := cell.Resolve(t.Context(), meal("o-1")); !errors.Is(err, food.ErrNotEscalated) {
		t.Errorf("resolve of a completed order: %v", err)
	}
	if err := cell.Cancel(t.Context(), food.Order{ID: "*"}); err == nil || !strings.Contains(err.Error(), "order id") {
		t.Errorf("cancel of no order: %v", err)
	}
}

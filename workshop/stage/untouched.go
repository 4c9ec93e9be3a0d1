package stage

import (
	"cmp"
	"context"
	"slices"

	"go.temporal.io/api/enums/v1"

	"github.com/sagabench/sagabench/food"
)

// untouched completes the rows of an order that is being taken back. A call that was never
// made and can't come any more needs no undo: that would have found nothing. Whoever knows
// that need not make it. The flow of an orchestration knows it of a cancelled order, and a
// service's program may know it of its own calls.
func (j *journal) untouched(order string, rows []food.Row) []food.Row {
	undos := j.spared(rows)
	if len(undos) == 0 {
		return rows
	}
	touched := map[food.Action]bool{}
	for _, r := range rows {
		touched[r.Action] = true
	}
	for _, f := range j.facts {
		if f.order == order && f.what == called {
			touched[food.Action(f.name)] = true
		}
	}
	for _, undo := range undos {
		forward := undo.Undoes()
		if touched[undo] || touched[forward] {
			continue
		}
		none := food.Row{Order: order, Service: serviceOf(undo), Attempt: 1, At: rows[len(rows)-1].At}
		closed, found := none, none
		closed.Action, closed.Outcome, closed.Reason = forward, food.Blocked, food.Undone
		found.Action, found.Outcome, found.Reason = undo, food.Done, food.NothingToUndo
		rows = append(rows, closed, found)
	}
	return rows
}

// spared are the undos that the program may know to be needless.
func (j *journal) spared(rows []food.Row) (undos []food.Action) {
	if j.part == Workflow {
		cancelled := slices.ContainsFunc(rows, func(r food.Row) bool { return r.Action == food.Cancel && r.Outcome == food.Done })
		if cancelled {
			return []food.Action{food.Refund, food.CancelTicket, food.Revoke}
		}
		return nil
	}
	var t food.Tally
	for _, r := range rows {
		t.Add(r)
	}
	ending, _ := t.Ending()
	for _, r := range food.Required[ending] {
		if r.Want == food.WantUndone && slices.Contains(food.Actions[food.Service(j.part)], r.Action) {
			undos = append(undos, r.Action)
		}
	}
	return undos
}

// serviceOf is the service that makes a call.
func serviceOf(a food.Action) food.Service {
	for service, actions := range food.Actions {
		if slices.Contains(actions, a) {
			return service
		}
	}
	return ""
}

// Noticed waits until the order's workflow has made a decision after its customer cancelled,
// and returns the calls that it makes then. It returns a [Halt] as Settle does.
func (st *Stage) Noticed(ctx context.Context, o food.Order) (calls []string, err error) {
	var failed error
	err = st.Until(ctx, func() (noticed bool) {
		noticed, calls, failed = st.afterCancel(ctx, o)
		return noticed || failed != nil
	})
	return calls, cmp.Or(failed, err)
}

// afterCancel reads the first decision after the cancellation from the workflow's history.
// What it commands comes right behind it.
func (st *Stage) afterCancel(ctx context.Context, o food.Order) (decided bool, calls []string, err error) {
	asked := false
	events, err := st.history(ctx, o.ID)
	for _, e := range events {
		switch e.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
			asked = true
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			if decided {
				return true, calls, nil
			}
			decided = asked
		case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			if decided {
				calls = append(calls, e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName())
			}
		}
	}
	return decided, calls, err
}

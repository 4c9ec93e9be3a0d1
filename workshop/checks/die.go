package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/stage"
)

// die is the exercise in which the restaurant of the choreography, and the workflow of the
// orchestration, are the learner's. The provider keeps all keys: what is lost or left over
// is so because of the order of steps.
var die = workshop.Exercise{
	Number: 4, Folder: dieFolder, Title: "Die or cancel in between", Minutes: [2]int{35, 50},
	Goal:   "I can say in which order a handler calls, publishes and acks, and when and on which context a compensation is registered and runs.",
	Styles: []string{record.Choreography, record.Orchestration},
	Yours:  []string{"choreography/restaurant.go", "orchestration/workflow.go"},
	Seeded: dieSeeded,
	Scenarios: map[string][]string{
		record.Choreography:  names(diePlays[record.Choreography], yourAnswers),
		record.Orchestration: names(diePlays[record.Orchestration], yourAnswers),
	},
	Fails:  map[string]string{record.Choreography: kitchenAway, record.Orchestration: cancelledBooked},
	Deaths: []string{killedBefore, killedAfter, killedBeforePublish, killedBeforeAck, callRefused},

	Questions: dieQuestions,
	Mutants:   dieMutants,
	Check:     checkDie,
}

const dieFolder = "4-die-or-cancel"

// The scenarios of the exercise, besides those that it shares.
const (
	kitchenAway = "the kitchen is away"
	eventLost   = "the event is lost"

	callRefused      = "a call is refused"
	cancelledBooked  = "cancelled before a partner is found"
	cancelledCharge  = "cancelled during the charge"
	cancelledConfirm = "cancelled during the confirmation"
	cancelledUndoing = "cancelled while it is taken back"
	undoRefused      = "an undo is refused"
)

var diePlays = map[string][]play{
	record.Choreography: {
		{allWell, playKitchen},
		{kitchenAway, playKitchenAway},
		{killedBefore, playDeath(stage.Request, stage.KillBefore)},
		{killedAfter, playDeath(stage.Request, stage.KillAfter)},
		{killedBeforePublish, playDeath(stage.Publish, stage.KillBefore)},
		{eventLost, playDeath(stage.Publish, stage.Drop)},
		{killedBeforeAck, playDeath(stage.Ack, stage.KillBefore)},
	},
	record.Orchestration: {
		{allWell, playCompleted},
		{callRefused, playRefused},
		{cancelledBooked, playCancelled(food.Assign)},
		{cancelledCharge, playCancelled(food.Charge)},
		{cancelledConfirm, playCancelled(food.Confirm)},
		{cancelledUndoing, playCancelledUndoing},
		{undoRefused, playUndoRefused},
	},
}

// dieParts is what the learner's program is in each style.
var dieParts = map[string]string{record.Choreography: string(food.Restaurant), record.Orchestration: stage.Workflow}

func checkDie(ctx context.Context, j workshop.Job) (workshop.Result, error) {
	exe, err := program(ctx, j, dieFolder)
	if err != nil {
		return workshop.Result{}, err
	}
	c := stage.Config{Machine: j.Machine, Style: j.Style, Without: dieParts[j.Style], Exe: exe, Seed: j.Seed}
	r, err := played(ctx, j, c, diePlays[j.Style])
	if err != nil || r.Verdict != workshop.Passed || !j.Plays(yourAnswers) {
		return r, err
	}
	return answered(j, dieQuestions(j.Learner)), nil
}

func playCompleted(ctx context.Context, st *stage.Stage) (bool, error) {
	return true, placeAndSettle(ctx, st, st.Orders(food.Completed, food.Completed)...)
}

// playRefused has a call of each order refused. The program is killed while two of the
// orders are being taken back, and starts again: by what it decided in its first life
// stands in the history, or it is gone.
func playRefused(ctx context.Context, st *stage.Stage) (bool, error) {
	orders := st.Orders(food.PaymentDeclined, food.RestaurantFailed, food.NoPartner)
	var mu sync.Mutex
	undoing, restarted := map[string]bool{}, false
	st.Hits(func(p stage.Point) stage.Hit {
		mu.Lock()
		defer mu.Unlock()
		if p.Where != stage.Call || food.Action(p.Name).Undoes() == "" || restarted {
			return stage.Pass
		}
		undoing[p.Order] = true
		return stage.Hold
	})
	if err := st.Place(ctx, orders...); err != nil {
		return false, err
	}
	err := st.Until(ctx, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return !slices.ContainsFunc(orders, func(o food.Order) bool {
			return !undoing[o.ID] && !st.Has(o.ID, food.StatusCancelled)
		})
	})
	if err == nil {
		st.Stop()
		err = st.Start(ctx)
	}
	mu.Lock()
	restarted = true
	mu.Unlock()
	st.Release()
	return st.Deaths() == 1, cmp.Or(st.Settle(ctx, orders...), err)
}

// playCancelled cancels an order while a call for it is under way. The call takes effect
// when the order has ended.
func playCancelled(during food.Action) func(context.Context, *stage.Stage) (bool, error) {
	return func(ctx context.Context, st *stage.Stage) (bool, error) {
		one := st.Order(food.CustomerCancelled)
		var underWay atomic.Bool
		st.Hits(func(p stage.Point) stage.Hit {
			if p.Where != stage.Call || p.Name != string(during) {
				return stage.Pass
			}
			underWay.Store(true)
			return stage.Hold
		})
		if err := st.Place(ctx, one); err != nil {
			return false, err
		}
		if err := st.Until(ctx, underWay.Load); err != nil {
			return false, err
		}
		calls, err := cancelled(ctx, st, one)
		if err == nil && !slices.Contains(calls, string(food.Cancel)) {
			st.Release()
			return true, &stage.Wrong{
				Order:    one.ID,
				Sentence: fmt.Sprintf("The customer cancelled order %s while its %s was under way, and your workflow did not notice: it did not ask delivery.", one.ID, during),
				Expected: "delivery.cancel", Seen: "it waits for " + string(during) + " as before",
			}
		}
		if err == nil {
			err = st.Settle(ctx, one)
		}
		st.Release()
		if halt := new(stage.Halt); errors.As(err, &halt) {
			return true, errors.Join(st.Until(ctx, func() bool { return st.Has(one.ID, during) }), leftOver(st, one, during, halt))
		}
		return true, err
	}
}

// cancelled cancels an order, and returns the calls that its workflow makes at that.
func cancelled(ctx context.Context, st *stage.Stage, o food.Order) ([]string, error) {
	if err := st.Cancel(ctx, o); err != nil {
		return nil, err
	}
	return st.Noticed(ctx, o)
}

// leftOver reports what a cancelled order has left, when its workflow is over or stands still.
func leftOver(st *stage.Stage, o food.Order, during food.Action, halt *stage.Halt) error {
	w := &stage.Wrong{Order: o.ID, Expected: "nothing is left of the order"}
	switch {
	case !st.Has(o.ID, food.Refund):
		w.Sentence = fmt.Sprintf("The customer cancelled order %s, and was charged all the same: your workflow made no refund.", o.ID)
		w.Seen = "a charge without a refund"
	case during != food.Charge && !st.Has(o.ID, food.CancelTicket):
		w.Sentence = fmt.Sprintf("The customer cancelled order %s, and the kitchen cooks it all the same: your workflow did not cancel the ticket.", o.ID)
		w.Seen = "a confirmation without a cancelled ticket"
	default:
		return halt
	}
	if during != food.Assign {
		w.Sentence += fmt.Sprintf(" When the customer cancelled, the %s was under way, and it took effect after that.", during)
	}
	return w
}

// playCancelledUndoing cancels an order whose undos are under way, and fail until the
// workflow has noticed that.
func playCancelledUndoing(ctx context.Context, st *stage.Stage) (bool, error) {
	one := st.Order(food.NoPartner)
	var undoing, noticed atomic.Bool
	st.Hits(func(p stage.Point) stage.Hit {
		if p.Where != stage.Call || food.Action(p.Name).Undoes() == "" || noticed.Load() {
			return stage.Pass
		}
		undoing.Store(true)
		return stage.Fail
	})
	if err := st.Place(ctx, one); err != nil {
		return false, err
	}
	if err := st.Until(ctx, undoing.Load); err != nil {
		return false, err
	}
	if _, err := cancelled(ctx, st, one); err != nil {
		return false, err
	}
	noticed.Store(true)
	return true, st.Settle(ctx, one)
}

// playUndoRefused refuses one undo of each order, and another one of each.
func playUndoRefused(ctx context.Context, st *stage.Stage) (bool, error) {
	refused := map[string]food.Action{}
	orders := st.Orders(food.Escalated, food.Escalated, food.Escalated)
	for i, undo := range []food.Action{food.Refund, food.CancelTicket, food.Revoke} {
		refused[orders[i].ID] = undo
	}
	st.Hits(func(p stage.Point) stage.Hit {
		a := food.Action(p.Name)
		switch {
		case p.Where != stage.Call || a != food.Assign && a != refused[p.Order]:
			return stage.Pass
		case a == food.Revoke && !st.Has(p.Order, food.Award): // there is nothing yet that could be kept
			return stage.Fail
		}
		return stage.Refuse
	})
	return true, placeAndSettle(ctx, st, orders...)
}

package checks

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/stage"
)

// twice is the exercise in which the payment service is the learner's. Calls and messages
// come more than once, and each order is to be charged once.
var twice = workshop.Exercise{
	Number: 3, Folder: twiceFolder, Title: "Twice is once", Minutes: [2]int{30, 50},
	Goal:   "I can explain what an idempotency key protects from and what an inbox does, and why neither replaces the other.",
	Styles: []string{record.Choreography, record.Orchestration},
	Yours:  []string{"choreography/payments.go", "orchestration/payments.go"},
	Scenarios: map[string][]string{
		record.Choreography:  names(twicePlays[record.Choreography], yourAnswers),
		record.Orchestration: names(twicePlays[record.Orchestration], yourAnswers),
	},
	Fails:  map[string]string{record.Choreography: lostReplies, record.Orchestration: lostReplies},
	Deaths: []string{killedBefore, killedAfter, killedBeforePublish, killedBeforeAck},

	Preface:   twicePreface,
	Questions: twiceQuestions,
	Mutants:   twiceMutants,
	Check:     checkTwice,
}

const twiceFolder = "3-twice-is-once"

// The scenarios of the exercise.
const (
	allWell             = "all well"
	lostReplies         = "every reply is lost once"
	sameAgain           = "the same again, later"
	killedBefore        = "killed before the effect"
	killedAfter         = "killed after the effect"
	killedBeforePublish = "killed between effect and publish"
	killedBeforeAck     = "killed between publish and ack"
	workflowReset       = "the workflow is reset"
)

var twicePlays = map[string][]play{
	record.Choreography: {
		{allWell, playAllWell},
		{lostReplies, playLostReplies},
		{sameAgain, playSameAgain},
		{killedBefore, playKilled(stage.Request, stage.KillBefore)},
		{killedAfter, playKilled(stage.Request, stage.KillAfter)},
		{killedBeforePublish, playKilled(stage.Publish, stage.KillBefore)},
		{killedBeforeAck, playKilled(stage.Ack, stage.KillBefore)},
	},
	// A message can't be published again where there are none, and what is between an
	// effect and the history is one reply: whether the program dies over it before or
	// after it is sent is the same to the server.
	record.Orchestration: {
		{allWell, playAllWell},
		{lostReplies, playLostReplies},
		{killedBefore, playKilled(stage.Request, stage.KillBefore)},
		{killedAfter, playKilled(stage.Request, stage.KillAfter)},
		{workflowReset, playReset},
	},
}

func checkTwice(ctx context.Context, j workshop.Job) (workshop.Result, error) {
	exe, err := program(ctx, j, twiceFolder)
	if err != nil {
		return workshop.Result{}, err
	}
	c := stage.Config{Machine: j.Machine, Style: j.Style, Without: string(food.Payment), Exe: exe, Seed: j.Seed}
	r, err := played(ctx, j, c, twicePlays[j.Style])
	if err != nil || r.Verdict != workshop.Passed || !j.Plays(yourAnswers) {
		return r, err
	}
	return answered(j, twiceQuestions(j.Learner)), nil
}

// ofEveryKind are orders of every kind that concerns payment.
func ofEveryKind(st *stage.Stage) []food.Order {
	return st.Orders(food.Completed, food.RestaurantFailed, food.PaymentDeclined, food.NoPartner, food.Completed)
}

// playAllWell has a customer who orders the same once more.
func playAllWell(ctx context.Context, st *stage.Stage) (bool, error) {
	orders := append(ofEveryKind(st), st.Order(food.Completed))
	return true, placeAndSettle(ctx, st, append(orders, st.OnceMore(orders[len(orders)-1]))...)
}

func playLostReplies(ctx context.Context, st *stage.Stage) (bool, error) {
	st.Hits(func(p stage.Point) stage.Hit {
		if p.Where == stage.Request && p.N == 1 {
			return stage.Lose
		}
		return stage.Pass
	})
	orders := ofEveryKind(st)
	err := placeAndSettle(ctx, st, orders...)
	return st.Fired(stage.Lose) > len(orders), err // each charge, and a refund
}

// playKilled kills the program at the first charge and at the first refund of one order.
// No other is in flight then. The others come when it has ended.
func playKilled(where stage.Where, hit stage.Hit) func(context.Context, *stage.Stage) (bool, error) {
	return func(ctx context.Context, st *stage.Stage) (bool, error) {
		one := st.Order(food.RestaurantFailed)
		st.Hits(func(p stage.Point) stage.Hit {
			if p.Where == where && p.Order == one.ID && p.N == 1 {
				return hit
			}
			return stage.Pass
		})
		err := placeAndSettle(ctx, st, one)
		if err == nil {
			err = placeAndSettle(ctx, st, st.Orders(food.Completed, food.NoPartner)...)
		}
		return st.Fired(hit) == 2, err
	}
}

// triedWrites is how often the client makes a write that had no answer.
const triedWrites = 3

// playSameAgain publishes events again when the provider has forgotten their keys and the
// program has been started anew. A card that was declined has money by then, and one answer
// could not be written down at first.
func playSameAgain(ctx context.Context, st *stage.Stage) (bool, error) {
	orders := []food.Order{st.Order(food.RestaurantFailed), st.Order(food.Completed), st.Order(food.PaymentDeclined)}
	var writes atomic.Int64
	st.Hits(func(p stage.Point) stage.Hit {
		if p.Where == stage.Write && p.Order == orders[1].ID && writes.Add(1) <= triedWrites {
			return stage.Fail
		}
		return stage.Pass
	})
	if err := placeAndSettle(ctx, st, orders...); err != nil {
		return false, err
	}
	st.Stop()
	st.Forget()
	if err := st.Start(ctx); err != nil {
		return false, err
	}
	for _, again := range []struct {
		order food.Order
		kind  string
	}{
		{orders[0], "order_placed"}, {orders[1], "order_placed"}, {orders[2], "order_placed"},
		{orders[0], "restaurant_order_confirmation_failed"},
	} {
		if err := st.Again(ctx, again.order, again.kind); err != nil {
			return false, err
		}
		if err := st.Settle(ctx, orders...); err != nil {
			return true, err
		}
		if err := st.Rest(ctx); err != nil {
			return true, err
		}
	}
	if err := playCancelledToo(ctx, st, orders[0]); err != nil {
		return true, err
	}
	return true, playNoInbox(ctx, st, orders[1])
}

// playCancelledToo has a customer cancel what the restaurant has rejected already. That is
// another event, which asks for the same refund.
func playCancelledToo(ctx context.Context, st *stage.Stage, o food.Order) error {
	if err := st.Cancel(ctx, o); err != nil {
		return err
	}
	if err := st.Until(ctx, func() bool { return st.Count(stage.Delivery, o.ID, "order_cancelled") > 0 }); err != nil {
		return err
	}
	return errors.Join(st.Settle(ctx, o), st.Rest(ctx))
}

// playNoInbox publishes an event again, and the inbox can't be read when it comes. A
// program must not take that for an entry that is not there. One that does not read single
// entries is not tried here; that others are is proved by a mutant.
func playNoInbox(ctx context.Context, st *stage.Stage, o food.Order) error {
	var failed atomic.Bool
	st.Hits(func(p stage.Point) stage.Hit {
		if p.Where == stage.Look && failed.CompareAndSwap(false, true) {
			return stage.Fail
		}
		return stage.Pass
	})
	if err := st.Again(ctx, o, "order_placed"); err != nil {
		return err
	}
	return errors.Join(st.Settle(ctx, o), st.Rest(ctx))
}

// playReset begins workflows that have ended again. The provider still knows all keys.
func playReset(ctx context.Context, st *stage.Stage) (bool, error) {
	orders := []food.Order{st.Order(food.RestaurantFailed), st.Order(food.Completed)}
	if err := placeAndSettle(ctx, st, orders...); err != nil {
		return false, err
	}
	for _, o := range orders {
		if err := st.Reset(ctx, o); err != nil {
			return false, err
		}
		if err := st.Settle(ctx, o); err != nil {
			return true, err
		}
	}
	return true, nil
}

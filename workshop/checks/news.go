package checks

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/stage"
)

// badNews is the exercise in which the loyalty service is the learner's. The revocation may
// come before the award that it revokes, and beside it.
var badNews = workshop.Exercise{
	Number: 6, Folder: newsFolder, Title: "Bad news first", FullDay: true, Minutes: [2]int{40, 70},
	Goal:   "I can explain why a note that the undo came first is not enough, and name two places where the guard can be.",
	Styles: []string{record.Choreography, record.Orchestration},
	Yours:  []string{"choreography/loyalty.go", "orchestration/loyalty.go"},
	Scenarios: map[string][]string{
		record.Choreography:  names(newsPlays[record.Choreography], yourAnswers),
		record.Orchestration: names(newsPlays[record.Orchestration], yourAnswers),
	},
	Fails:  map[string]string{record.Choreography: badNewsFirst, record.Orchestration: badNewsFirst},
	Deaths: []string{badNewsFirst, startedBetween},

	Preface:   newsPreface,
	Questions: newsQuestions,
	Mutants:   newsMutants,
	Check:     checkNews,
}

const newsFolder = "6-bad-news-first"

// The scenarios of the exercise, besides that in which all is well.
const (
	lateAndGood    = "late, and still good"
	badNewsFirst   = "bad news first"
	neverConfirmed = "cancelled before it was confirmed"
	bothAtOnce     = "both at once"
	goodNewsLimps  = "the good news limps"
	startedBetween = "started anew in between"
)

var newsPlays = map[string][]play{
	record.Choreography: {
		{allWell, playNewsInOrder},
		{lateAndGood, playLateAndGood("restaurant_confirmed_order")},
		{badNewsFirst, playBadFirst(stage.Delivery, "restaurant_confirmed_order", stage.Drop)},
		{neverConfirmed, playNeverConfirmed},
		{bothAtOnce, playBothAtOnce},
		{goodNewsLimps, playLimping},
		{startedBetween, playStartedBetween(stage.Delivery, "restaurant_confirmed_order", stage.Drop)},
	},
	// No message is lost here. What makes an award late is that its first attempt dies, and
	// the second one comes when the server is sure of that.
	record.Orchestration: {
		{allWell, playNewsInOrder},
		{lateAndGood, playLateAndGood("")},
		{badNewsFirst, playBadFirst(stage.Request, "award", stage.KillBefore)},
		{neverConfirmed, playNeverConfirmed},
		{bothAtOnce, playBothAtOnce},
		{goodNewsLimps, playLimping},
		{startedBetween, playStartedBetween(stage.Request, "award", stage.KillBefore)},
	},
}

func checkNews(ctx context.Context, j workshop.Job) (workshop.Result, error) {
	exe, err := program(ctx, j, newsFolder)
	if err != nil {
		return workshop.Result{}, err
	}
	c := stage.Config{Machine: j.Machine, Style: j.Style, Without: string(food.Loyalty), Exe: exe, Seed: j.Seed}
	r, err := played(ctx, j, c, newsPlays[j.Style])
	if err != nil || r.Verdict != workshop.Passed || !j.Plays(yourAnswers) {
		return r, err
	}
	return answered(j, newsQuestions(j.Learner)), nil
}

// hits hits what comes first at a point, of any order, or everything if all is set.
func hits(where stage.Where, name string, hit stage.Hit, all bool) hitter {
	return func(p stage.Point) stage.Hit {
		if p.Where == where && p.Name == name && (all || p.N == 1) {
			return hit
		}
		return stage.Pass
	}
}

// playNewsInOrder lets each order have its points before anything is decided on.
func playNewsInOrder(ctx context.Context, st *stage.Stage) (bool, error) {
	st.Hits(hits(stage.Call, string(food.Assign), stage.Hold, true))
	orders := st.Orders(food.Completed, food.NoPartner, food.RestaurantFailed, food.NoPartner, food.PaymentDeclined, food.Completed)
	if err := st.Place(ctx, orders...); err != nil {
		return false, err
	}
	err := st.Until(ctx, func() bool {
		for _, o := range orders {
			ending, _ := st.Ending(o.ID)
			if ending != food.RestaurantFailed && ending != food.PaymentDeclined && !st.Took(o.ID, food.Award) {
				return false
			}
		}
		return true
	})
	st.Release()
	if err != nil {
		return false, err
	}
	return true, st.Settle(ctx, orders...)
}

// playLateAndGood makes an award late that nothing revokes: its message is lost, if it has
// one, and then its request fails.
func playLateAndGood(message string) func(context.Context, *stage.Stage) (bool, error) {
	return func(ctx context.Context, st *stage.Stage) (bool, error) {
		drop, fail := hits(stage.Delivery, message, stage.Drop, false), hits(stage.Request, string(food.Award), stage.Fail, false)
		st.Hits(func(p stage.Point) stage.Hit { return cmp.Or(drop(p), fail(p)) })
		err := placeAndSettle(ctx, st, st.Order(food.Completed))
		return st.Fired(stage.Fail) == 1 && (message == "" || st.Fired(stage.Drop) == 1), err
	}
}

// voidsFail lets the first voids fail.
func voidsFail(p stage.Point) stage.Hit {
	if p.Where == stage.Request && p.Name == voidKey && p.N <= failedVoids {
		return stage.Fail
	}
	return stage.Pass
}

// voidKey is what a program may ask the provider for beside its actions.
const voidKey = "void"

// playBadFirst makes an award later than its revocation by the redelivery clock.
func playBadFirst(where stage.Where, name string, hit stage.Hit) func(context.Context, *stage.Stage) (bool, error) {
	return func(ctx context.Context, st *stage.Stage) (bool, error) {
		o := st.Order(food.NoPartner)
		if err := awardHit(ctx, st, o, where, name, hit); err != nil {
			return false, err
		}
		return true, st.Settle(ctx, o)
	}
}

// failedVoids is how often a void fails, for those who try more than once.
const failedVoids = 4

// A hitter says what becomes of a point; [stage.Pass] is nothing.
type hitter = func(stage.Point) stage.Hit

// awardHit places an order and hits what is to bring its award, once, and whatever others
// hit. No partner is asked for before that, so the revocation comes after it.
func awardHit(ctx context.Context, st *stage.Stage, o food.Order, where stage.Where, name string, hit stage.Hit, others ...hitter) error {
	all := append(others, hits(where, name, hit, false), hits(stage.Call, string(food.Assign), stage.Hold, true))
	st.Hits(func(p stage.Point) stage.Hit {
		for _, hitAt := range all {
			if hit := hitAt(p); hit != stage.Pass {
				return hit
			}
		}
		return stage.Pass
	})
	if err := st.Place(ctx, o); err != nil {
		return err
	}
	err := st.Until(ctx, func() bool {
		return st.Count(where, o.ID, name) > 0 && (hit != stage.KillBefore || st.Deaths() > 0)
	})
	st.Release(string(food.Assign))
	return err
}

// playNeverConfirmed cancels an order while the restaurant is asked. Points are revoked
// that were never awarded, and never will be.
func playNeverConfirmed(ctx context.Context, st *stage.Stage) (bool, error) {
	st.Hits(hits(stage.Call, string(food.Confirm), stage.Hold, true))
	o := st.Order(food.Completed)
	if err := st.Place(ctx, o); err != nil {
		return false, err
	}
	if err := st.Until(ctx, func() bool { return st.Count(stage.Call, o.ID, string(food.Confirm)) > 0 }); err != nil {
		return false, err
	}
	if err := st.Cancel(ctx, o); err != nil {
		return false, err
	}
	err := st.Until(ctx, func() bool { return st.Has(o.ID, food.CancelTicket) })
	st.Release()
	if err != nil {
		return false, err
	}
	err = st.Settle(ctx, o)
	ending, _ := st.Ending(o.ID)
	return ending == food.CustomerCancelled && !st.Took(o.ID, food.Confirm), err
}

// soon is how long an award stays on its way when the bad news has come and the program
// does not revoke. It is less than the program waits for an answer.
const soon = 200 * time.Millisecond

// playBothAtOnce holds an award on its way until it was revoked, or for a moment if the
// program waits for it. A key that is voided meanwhile is so after the award: who voids it
// last finds out too late that there was one. Then the first attempt to revoke it fails.
func playBothAtOnce(ctx context.Context, st *stage.Stage) (bool, error) {
	o := st.Order(food.NoPartner)
	var failed atomic.Bool
	revokeFails := func(p stage.Point) stage.Hit {
		if p.Where == stage.Request && p.Name == string(food.Revoke) && st.Took(o.ID, food.Award) && failed.CompareAndSwap(false, true) {
			return stage.Fail
		}
		return stage.Pass
	}
	voidsWait := hits(stage.Request, voidKey, stage.Hold, true)
	if err := awardHit(ctx, st, o, stage.Request, string(food.Award), stage.Hold, voidsWait, revokeFails); err != nil {
		return false, err
	}
	began := time.Now()
	if err := until(ctx, st, o, hasBadNews); err != nil {
		return false, err
	}
	came := time.Now()
	err := st.Until(ctx, func() bool { return st.Took(o.ID, food.Revoke) || time.Since(came) > soon })
	if time.Since(began) > awaited {
		return false, errors.Join(err, tooBusy)
	}
	st.Release(string(food.Award))
	landed := st.Until(ctx, func() bool { return st.Took(o.ID, food.Award) })
	return true, errors.Join(err, landed, landAndSettle(ctx, st, o))
}

// awaited is how long the program certainly still waits for its award. Later than that the
// award limps, which is another scenario.
const awaited = 600 * time.Millisecond

// landAndSettle lets what is held take effect, and waits for what comes of that.
func landAndSettle(ctx context.Context, st *stage.Stage, o food.Order) error {
	st.Release()
	return errors.Join(st.Landed(ctx), st.Settle(ctx, o))
}

// limps is how long an award may limp behind when the order does not end without it: some
// programs wait for it, and are right. It is less than the stage waits when nothing happens.
const limps = 1800 * time.Millisecond

// playLimping holds an award until everything else is over. The program has stopped to
// wait for it long before. Who voids its key gets errors at first, and must not go on as if
// it were void.
func playLimping(ctx context.Context, st *stage.Stage) (bool, error) {
	o := st.Order(food.NoPartner)
	if err := awardHit(ctx, st, o, stage.Request, string(food.Award), stage.Hold, voidsFail); err != nil {
		return false, err
	}
	within, cancel := context.WithTimeout(ctx, limps)
	defer cancel()
	err := st.Settle(within, o)
	if _, halted := errors.AsType[*stage.Halt](err); err != nil && (halted || within.Err() == nil) {
		return false, err
	}
	return true, landAndSettle(ctx, st, o)
}

// playStartedBetween makes an award late, and starts the program anew when that has had the
// revocation, and the award can't have come again.
func playStartedBetween(where stage.Where, name string, hit stage.Hit) func(context.Context, *stage.Stage) (bool, error) {
	return func(ctx context.Context, st *stage.Stage) (bool, error) {
		o := st.Order(food.NoPartner)
		if err := awardHit(ctx, st, o, where, name, hit); err != nil {
			return false, err
		}
		if err := until(ctx, st, o, hadBadNews); err != nil {
			return false, err
		}
		st.Stop()
		came, err := cameAgain(ctx, st, o)
		if err = errors.Join(err, st.Start(ctx)); err != nil {
			return false, err
		}
		if came {
			return false, tooLate
		}
		return true, st.Settle(ctx, o)
	}
}

const tooLate missed = "Your program had not handled the bad news, and had not returned it, when the good news came again " +
	"a second later. Either the machine is too busy, or your program waits."

// hadBadNews reports whether the program has handled the bad news of an order, or knows of
// it and waits.
func hadBadNews(ctx context.Context, st *stage.Stage, o food.Order) (bool, error) {
	if st.Style == record.Choreography {
		return st.Count(stage.Ack, o.ID, badNewsKind) > 0 || st.Returned(o.ID, badNewsKind), nil
	}
	if st.Took(o.ID, food.Revoke) {
		return true, nil
	}
	attempt, _, err := st.Attempt(ctx, o.ID, food.Revoke)
	return attempt > 1, err
}

// cameAgain reports whether the good news of an order has come to the program again.
func cameAgain(ctx context.Context, st *stage.Stage, o food.Order) (bool, error) {
	if st.Style == record.Choreography {
		return st.Count(stage.Delivery, o.ID, "restaurant_confirmed_order") > 1, nil
	}
	attempt, given, err := st.Attempt(ctx, o.ID, food.Award)
	return attempt == 0 || attempt == 2 && given || attempt > 2, err
}

// hasBadNews reports whether the bad news of an order has come to the program.
func hasBadNews(ctx context.Context, st *stage.Stage, o food.Order) (bool, error) {
	if st.Style == record.Choreography {
		return st.Count(stage.Delivery, o.ID, badNewsKind) > 0, nil
	}
	if st.Took(o.ID, food.Revoke) {
		return true, nil
	}
	attempt, given, err := st.Attempt(ctx, o.ID, food.Revoke)
	return given || attempt > 1, err
}

// badNewsKind is the event that takes an order back for which there is no courier.
const badNewsKind = "delivery_partner_unavailable"

// until waits for a condition that may fail.
func until(ctx context.Context, st *stage.Stage, o food.Order, holds func(context.Context, *stage.Stage, food.Order) (bool, error)) error {
	var failed error
	err := st.Until(ctx, func() bool {
		ok, err := holds(ctx, st, o)
		failed = err
		return ok || err != nil
	})
	return errors.Join(err, failed)
}

package conformance

import (
	"time"

	"github.com/sagabench/sagabench/food"
)

// scenarios are in the order in which a reader learns from them: what should
// happen, then what goes wrong in the services, then which process dies.
var scenarios = []scenario{
	{name: "every ending"},
	{
		name:   "many orders, a fifth refused",
		orders: cast(times(40, food.Completed, food.Completed, food.RestaurantFailed, food.Completed, food.Completed)...),
	},
	{
		name:   "the same order many times",
		orders: cast(times(2, food.Endings...)...),
		play:   playDuplicates,
	},
	{
		name:    "another order under the same id",
		orders:  cast(times(2, food.Endings...)...),
		play:    playUsurped,
		durable: true,
	},
	{name: "what is no order", orders: largest(food.Endings...), play: playInvalid},

	// A failure: nothing happened, try again.
	{
		name:   "every call fails twice",
		faults: []fault{fail(first(2))},
		then:   []check{countsAttempts, waitsLongEnough},
	},
	{
		name: "a failed call comes again when the policy asks",
		policy: func(p *food.Policy) {
			p.FirstBackoff, p.MaxBackoff = 400*time.Millisecond, 800*time.Millisecond
			// An assignment that is held for a cancellation must not time out meanwhile.
			p.CallTimeout, p.Redelivery = 5*time.Second, 7*time.Second
		},
		waits:  waits{400 * time.Millisecond, 800 * time.Millisecond},
		faults: []fault{fail(allOf(first(3), not(goingOn)))},
		then:   []check{countsAttempts, waitsLongEnough},
		onTime: []check{comesInTime},
	},
	{
		name:   "a call that does not decide bears fifty failures",
		orders: cast(food.Completed, food.PaymentDeclined, food.RestaurantFailed, food.NoPartner),
		policy: func(p *food.Policy) { p.FirstBackoff, p.MaxBackoff = 10*time.Millisecond, 20*time.Millisecond },
		waits:  waits{10 * time.Millisecond, 20 * time.Millisecond},
		faults: []fault{fail(allOf(first(50), not(deciding)))},
		then:   []check{countsAttempts, waitsLongEnough},
	},
	{
		name: "a deciding call is given up",
		no:   fail,
		// Undos of orders that are to be escalated are given up, too.
		policy: func(p *food.Policy) { p.UndoAttempts = p.Attempts },
		then:   []check{givesUpInTime, countsAttempts, waitsLongEnough},
	},

	// No answer: the call may have had its effect. An idempotency key absorbs the
	// next attempt.
	{
		name:   "a reply is lost",
		faults: []fault{loseReply(allOf(first(1), is(food.Confirm)))},
		then:   []check{absorbs(food.Confirm)},
	},
	{
		name:   "every reply is lost once",
		faults: []fault{loseReply(first(1))},
		then:   []check{absorbs(everything...)},
	},
	{
		name:   "no deciding call ever answers",
		faults: []fault{loseReply(deciding)},
		then:   []check{givesNothingUp},
	},

	// Too late: it happens when no caller waits for it any more.
	{
		name:   "every first attempt comes last",
		faults: []fault{hold(first(1), ended)},
		then:   []check{absorbs(everything...)},
	},
	{
		name:   "a call that was given up comes last",
		no:     func(w when) fault { return hold(w, ended) },
		policy: func(p *food.Policy) { p.UndoAttempts = p.Attempts },
		then:   []check{givesUpInTime, absorbs(food.Charge, food.Confirm, food.Assign)},
	},
	{
		name:   "an award comes after its undo",
		orders: cast(times(5, food.NoPartner)...),
		faults: []fault{hold(is(food.Award), after(food.Revoke))},
		then:   []check{outcome(food.Award, food.Blocked)},
	},
	{
		name:   "an award comes before its undo",
		orders: cast(times(5, food.NoPartner)...),
		faults: []fault{hold(is(food.Assign), after(food.Award))},
		then:   []check{outcome(food.Award, food.Done)},
	},
	{
		name:   "good news comes after bad news",
		orders: cast(times(5, food.NoPartner)...),
		faults: []fault{
			hold(is(food.StatusConfirmed), after(food.StatusCancelled)),
			hold(is(food.MailConfirmed), after(food.MailCancelled)),
		},
		then: []check{outcome(food.StatusConfirmed, food.Blocked), outcome(food.MailConfirmed, food.Blocked)},
	},
	{
		name:   "what runs beside the flow comes after it",
		orders: cast(times(5, food.Completed)...),
		faults: []fault{
			hold(is(food.Award, food.StatusConfirmed, food.MailConfirmed), after(food.StatusCompleted, food.MailPartnerAssigned)),
		},
		then: []check{outcome(food.StatusConfirmed, food.Blocked), outcome(food.MailConfirmed, food.Done)},
	},

	// The customer cancels, before the pivot: everything is taken back. What was in
	// flight comes before its undo and is undone, or after it and is blocked.
	{
		name:    "a customer cancels before the charge",
		orders:  cast(times(5, food.CustomerCancelled)...),
		play:    playCancelledEarly,
		durable: true,
	},
	{
		name:   "a customer cancels during the charge, which comes too late",
		orders: cast(times(5, food.CustomerCancelled)...),
		play:   playCancelled("for the charge", begun(food.Charge)),
		faults: []fault{hold(is(food.Charge), after(food.Refund))},
		then:   []check{outcome(food.Charge, food.Blocked)},
	},
	{
		name:   "a customer cancels during the charge, which comes before its undo",
		orders: cast(times(5, food.CustomerCancelled)...),
		play:   playCancelled("for the charge", begun(food.Charge)),
		faults: []fault{hold(is(food.Charge), after(food.Cancel)), hold(is(food.Refund), after(food.Charge))},
		then:   []check{outcome(food.Charge, food.Done)},
	},
	{
		name:   "a customer cancels during the confirmation, which comes too late",
		orders: cast(times(5, food.CustomerCancelled)...),
		play:   playCancelled("for the confirmation", begun(food.Confirm)),
		faults: []fault{hold(is(food.Confirm), after(food.CancelTicket))},
		then:   []check{outcome(food.Charge, food.Done), outcome(food.Confirm, food.Blocked)},
	},
	{
		name:   "a customer cancels during the confirmation, which comes before its undo",
		orders: cast(times(5, food.CustomerCancelled)...),
		play:   playCancelled("for the confirmation", begun(food.Confirm)),
		faults: []fault{hold(is(food.Confirm), after(food.Cancel)), hold(is(food.CancelTicket), after(food.Confirm))},
		then:   []check{outcome(food.Confirm, food.Done)},
	},
	{
		name:   "a customer cancels during the assignment",
		orders: cast(times(5, food.CustomerCancelled)...),
		play:   playCancelled("for the assignment", begun(food.Assign, food.Award, food.StatusConfirmed, food.MailConfirmed)),
		then:   []check{outcome(food.Award, food.Done), outcome(food.StatusConfirmed, food.Done), outcome(food.MailConfirmed, food.Done)},
	},

	// After it, that is too late. A rejected order is taken back anyway.
	{
		name:   "a customer cancels after the assignment",
		orders: cast(times(5, food.Completed)...),
		play:   playCancelled("for the assignment", func(st *stage, id string) bool { return st.history.has(id, food.Assign) }),
		faults: []fault{hold(is(food.StatusCompleted), after(food.Cancel))},
	},
	{
		name:   "a customer cancels during a call that is rejected, and then the reply is lost",
		orders: cast(times(5, food.PaymentDeclined, food.RestaurantFailed)...),
		play:   playCancelled("for the call", beingRejected),
		faults: []fault{
			hold(fatal, after(food.Cancel)),
			hold(undoOfFatal, undoIsLate),
			loseReply(allOf(fatal, first(1))),
		},
	},
	{
		name:   "a customer cancels what is being rejected",
		orders: cast(times(5, food.PaymentDeclined, food.RestaurantFailed, food.NoPartner)...),
		play:   playCancelled("for the rejection", rejected),
	},
	{
		name:   "a customer cancels what has ended",
		orders: cast(times(3, food.Completed, food.PaymentDeclined, food.RestaurantFailed, food.NoPartner)...),
		play:   playCancelled("for the end", over),
	},
	{
		name:   "a customer cancels again and again",
		orders: cast(times(3, food.CustomerCancelled)...),
		play:   playCancelledAgain,
	},
	{
		name:   "customers cancel at any moment",
		orders: cast(times(10, food.Completed, food.PaymentDeclined, food.RestaurantFailed, food.NoPartner)...),
		play:   playCancelledAnytime,
		faults: []fault{slow(every, 40*time.Millisecond)},
		race:   true,
	},
	{name: "what is not known can't be cancelled", orders: cast(food.Completed, food.RestaurantFailed), play: playUnknown},

	// An undo that fails for good is for a person.
	{
		name:   "an undo fails for long",
		orders: cast(food.RestaurantFailed, food.NoPartner, food.CustomerCancelled),
		faults: []fault{fail(allOf(first(50), undo))},
	},
	{
		name:   "an undo is given up",
		orders: cast(times(6, food.Escalated)...),
		no:     fail,
		policy: func(p *food.Policy) { p.UndoAttempts = 6 },
		then:   []check{givesUpInTime},
	},
	{
		name:   "nothing of a rejected order can be undone",
		orders: taking(food.NoPartner, cast(times(12, food.Escalated)...)[3:]),
		faults: []fault{hold(is(food.Assign), after(food.Award))},
		then:   []check{outcome(food.Refund, food.Refused), outcome(food.CancelTicket, food.Refused), outcome(food.Revoke, food.Refused)},
	},
	{
		name:   "nothing of a cancelled order can be undone",
		orders: taking(food.CustomerCancelled, cast(times(12, food.Escalated)...)[3:]),
		play:   playCancelled("for the award", begun(food.Assign, food.Award)),
		then:   []check{outcome(food.Refund, food.Refused), outcome(food.CancelTicket, food.Refused), outcome(food.Revoke, food.Refused)},
	},
	{
		name:   "a person resolves what was escalated",
		orders: cast(times(6, food.Escalated)...),
		play:   playResolved,
	},

	// Side by side: what runs in parallel in one style does so in all.
	{name: "calls run side by side", faults: []fault{hold(every, together)}},
	{
		name:   "as many calls run at a time as the policy allows",
		orders: cast(times(3*quick.Concurrency, food.Completed)...),
		policy: func(p *food.Policy) { p.CallTimeout, p.Redelivery = 8*time.Second, 10*time.Second },
		faults: []fault{hold(is(food.Confirm), allSlotsTaken), slow(is(food.Confirm), 50*time.Millisecond)},
		then:   []check{peaksAtThePolicy},
	},
	{
		name:   "a call that waits for its next attempt takes no slot",
		orders: cast(append(times(quick.Concurrency+4, food.NoPartner), food.Endings...)...),
		play:   playStarved,
		faults: []fault{fail(allOf(is(food.Refund), starved, not(othersSettled)))},
	},
	{
		name:   "retries come in time where many calls fail",
		crowd:  crowd,
		policy: inACrowd,
		faults: []fault{fail(failsOnce)},
		play:   playCrowd,
		onTime: []check{retriesOnTime},
	},

	// Coming and going. What was in flight comes again, by redelivery: at-least-once.
	{name: "both sides are closed", play: playClosing, then: []check{leavesNothingRunning}},
	{
		name:    "a worker comes late and another one after it",
		orders:  cast(times(6, food.Endings...)...),
		play:    playRelay,
		durable: true,
	},
	{
		name:    "the worker is killed at known points",
		orders:  cast(times(9, food.Endings...)...),
		play:    playKilledAtPoints,
		faults:  []fault{hold(hangsBefore, never), hang(hangsAfter)},
		durable: true,
	},
	{
		name:    "the calls of a dead worker come again in time",
		orders:  cast(times(len(underWay)+1, food.Completed)...),
		play:    playOverdue,
		policy:  func(p *food.Policy) { p.CallTimeout, p.Redelivery = 3*time.Second, 4*time.Second },
		faults:  []fault{hold(allOf(doomed, isUnderWay), never)},
		onTime:  []check{comesAgainInTime},
		durable: true,
	},
	{
		name:    "the worker is killed when customers have cancelled",
		orders:  cast(times(9, food.CustomerCancelled)...),
		play:    playKilledCancelling,
		faults:  []fault{hang(allOf(doomed, is(food.Cancel)))},
		durable: true,
	},
	{
		name:    "customers cancel while the server is away",
		orders:  cast(times(9, food.CustomerCancelled)...),
		play:    playServerKilledCancelling,
		faults:  []fault{hold(is(food.Confirm), serverIsDown)},
		durable: true,
	},
	{
		name:    "the worker is killed again and again",
		orders:  cast(times(30, food.Endings...)...),
		play:    playKilledUnderLoad,
		faults:  []fault{slow(every, 20*time.Millisecond)},
		durable: true,
	},
	{
		name:    "the server is killed with orders in flight",
		orders:  cast(times(12, food.Endings...)...),
		play:    playServerKilled,
		faults:  []fault{hold(allOf(third(1), is(food.Award, food.Refund)), serverIsDown)},
		durable: true,
	},
}

// Package food is the story: one food order, the six services that act on it,
// and the promises that every way of coordinating them must keep.
//
// # One order, from click to doorbell
//
// A customer places an [Order]. Payment charges the card, the restaurant
// confirms, delivery assigns a partner, loyalty awards points, the order's own
// status moves along and the customer gets a mail at each turn:
//
//	charge ──done──► confirm ──done──┬──► assign ──done──► status completed, mail
//	  │                │             │      │
//	rejected         rejected        │    rejected
//	  ▼                ▼             │      ▼
//	status, mail     refund          │    refund, cancel ticket, revoke
//	                 status, mail    │    status cancelled, mail
//	                                 └──► award, status confirmed, mail
//
//	the customer cancels ──before assign is done──► as after assign was rejected
//	                     ──after it──► too late
//
//	refund, cancel ticket or revoke ──rejected──► mail, and a person resolves it
//
// This is a saga. No transaction spans the services; each call commits by itself,
// and when the order can't be completed, compensations undo what was done. A saga
// has no isolation: calls of one order overtake each other, and what is half done
// shows. [Action.BlockedBy] and the second rule below are the countermeasures.
//
// Charge, confirm and assign are the deciding calls. They may be rejected, that is
// refused or given up, and so decide how the order ends. Charge and confirm are
// compensatable, and assign is the pivot: when it is done there is no way back. So
// delivery also decides whether a customer's cancellation comes in time.
//
// An undo may be rejected as well: the provider refuses the refund, or is away for
// longer than the policy's attempts last. Then no program can do more. The order is
// escalated: the row says so, the customer is told, and a person's answer settles it.
// Every other call is retriable: it is repeated until it has its row in the ledger.
// An order is settled when every row that its ending requires is there.
//
// # A cancellation meets the flow
//
// What becomes of an order depends on where the row of its cancellation falls:
//
//	before the charge        nothing is taken, every door is closed    customer_cancelled
//	after charge             it is refunded                            customer_cancelled
//	after confirm            and the ticket cancelled, points revoked  customer_cancelled
//	after assign was done    too late, the row is blocked              completed
//	after assign's rejection it changes nothing                        no_partner
//	after another rejection  the undos find no more to undo            payment_declined, restaurant_failed
//
// A deciding call that is in flight meanwhile may still be done, and is undone, or be
// rejected, which then is the ending. That is a race, and both outcomes are right.
//
// # Who knows the flow
//
// This package does not. The services are plain functions over a [Ledger]. A
// choreography and an orchestration are two ways of calling them, and both
// implement [Coordinator].
//
// # What happens when a call is repeated, late or undone too early
//
// Three rules of the ledger answer that. The first outcome recorded under an
// idempotency key wins; an undo blocks its forward call before it undoes it; and
// what was overtaken is blocked. So a redelivery, a call whose reply was lost, and
// a charge that arrives after its refund change nothing. [Ledger] states the rules,
// and internal/ledger/idempotency.go keeps them.
//
// # Promises
//
// An accepted order settles, or is escalated and waits for a person, unless its
// workflow is terminated by hand (see package orchestration). It is charged at most
// once. It is refunded exactly when it was charged and then cancelled, once, the
// amount charged. A completed order was charged, confirmed and given a partner; a
// cancelled one leaves no ticket, no partner and no points behind. Where one of these
// could not be undone, the customer knows that a person takes over. The customer gets
// a mail about the ending and one about a refund, and never "confirmed" after
// "cancelled". Who cancels gets an answer.
//
// # Read next
//
// call.go, ledger.go and services.go; required.go says when an order is settled.
// timeout.go can wait: it is how a slow call becomes "no answer". Then package
// choreography and package orchestration, file by file side by side. This package
// imports nothing but the standard library, so it can be read alone.
package food

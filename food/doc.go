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
// This is a saga. No transaction spans the services; each call commits by itself,
// and when the order can't be completed, compensations undo what was done. A saga
// has no isolation: calls of one order overtake each other, and what is half done
// shows. [Action.BlockedBy] and the second rule below are the countermeasures.
//
// Charge, confirm and assign are the deciding calls. They alone may be rejected,
// that is refused or given up, and so decide how the order ends. Charge and confirm
// are compensatable, and assign is the pivot: when it is done there is no way back.
// Every other call is retriable: it is repeated until it has its row in the ledger.
// An order is settled when every row that its ending requires is there.
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
// An accepted order settles, unless its workflow is cancelled or terminated by hand
// (see package orchestration). It is charged at most once. It is refunded exactly
// when it was charged and then cancelled, once, the amount charged. A completed
// order was charged, confirmed and given a partner; a cancelled one leaves no
// ticket, no partner and no points behind. The customer gets a mail about the ending
// and one about a refund, and never "confirmed" after "cancelled".
//
// # Read next
//
// call.go, ledger.go and services.go; required.go says when an order is settled.
// timeout.go can wait: it is how a slow call becomes "no answer". Then package
// choreography and package orchestration, file by file side by side. This package
// imports nothing but the standard library, so it can be read alone.
package food

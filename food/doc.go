// Package food is the story: one food order, the six services that act on it,
// and the promises that every way of coordinating them must keep.
//
// # One order, from click to doorbell
//
// A customer places an [Order]. Payment charges the card, the restaurant
// confirms, delivery assigns a partner, loyalty awards points, the order's own
// status moves along and the customer gets a mail at each turn:
//
//	placed ──charge──► confirm ──┬──► assign ──► completed
//	           │          │      ├──► award          │
//	       rejected    rejected  └──► status, mail  rejected
//	           ▼          ▼                          ▼
//	        declined   refund                 refund, cancel ticket, revoke
//
// This is a saga. No transaction spans the services; each call commits by itself,
// and when the order can't be completed, compensations undo what was done.
//
// Three calls may be rejected, that is refused or given up, and so decide how the
// order ends: charge, confirm and assign. They are the deciding calls. Every other
// call is repeated until it is done. An order is settled when every call that its
// ending requires has its row in the ledger.
//
// # Who knows the flow
//
// This package does not. The services are plain functions over a [Ledger]. A
// choreography and an orchestration are two ways of calling them, and both
// implement [Coordinator].
//
// # What happens when a call is repeated, late or undone too early
//
// One rule in the ledger answers all three. A call has an idempotency key, the
// first outcome recorded under the key wins, and an undo blocks its forward call
// before it undoes it. So a redelivery, a call whose reply was lost, and a charge
// that arrives after its refund all find a row and change nothing.
//
// # Promises
//
// An accepted order settles. It is charged at most once. It is refunded
// exactly when it was charged and then cancelled, once, the amount charged. A
// completed order was charged, confirmed and given a partner; a cancelled one
// leaves no ticket, no partner and no points behind. The customer gets a mail
// about each, and never "confirmed" after "cancelled".
//
// # Read next
//
// call.go, ledger.go and services.go; required.go says when an order is settled.
// timeout.go can wait: it is how a slow call becomes "no answer". Then package
// choreography and package orchestration, file by file side by side. This package
// imports nothing but the standard library, so it can be read alone.
package food

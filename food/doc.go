// Package food is the story: one food order, the six services that do things
// for it, and the promises that every way of coordinating them must keep.
//
// # One order, from click to doorbell
//
// A customer places an [Order]. Payment charges the card, the restaurant
// confirms, delivery assigns a partner, loyalty awards points, the order's own
// status moves along and the customer is written to at each turn:
//
//	placed ──charge──► confirm ──┬──► assign ──► completed
//	           │          │      ├──► award          │
//	           no         no     └──► status, mail   no
//	           ▼          ▼                          ▼
//	        declined   refund                 refund, cancel ticket, revoke
//
// Three calls may be refused or given up, and so decide how the order ends:
// charge, confirm and assign. Every other call is repeated until it is done.
//
// # Who knows the flow
//
// Nobody in this package. The services are plain functions over a [Ledger].
// A choreography and an orchestration are two ways of calling them, and both
// fulfil [Coordinator].
//
// # What happens when a call is repeated, late or undone too early
//
// One rule in the ledger answers all three: a call has a key, the first
// outcome recorded under the key wins, and an undo blocks its forward call
// before it undoes it. So a second delivery, a reply that was lost, and a call
// that limps in after its refund all find a row and change nothing.
//
// # Promises
//
// An accepted order settles. It is charged at most once. It is refunded
// exactly when it was charged and then cancelled, once, the amount charged. A
// completed order was charged, confirmed and given a partner; a cancelled one
// leaves no ticket, no partner and no points behind. The customer is told, and
// never told "confirmed" after "cancelled".
//
// This package imports nothing but the standard library, so that the story
// can be read alone.
package food

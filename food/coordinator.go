package food

import "context"

// A Coordinator is the side of a style that accepts orders. The name is ours: in
// the literature the coordinator of a saga is its orchestrator, and a choreography
// has none. Here both styles have one, and their workers carry the order on.
type Coordinator interface {
	// Submit returns nil when the server has stored the order. From then on the
	// order ends, whichever process dies, as long as the server keeps what it
	// stored and no workflow is terminated by hand. Submit does not wait for that.
	// An error says whether the order was refused, or may or may not have been
	// accepted: then submit it again.
	//
	// An id stands for one order, for as long as the server keeps that. To submit the
	// same order again is no error and changes nothing; another one under its id is
	// refused with [ErrOtherOrder].
	Submit(ctx context.Context, o Order) error

	// Cancel asks, for the customer, that an accepted order be taken back. It
	// returns nil when the server has stored the request, from when on the order gets
	// its row of [Services.Cancel]: done, or blocked because it is too late. Asking
	// twice is asking once. An error that is [ErrUnknownOrder] says that no such
	// order was accepted; after another one the request may be stored: ask again.
	Cancel(ctx context.Context, o Order) error

	// Resolve is a person's answer for an escalated order: what could not be undone
	// has been dealt with. Of the order only the id counts. It returns nil when the
	// server has stored that. Errors are those of Cancel, and [ErrNotEscalated].
	Resolve(ctx context.Context, o Order) error

	// Close closes the connection. Accepted orders are not affected.
	Close(ctx context.Context) error
}

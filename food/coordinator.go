package food

import "context"

// A Coordinator accepts orders. A choreography and an orchestration are two ways
// to have every call made that an accepted order needs: two implementations.
type Coordinator interface {
	// Submit returns nil when the order is durably accepted: it will settle,
	// whichever process dies from now on. Submit does not wait for that.
	// Submitting an id again is the same order and no error. After an error the
	// order may or may not have been accepted; submit it again.
	Submit(ctx context.Context, o Order) error

	// Close closes the connection. Accepted orders are not affected.
	Close(ctx context.Context) error
}

package food

import "context"

// A Coordinator takes orders and sees to it that every call they need is made.
// A choreography and an orchestration are both one.
type Coordinator interface {
	// Submit returns nil when the order is durably accepted: it will settle
	// whatever dies from now on. It does not wait for that. Submitting an id
	// again is the same order and no error. After an error nobody knows
	// whether the order was accepted; submit it again.
	Submit(ctx context.Context, o Order) error

	// Close lets go of the connection. Accepted orders are not affected.
	Close(ctx context.Context) error
}

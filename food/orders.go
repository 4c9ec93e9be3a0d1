package food

import "context"

// The order service keeps the status that the customer sees in the app. It
// moves at most twice: confirmed, and then completed or cancelled. A status
// that comes too late is blocked by the one that overtook it.

// StatusConfirmed shows the order as confirmed.
func (s *Services) StatusConfirmed(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, OrderService, StatusConfirmed, o, attempt, Proposal{For: o.Customer})
}

// StatusCompleted shows the order as completed; final.
func (s *Services) StatusCompleted(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, OrderService, StatusCompleted, o, attempt, Proposal{For: o.Customer})
}

// StatusCancelled shows the order as cancelled; final.
func (s *Services) StatusCancelled(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, OrderService, StatusCancelled, o, attempt, Proposal{For: o.Customer})
}

// Resolve records that a person has dealt with what could not be undone. How, is
// between that person and the customer; the saga is over.
func (s *Services) Resolve(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, OrderService, Resolve, o, attempt, Proposal{For: o.Customer})
}

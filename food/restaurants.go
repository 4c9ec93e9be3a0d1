package food

import "context"

// Confirm asks the kitchen to take the order, and opens a ticket if it does.
// It is the second deciding call, and compensatable.
func (s *Services) Confirm(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Restaurant, Confirm, o, attempt, 0)
}

// CancelTicket undoes Confirm: the kitchen does not cook.
func (s *Services) CancelTicket(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Restaurant, CancelTicket, o, attempt, 0)
}

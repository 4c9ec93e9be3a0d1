package food

import "context"

// Award books the order's points. It runs beside the search for a delivery
// partner, so it may arrive after the order was cancelled: then Revoke has blocked
// it.
func (s *Services) Award(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Loyalty, Award, o, attempt, Proposal{For: o.Customer, Amount: o.Points()})
}

// Revoke undoes Award: it takes the points back, or keeps them from being booked.
func (s *Services) Revoke(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Loyalty, Revoke, o, attempt, Proposal{For: o.Customer})
}

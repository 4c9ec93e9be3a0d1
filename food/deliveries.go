package food

import "context"

// Assign finds a delivery partner. It is the last deciding call and the pivot of
// the saga: nothing can go wrong after it that would need the partner released, so
// it has no undo.
func (s *Services) Assign(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Delivery, Assign, o, attempt, Proposal{For: o.Restaurant + " to " + o.Customer})
}

// Cancel is the customer's cancellation. Delivery decides on it because the pivot is
// there: as long as no partner is assigned, from now on none will be, and the order
// can be taken back. When one is, it is too late, and the call is blocked. The
// customer reads the answer from the row.
func (s *Services) Cancel(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Delivery, Cancel, o, attempt, Proposal{For: o.Customer})
}

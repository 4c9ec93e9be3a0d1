package food

import "context"

// Assign finds a delivery partner. It is the last deciding call and the pivot of
// the saga: nothing can go wrong after it that would need the partner released, so
// it has no undo.
func (s *Services) Assign(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Delivery, Assign, o, attempt, Proposal{For: o.Restaurant + " to " + o.Customer})
}

package food

import "context"

// Charge takes the order's total from the customer. It is the first deciding
// call, and compensatable: Refund is its undo.
func (s *Services) Charge(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Payment, Charge, o, attempt, Proposal{For: o.Customer, Amount: o.Total()})
}

// Refund gives back what Charge took: the amount in the ledger, not one that
// the caller names.
func (s *Services) Refund(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Payment, Refund, o, attempt, Proposal{For: o.Customer})
}

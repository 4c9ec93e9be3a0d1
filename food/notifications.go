package food

import "context"

// A mail cannot be taken back. That is why each has a key, so that it is sent
// once, and why "cancelled" blocks "confirmed" if it overtook that.

// MailConfirmed tells the customer that the restaurant is cooking.
func (s *Services) MailConfirmed(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Notification, MailConfirmed, o, attempt, Proposal{For: o.Customer})
}

// MailPartnerAssigned tells the customer that the food is on its way.
func (s *Services) MailPartnerAssigned(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Notification, MailPartnerAssigned, o, attempt, Proposal{For: o.Customer})
}

// MailPaymentFailed tells the customer that the card was not charged: it was
// declined, or the charge was given up.
func (s *Services) MailPaymentFailed(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Notification, MailPaymentFailed, o, attempt, Proposal{For: o.Customer})
}

// MailCancelled tells the customer that there will be no food.
func (s *Services) MailCancelled(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Notification, MailCancelled, o, attempt, Proposal{For: o.Customer})
}

// MailRefunded tells the customer that the money is on its way back.
func (s *Services) MailRefunded(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Notification, MailRefunded, o, attempt, Proposal{For: o.Customer})
}

// MailEscalated tells the customer that something could not be taken back, and that a
// person takes over.
func (s *Services) MailEscalated(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Notification, MailEscalated, o, attempt, Proposal{For: o.Customer})
}

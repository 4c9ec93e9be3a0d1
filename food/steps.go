package food

// Steps returns the function of each action, for styles that know actions by their
// names.
func (s *Services) Steps() map[Action]Step {
	return map[Action]Step{
		StatusConfirmed: s.StatusConfirmed,
		StatusCompleted: s.StatusCompleted,
		StatusCancelled: s.StatusCancelled,
		Resolve:         s.Resolve,

		Charge: s.Charge,
		Refund: s.Refund,

		Confirm:      s.Confirm,
		CancelTicket: s.CancelTicket,

		Assign: s.Assign,
		Cancel: s.Cancel,

		Award:  s.Award,
		Revoke: s.Revoke,

		MailConfirmed:       s.MailConfirmed,
		MailPartnerAssigned: s.MailPartnerAssigned,
		MailPaymentFailed:   s.MailPaymentFailed,
		MailCancelled:       s.MailCancelled,
		MailRefunded:        s.MailRefunded,
		MailEscalated:       s.MailEscalated,
	}
}

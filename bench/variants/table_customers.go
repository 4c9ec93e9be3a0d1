package variants

const cancellationGo = "orchestration/cancellation.go"

// ofCustomers are mistakes in what comes of a cancellation, and of an undo that fails for
// good.
var ofCustomers = []Variant{
	// Delivery decides.
	{
		Name: "cancels-after-the-pivot", Mistake: "does not look at the pivot",
		Sentence: "Lets a customer cancel who has a delivery partner already.",
		Styles:   both, Seat: Worker, Cells: []string{"cancelled"}, Catch: "no-stray-rows",
		Edits: []Edit{{callGo, "	case Cancel:\n		return []Action{Assign}\n", ""}},
	},
	{
		Name: "pivot-left-open", Mistake: "does not close the pivot",
		Sentence: "Takes an order back and leaves it open whether a partner is found.",
		Styles:   choreography, Seat: Worker, Cells: []string{"cancelled"}, Catch: "settles",
		Edits: []Edit{{idempotencyGo, "		fresh = append(fresh, blocked(c, food.Assign))\n", "		_ = blocked\n"}},
	},
	{
		Name: "too-late-is-cancelled", Mistake: "takes a refusal for a yes",
		Sentence: "Takes everything back also when Delivery answers that it is too late.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"cancelled"}, Catch: "no-stray-rows",
		Edits: []Edit{{cancellationGo, "	if err != nil || !row.TookEffect() {\n		return false\n", "	if err != nil || !row.TookEffect() && row.Outcome != food.Blocked {\n		return false\n"}},
	},

	// What follows.
	{
		Name: "cancelled-not-refunded", Mistake: "forgets the money",
		Sentence: "Does not refund what the customer has cancelled.",
		Styles:   choreography, Seat: Worker, Cells: []string{"cancelled"}, Catch: "money",
		Edits: []Edit{{"choreography/payments.go", "		OrderCancelled:                    {does: food.Refund, done: PaymentReversed, rejected: PaymentReversalFailed},\n", ""}},
	},
	{
		Name: "cancelled-and-cooked", Mistake: "forgets the kitchen",
		Sentence: "Forgets the ticket when the customer cancels.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"cancelled"}, Catch: "settles",
		Edits: []Edit{{cancellationGo, "{food.CancelTicket}, ", ""}},
	},
	{
		Name: "cancelled-not-mailed", Mistake: "forgets the customer",
		Sentence: "Mails nothing to a customer who has cancelled.",
		Styles:   choreography, Seat: Worker, Cells: []string{"cancelled"}, Catch: "settles",
		Edits: []Edit{{"choreography/notifications.go", "		OrderCancelled:                    {does: food.MailCancelled},\n", ""}},
	},
	{
		Name: "cancelled-is-declined", Mistake: "takes a block for a rejection",
		Sentence: "Treats a call that the cancellation blocked like one that was rejected.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"cancelled"}, Catch: "no-stray-rows",
		Edits: []Edit{{workflowGo, "	case s.cancellation.tookEffect:\n		return errCancelled\n", "	case s.cancellation.tookEffect:\n		return errRejected\n"}},
	},
	{
		Name: "rejection-forgotten", Mistake: "forgets a call in flight",
		Sentence: "Takes no notice of a call that is rejected when the customer has cancelled.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"declined"}, Catch: "settles",
		Edits: []Edit{{workflowGo, "	case row.Rejected():\n		s.dropCompensation(action)\n", "	case row.Rejected() && !s.cancellation.tookEffect:\n		s.dropCompensation(action)\n"}},
	},
	{
		Name: "undos-cancelled-too", Mistake: "cancels too much",
		Sentence: "Runs compensations on the context that is cancelled with the workflow.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"cancelled"}, Catch: "settles",
		Edits: []Edit{{workflowGo, "	s.detached, _ = workflow.NewDisconnectedContext(ctx)\n", "	s.detached = ctx\n"}},
	},
	{
		Name: "deaf-to-customers", Mistake: "ignores a request",
		Sentence: "Goes on as if no customer ever cancelled.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"cancelled"}, Catch: "settles",
		Edits: []Edit{{cancellationGo, "		s.cancellation.tookEffect = s.cancel(detached)\n", ""}},
	},

	// Undos that fail for good.
	{
		Name: "escalation-dropped", Mistake: "drops what it can't do",
		Sentence: "Takes no notice of an undo that was rejected.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"escalated"}, Catch: "settles",
		Edits: []Edit{{workflowGo, "			if err == nil && row.Rejected() {\n				s.escalate(action)\n			}\n", ""}},
	},
	{
		Name: "escalation-not-mailed", Mistake: "escalates to no one",
		Sentence: "Does not mail that a person takes over when a ticket can't be cancelled.",
		Styles:   choreography, Seat: Worker, Cells: []string{"escalated"}, Catch: "settles",
		Edits: []Edit{{"choreography/notifications.go", "		TicketCancellationFailed: {does: food.MailEscalated},\n", ""}},
	},
	{
		Name: "mailed-as-refunded", Mistake: "takes a refusal for a yes",
		Sentence: "Mails that the money is back when the refund was refused.",
		Styles:   choreography, Seat: Worker, Cells: []string{"escalated"}, Catch: "no-stray-rows",
		Edits: []Edit{{"choreography/notifications.go", "		PaymentReversalFailed:    {does: food.MailEscalated},\n", "		PaymentReversalFailed:    {does: food.MailRefunded},\n"}},
	},
	{
		Name: "undo-given-up-early", Mistake: "gives up too early",
		Sentence: "Gives an undo as few attempts as a deciding call.",
		Styles:   choreography, Seat: Worker, Cells: []string{"undos"}, Catch: "ends-as-drawn",
		Edits: []Edit{{"food/policy.go", "		return p.UndoAttempts\n", "		return p.Attempts\n"}},
	},
	{
		Name: "undo-never-refused", Mistake: "takes no for an answer",
		Sentence: "Books an undo that the provider refuses as done.",
		Styles:   both, Seat: Worker, Cells: []string{"escalated"}, Catch: "ends-as-drawn",
		Edits: []Edit{{servicesGo, "refused && c.Action.Rejectable() {", "refused && c.Action.Deciding() {"}},
	},
}

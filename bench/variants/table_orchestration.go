package variants

const (
	workflowGo     = "orchestration/workflow.go"
	compensationGo = "orchestration/compensation.go"
	activitiesGo   = "orchestration/activities.go"
	retriesGo      = "orchestration/policy.go"
)

// inOrchestration are mistakes in the workflow, its compensations and its activities.
var inOrchestration = []Variant{
	// Retries.
	{
		Name: "first-backoff-doubled", Mistake: "sets an option wrong",
		Sentence: "Waits twice the first back-off of the policy, and so on from there.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{retriesGo, "p.FirstBackoff,", "2 * p.FirstBackoff,"}},
	},
	{
		Name: "backoff-does-not-grow", Mistake: "sets an option wrong",
		Sentence: "Sets the back-off coefficient to 1: every wait is as short as the first.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{retriesGo, "BackoffCoefficient: 2,", "BackoffCoefficient: 1,"}},
	},
	{
		Name: "start-to-close-tripled", Mistake: "a clock too slow",
		Sentence: "Gives a dead worker's calls out again after three times the redelivery clock.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"worker-dies"}, Catch: "on-time",
		Edits: []Edit{{activitiesGo, "StartToCloseTimeout: c.Policy.Redelivery,", "StartToCloseTimeout: 3 * c.Policy.Redelivery,"}},
	},
	{
		Name: "at-most-12-attempts", Mistake: "gives up what must not be given up",
		Sentence: "Limits every activity to twelve attempts; an undo that fails for long is never made.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"undos"}, Catch: "settles",
		Edits: []Edit{{retriesGo, "		BackoffCoefficient: 2,\n", "		BackoffCoefficient: 2,\n		MaximumAttempts:    12,\n"}},
	},
	{
		Name: "at-most-3-attempts", Mistake: "copies the sample",
		Sentence: "Limits every activity to three attempts, as the official sample does; the workflow fails before the call is given up.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{retriesGo, "		BackoffCoefficient: 2,\n", "		BackoffCoefficient: 2,\n		MaximumAttempts:    3,\n"}},
	},
	{
		Name: "failures-not-retried", Mistake: "takes a failure for poison",
		Sentence: "Returns every failure of a call as one that is not to be retried.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{activitiesGo, "	return temporal.NewApplicationErrorWithOptions(err.Error(), \"TryAgain\",\n		temporal.ApplicationErrorOptions{", "	return temporal.NewApplicationErrorWithOptions(err.Error(), \"TryAgain\",\n		temporal.ApplicationErrorOptions{NonRetryable: true, "}},
	},
	{
		Name: "activity-attempt-always-1", Mistake: "counts wrongly",
		Sentence: "Passes attempt 1 to every call instead of the activity's; nothing is ever given up.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{activitiesGo, "int(activity.GetInfo(ctx).Attempt)", "min(1, int(activity.GetInfo(ctx).Attempt))"}},
	},
	{
		Name: "activity-attempt-from-0", Mistake: "counts wrongly",
		Sentence: "Counts attempts from 0, so that a deciding call is tried once too often.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"faults"}, Catch: "calls-explained",
		Edits: []Edit{{activitiesGo, "int(activity.GetInfo(ctx).Attempt)", "int(activity.GetInfo(ctx).Attempt) - 1"}},
	},
	{
		Name: "activity-calls-twice", Mistake: "makes a call again",
		Sentence: "Makes the call once to see whether it works, and then for its row.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "calls-explained",
		Edits: []Edit{{activitiesGo, "			row, err := step(ctx, o, n)\n", "			_, _ = step(ctx, o, n)\n			row, err := step(ctx, o, n)\n"}},
	},
	{
		Name: "no-answer-taken-for-done", Mistake: "takes silence for an answer",
		Sentence: "Takes a call without an answer for done where nothing depends on it.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"replies"}, Catch: "calls-explained",
		Edits: []Edit{
			{activitiesGo, "import (\n	\"context\"\n", "import (\n	\"context\"\n	\"errors\"\n"},
			{activitiesGo, "			row, err := step(ctx, o, n)\n", "			row, err := step(ctx, o, n)\n			if errors.Is(err, food.ErrNoAnswer) && !action.Deciding() {\n				return answer{Outcome: food.Done}, nil\n			}\n"},
		},
	},

	// The flow.
	{
		Name: "refusal-taken-for-yes", Mistake: "takes one answer for another",
		Sentence: "Takes any recorded row for a yes, so that a refused order goes on.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "no-stray-rows",
		Edits: []Edit{{workflowGo, "		s.dropCompensation(action)\n		return errRejected\n", "		return nil\n"}},
	},
	{
		Name: "points-before-the-kitchen", Mistake: "too early",
		Sentence: "Awards the points beside the question to the kitchen, to save a step.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "causes-first",
		Edits: []Edit{
			{workflowGo, "	if err := s.decide(food.Confirm); err != nil {\n", "	s.start(food.Award)\n	if err := s.decide(food.Confirm); err != nil {\n"},
			{workflowGo, "	s.addCompensation(food.Revoke)\n	s.start(food.Award)\n", "	s.addCompensation(food.Revoke)\n"},
		},
	},
	{
		Name: "completed-before-a-partner", Mistake: "too early",
		Sentence: "Mails that a partner is on the way while it looks for one.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"plain"}, Catch: "causes-first",
		Edits: []Edit{
			{workflowGo, "	s.start(food.MailConfirmed)\n", "	s.start(food.MailConfirmed)\n	s.start(food.MailPartnerAssigned)\n"},
			{workflowGo, "	s.start(food.StatusCompleted)\n	s.start(food.MailPartnerAssigned)\n", "	s.start(food.StatusCompleted)\n"},
		},
	},
	{
		Name: "confirmation-not-shown", Mistake: "forgets a call",
		Sentence: "Shows the confirmation beside the completion, which an order without a partner never comes to.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "settles",
		Edits: []Edit{
			{workflowGo, "	s.start(food.StatusConfirmed)\n", ""},
			{workflowGo, "	s.start(food.StatusCompleted)\n", "	s.start(food.StatusConfirmed)\n	s.start(food.StatusCompleted)\n"},
		},
	},
	{
		Name: "mailed-twice", Mistake: "starts a call in two places", Quick: true,
		Sentence: "Starts the mail of the confirmation in two places; the key hides it.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "calls-explained",
		Edits: []Edit{{workflowGo, "	s.start(food.MailConfirmed)\n", "	s.start(food.MailConfirmed)\n	s.inFlight.Go(s.detached, func(ctx workflow.Context) { s.call(ctx, food.MailConfirmed) })\n"}},
	},
	{
		Name: "returns-too-early", Mistake: "does not wait",
		Sentence: "Returns when the partner is found, without waiting for the calls that are in flight.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{workflowGo, "	return s.finish(food.Completed)\n", "	return food.Completed, nil\n"}},
	},
	{
		Name: "cancelled-returns-too-early", Mistake: "does not wait",
		Sentence: "Returns when the compensations have been started, without waiting for them.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"undos"}, Catch: "settles",
		Edits: []Edit{{compensationGo, "	s.takeBack(mail)\n	return s.finish(ending)\n", "	s.takeBack(mail)\n	return ending, nil\n"}},
	},
	{
		Name: "customer-hidden", Mistake: "changes the order on its way",
		Sentence: "Keeps only the first letter of the customer in the calls, for privacy in the histories.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "as-ordered",
		Edits: []Edit{{workflowGo, "	s := &saga{", "	o.Customer = o.Customer[:1]\n	s := &saga{"}},
	},
	{
		Name: "items-cut", Mistake: "cuts the order short",
		Sentence: "Keeps histories small by giving the calls the first item alone.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"plain"}, Catch: "money",
		Edits: []Edit{{workflowGo, "	s := &saga{", "	o.Items = o.Items[:1]\n	s := &saga{"}},
	},

	// Compensations.
	{
		Name: "refusal-compensated", Mistake: "undoes what was not done", Quick: true,
		Sentence: "Leaves the undo of a refused step registered: a declined card is refunded.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "no-stray-rows",
		Edits: []Edit{{workflowGo, "		s.dropCompensation(action)\n", ""}},
	},
	{
		Name: "only-last-dropped", Mistake: "undoes too little",
		Sentence: "Drops every undo but the one of the refused step: the test is the wrong way round.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "settles",
		Edits: []Edit{{compensationGo, "c[0].Undoes() == step", "c[0].Undoes() != step"}},
	},
	{
		Name: "mail-beside-refund", Mistake: "does not wait",
		Sentence: "Starts the mail about the refund beside the refund.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"undos"}, Catch: "causes-first",
		Edits: []Edit{{compensationGo, "		s.start(c...)\n", "		for _, action := range c {\n			s.start(action)\n		}\n"}},
	},
	{
		Name: "last-undo-only", Mistake: "undoes too little",
		Sentence: "Undoes the last step alone, as if each rejection took back one.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "money",
		Edits: []Edit{{compensationGo, "range s.compensations {", "range s.compensations[max(0, len(s.compensations)-1):] {"}},
	},
	{
		Name: "points-not-revoked", Mistake: "forgets a call", Quick: true,
		Sentence: "Registers no undo for the points.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "goods",
		Edits: []Edit{{workflowGo, "	s.addCompensation(food.Revoke)\n", ""}},
	},
	{
		Name: "rejection-fails-the-workflow", Mistake: "an ending taken for an error", Quick: true,
		Sentence: "Returns the rejection as the workflow's error, so that each rejected order is a failed workflow.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "nothing-left-over",
		Edits: []Edit{{compensationGo, "	return s.finish(ending)\n", "	ending, _ = s.finish(ending)\n	return ending, stepErr\n"}},
	},
	{
		Name: "wrong-mail-after-decline", Mistake: "takes one call for another",
		Sentence: "Mails \"cancelled\" after a declined card, where \"payment failed\" is due.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings"}, Catch: "no-stray-rows",
		Edits: []Edit{{workflowGo, "food.PaymentDeclined, food.MailPaymentFailed", "food.PaymentDeclined, food.MailCancelled"}},
	},

	// Orders that are placed again.
	{
		Name: "ids-reused", Mistake: "trusts the transport",
		Sentence: "Lets the id of a closed workflow be used again, as is the default; an order that is placed again goes through the flow again.",
		Styles:   orchestration, Seat: Whole, Cells: []string{"resubmitted"}, Catch: "nothing-left-over",
		Edits: []Edit{{"orchestration/coordinator.go", "WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE", "WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE"}},
	},

	// What no bench can see.
	{
		Name: "undo-registered-after", Mistake: "registers too late",
		Sentence: "Registers each undo when its step has answered.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings", "faults"},
		Harmless: "No step is left without an answer, and when the customer cancels everything is undone, whether it was registered or not.",
		Edits: []Edit{
			{workflowGo, "	s.addCompensation(food.Refund, food.MailRefunded)\n	if err := s.decide(food.Charge); err != nil {\n		return s.compensate(err, food.PaymentDeclined, food.MailPaymentFailed)\n	}\n",
				"	if err := s.decide(food.Charge); err != nil {\n		return s.compensate(err, food.PaymentDeclined, food.MailPaymentFailed)\n	}\n	s.addCompensation(food.Refund, food.MailRefunded)\n"},
		},
	},
	{
		Name: "undos-in-turn", Mistake: "waits too much",
		Sentence: "Waits for each undo before the next.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"endings", "faults"},
		Harmless: "It is slower, and no promise is broken: undos have no order among themselves.",
		Edits:    []Edit{{compensationGo, "		s.start(c...)\n", "		s.start(c...)\n		s.inFlight.Wait(s.detached)\n"}},
	},
}

package variants

const (
	participantGo = "choreography/participant.go"
	retryGo       = "choreography/retry.go"
	streamsGo     = "choreography/streams.go"
	eventsGo      = "choreography/events.go"
)

// orderValid is the last that is asked of an event, and tooStrict asks more before it.
const (
	orderValid = "	if err := e.Order.Validate(); err != nil {\n		return Event{}, fmt.Errorf(\"not an order"
	tooStrict  = "	if e.Reason != \"\" {\n		return Event{}, fmt.Errorf(\"unknown field\")\n	}\n" + orderValid
)

// inChoreography are mistakes in the participants and in what they share.
var inChoreography = []Variant{
	// The order of effect, publish and ack.
	{
		Name: "ack-before-call", Mistake: "acks too early",
		Sentence: "Acks the message first, so that a slow call is not redelivered; one that fails is never tried again.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{participantGo, "	} else {\n		err = s.react(", "	} else {\n		_ = m.Ack()\n		err = s.react("}},
	},
	{
		Name: "ack-before-publish", Mistake: "acks too early",
		Sentence: "Acks when the call has its row and then publishes; a worker that dies in between loses the event.",
		Styles:   choreography, Seat: Worker, Cells: []string{"worker-dies"}, Catch: "settles",
		Edits: []Edit{
			{participantGo, "s.react(ctx, e, r, attempt)\n	}", "s.react(ctx, m, e, r, attempt)\n	}"},
			{participantGo, "react(ctx context.Context, e Event,", "react(ctx context.Context, received jetstream.Msg, e Event,"},
			{participantGo, "	return s.publish(ctx, m)\n", "	_ = received.Ack()\n	time.Sleep(50 * time.Millisecond)\n	return s.publish(ctx, m)\n"},
		},
	},
	{
		Name: "publish-in-background", Mistake: "answers too early",
		Sentence: "Publishes in the background and acks at once; a worker that dies takes the event with it.",
		Styles:   choreography, Seat: Worker, Cells: []string{"worker-dies"}, Catch: "settles",
		Edits: []Edit{{participantGo, "	return s.publish(ctx, m)\n", "	time.AfterFunc(50*time.Millisecond, func() { _ = s.publish(ctx, m) })\n	return nil\n"}},
	},
	{
		Name: "placed-nowhere", Mistake: "ignores an error",
		Sentence: "Logs that an order can't be placed while the server is away, and calls it accepted.",
		Styles:   choreography, Seat: Whole, Cells: []string{"server-dies"}, Catch: "settles",
		Edits: []Edit{{"choreography/coordinator.go", "	for attempt := 1; ; attempt++ {\n", "	if !c.bus.conn.IsConnected() {\n		c.bus.Log.Warn(\"not placed\", \"for\", what)\n		return nil\n	}\n	for attempt := 1; ; attempt++ {\n"}},
	},
	{
		Name: "never-acks", Mistake: "forgets to finish",
		Sentence: "Handles the message and forgets the ack; every message is redelivered for ever.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "nothing-left-over",
		Edits: []Edit{{participantGo, "		err = m.Ack()\n", ""}},
	},
	{
		Name: "acks-repeats-only", Mistake: "acks at the wrong time",
		Sentence: "Acks what was redelivered alone, so that every call is made twice, a redelivery apart.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "calls-explained",
		Edits: []Edit{{participantGo, "		err = m.Ack()\n", "		if attempt > 1 {\n			err = m.Ack()\n		}\n"}},
	},
	{
		Name: "silence-taken-for-yes", Mistake: "takes silence for an answer",
		Sentence: "Acks a call without an answer where nothing follows from it: it will have happened.",
		Styles:   choreography, Seat: Worker, Cells: []string{"replies"}, Catch: "calls-explained",
		Edits: []Edit{
			{participantGo, "	if err != nil {\n		return err\n	}\n	kind := r.next(row)\n", "	if errors.Is(err, food.ErrNoAnswer) && r.done == \"\" {\n		return nil\n	}\n	if err != nil {\n		return err\n	}\n	kind := r.next(row)\n"},
		},
	},
	{
		Name: "consumer-made-anew", Mistake: "begins at the beginning",
		Sentence: "Deletes the consumer before it makes it, for a clean start; a worker that is started again gets every event again.",
		Styles:   choreography, Seat: Worker, Cells: []string{"worker-dies"}, Catch: "calls-explained",
		Edits: []Edit{{participantGo, "	c, err := b.consumerOf(ctx, p)\n", "	_ = b.js.DeleteConsumer(ctx, b.stream(), string(p.service))\n	c, err := b.consumerOf(ctx, p)\n"}},
	},
	{
		Name: "mails-tried-seldom", Mistake: "one service has another policy",
		Sentence: "Waits twenty times the back-off before it tries a mail again: mails are not urgent.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{participantGo, "		err = s.retries.keep(m, meta.Sequence.Stream, s.Policy.Backoff(attempt)) // it occupies no handler\n", "		wait := s.Policy.Backoff(attempt)\n		if s.service == food.Notification {\n			wait *= 20\n		}\n		err = s.retries.keep(m, meta.Sequence.Stream, wait)\n"}},
	},

	// Retries.
	{
		Name: "nak-at-once", Mistake: "retries too early",
		Sentence: "Naks without a delay: a failing service is called again at once, as fast as it can fail.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{participantGo, "s.retries.keep(m, meta.Sequence.Stream, s.Policy.Backoff(attempt))", "m.Nak()"}},
	},
	{
		Name: "nak-with-delay", Mistake: "leaves the waiting to another",
		Sentence: "Naks at once, with the back-off as a delay, as the client's guide has it; the server holds them up.",
		Styles:   choreography, Seat: Worker, Cells: []string{"failing"}, Catch: "on-time",
		Edits: []Edit{{participantGo, "s.retries.keep(m, meta.Sequence.Stream, s.Policy.Backoff(attempt))", "m.NakWithDelay(s.Policy.Backoff(attempt))"}},
	},
	{
		Name: "forgets-the-nak", Mistake: "forgets to finish",
		Sentence: "Forgets a message whose wait is over, without the nak: it comes after the redelivery clock.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{retryGo, "	delete(r.kept, seq)\n	_ = k.Nak()\n", "	delete(r.kept, seq)\n"}},
	},
	{
		Name: "kept-for-ever", Mistake: "forgets what has passed",
		Sentence: "Keeps the message in its list after the nak, so that its next failure is taken for the same one.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{retryGo, "	delete(r.kept, seq)\n	_ = k.Nak()\n", "	_ = k.Nak()\n"}},
	},
	{
		Name: "backoff-doubled", Mistake: "retries too late", Quick: true,
		Sentence: "Waits twice the back-off of the policy.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{participantGo, "s.Policy.Backoff(attempt))", "2 * s.Policy.Backoff(attempt))"}},
	},
	{
		Name: "backoff-fivefold", Mistake: "retries too late",
		Sentence: "Waits for five times the back-off of the policy.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{participantGo, "s.Policy.Backoff(attempt))", "5 * s.Policy.Backoff(attempt))"}},
	},
	{
		Name: "backoff-one-behind", Mistake: "counts wrongly",
		Sentence: "Takes the back-off of the attempt before, so that the first two waits are alike.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{participantGo, "s.Policy.Backoff(attempt))", "s.Policy.Backoff(attempt - 1))"}},
	},
	{
		Name: "unacked-bounded", Mistake: "bounds what must not be bounded",
		Sentence: "Bounds the unacked messages by the concurrency, so that calls which wait for a retry stop all others.",
		Styles:   choreography, Seat: Worker, Cells: []string{"crowded"}, Catch: "on-time",
		Edits: []Edit{{"choreography/policy.go", "MaxAckPending:  -1,", "MaxAckPending:  b.Policy.Concurrency,"}},
	},
	{
		Name: "ackwait-tripled", Mistake: "a clock too slow",
		Sentence: "Gives a dead worker's messages out again after three times the redelivery clock.",
		Styles:   choreography, Seat: Worker, Cells: []string{"worker-dies"}, Catch: "on-time",
		Edits: []Edit{{"choreography/policy.go", "b.Policy.Redelivery,", "3 * b.Policy.Redelivery,"}},
	},
	{
		Name: "attempt-always-1", Mistake: "counts wrongly",
		Sentence: "Passes attempt 1 to every call instead of counting deliveries; nothing is ever given up.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{participantGo, "int(meta.NumDelivered)", "1"}},
	},
	{
		Name: "attempt-from-0", Mistake: "counts wrongly",
		Sentence: "Counts attempts from 0, so that a deciding call is tried once too often.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "calls-explained",
		Edits: []Edit{{participantGo, "int(meta.NumDelivered)", "int(meta.NumDelivered) - 1"}},
	},
	{
		Name: "undo-dropped-after-12", Mistake: "gives up what must not be given up", Quick: true,
		Sentence: "Terminates a message after its twelfth delivery; an undo that fails for long is never made.",
		Styles:   choreography, Seat: Worker, Cells: []string{"undos"}, Catch: "settles",
		Edits: []Edit{{participantGo, "	switch {\n	case err != nil:\n		s.Log.Log(ctx, ", "	switch {\n	case err != nil && attempt >= 12:\n		err = m.Term()\n	case err != nil:\n		s.Log.Log(ctx, "}},
	},
	{
		Name: "delivered-at-most-3-times", Mistake: "sets an option wrong",
		Sentence: "Sets MaxDeliver to 3, as many guides do; the server stops before the deciding call is given up.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{"choreography/policy.go", "MaxDeliver:     -1,", "MaxDeliver:     3,"}},
	},
	{
		Name: "dead-letter-after-3", Mistake: "takes a failure for poison",
		Sentence: "Moves a message to the dead letters at its fourth delivery, as if it could not be decoded.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "nothing-left-over",
		Edits: []Edit{{participantGo, "	e, r, invalid := s.decode(m)\n", "	e, r, invalid := s.decode(m)\n	if attempt > 3 {\n		invalid = fmt.Errorf(\"delivered %d times\", attempt)\n	}\n"}},
	},
	{
		Name: "acks-none", Mistake: "trusts the transport",
		Sentence: "Creates the consumers without acks, so that whatever fails once is gone.",
		Styles:   choreography, Seat: Whole, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{"choreography/policy.go", "jetstream.AckExplicitPolicy", "jetstream.AckNonePolicy"}},
	},

	// Events.
	{
		Name: "message-id-is-the-order", Mistake: "one id for two things",
		Sentence: "Gives all events of an order one message id; the stream drops the second as a duplicate.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "settles",
		Edits: []Edit{{streamsGo, "jetstream.MsgIDHeader, eventID(order, k)", "jetstream.MsgIDHeader, order"}},
	},
	{
		Name: "version-raised", Mistake: "raises a version alone",
		Sentence: "Raises the version of events in the worker, which then refuses every order that is placed.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "nothing-left-over",
		Edits: []Edit{{eventsGo, "	Version = 1\n", "	Version = 2\n"}},
	},
	{
		Name: "reason-not-tolerated", Mistake: "reads too strictly",
		Sentence: "Takes an event for unreadable that has a field which others don't have: the reason of a rejection.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "money",
		Edits: []Edit{{eventsGo, orderValid, tooStrict}},
	},
	{
		Name: "unreadable-dropped", Mistake: "drops what it can't do",
		Sentence: "Reads as strictly as that, and drops the event instead of parking it.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "settles",
		Edits: []Edit{
			{eventsGo, orderValid, tooStrict},
			{participantGo, "		err = s.deadLetter(ctx, m, meta.Sequence.Stream, invalid)\n", "		err = nil\n"},
		},
	},
	{
		Name: "customer-left-out", Mistake: "changes the order on its way", Quick: true,
		Sentence: "Hides the customer in every event after the first, for privacy; mails go to \"guest\".",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "as-ordered",
		Edits: []Edit{{eventsGo, "	next := happened(k, e.Order)\n", "	e.Order.Customer = \"guest\"\n	next := happened(k, e.Order)\n"}},
	},
	{
		Name: "restaurant-of-the-cause", Mistake: "exchanges two fields",
		Sentence: "Puts the id of the event into the restaurant of the next: two fields in the wrong order.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "as-ordered",
		Edits: []Edit{{eventsGo, "	next := happened(k, e.Order)\n", "	e.Order.Restaurant = e.ID\n	next := happened(k, e.Order)\n"}},
	},
	{
		Name: "first-item-only", Mistake: "cuts the order short",
		Sentence: "Keeps events small by passing on the first item alone; points are awarded for that.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "goods",
		Edits: []Edit{{eventsGo, "	next := happened(k, e.Order)\n", "	e.Order.Items = e.Order.Items[:1]\n	next := happened(k, e.Order)\n"}},
	},
	{
		Name: "refusal-taken-for-done", Mistake: "takes one answer for another",
		Sentence: "Publishes what follows a done call whenever the call had a row, whatever the row is.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "no-stray-rows",
		Edits: []Edit{{participantGo, "	case row.TookEffect():\n", "	case row.Outcome != food.Blocked:\n"}},
	},
	{
		Name: "giving-up-is-silent", Mistake: "takes one answer for another",
		Sentence: "Publishes the rejection of a refused call, and none of one that was given up.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{participantGo, "	case row.Rejected():\n", "	case row.Outcome == food.Refused:\n"}},
	},
	{
		Name: "no-answer-taken-for-no", Mistake: "takes silence for an answer",
		Sentence: "Takes a lost reply for a rejection: the customer was charged and is mailed that the payment failed.",
		Styles:   choreography, Seat: Worker, Cells: []string{"replies"}, Catch: "settles",
		Edits: []Edit{
			{participantGo, "s.steps[r.does](ctx, e.Order, attempt)\n", "s.steps[r.does](ctx, e.Order, attempt)\n	if errors.Is(err, food.ErrNoAnswer) && r.rejected != \"\" {\n		row, err = food.Row{Outcome: food.Refused}, nil\n	}\n"},
		},
	},
	{
		Name: "calls-twice", Mistake: "makes a call again",
		Sentence: "Makes the call once to see whether it works, and then for its row.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "calls-explained",
		Edits: []Edit{{participantGo, "	row, err := s.steps[r.does]", "	_, _ = s.steps[r.does](ctx, e.Order, attempt)\n	row, err := s.steps[r.does]"}},
	},

	// Participants.
	{
		Name: "refund-not-announced", Mistake: "forgets a reaction",
		Sentence: "Publishes nothing after a refund that follows a missing partner, so no mail is sent about it.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "settles",
		Edits: []Edit{{"choreography/payments.go", "		DeliveryPartnerUnavailable:        {does: food.Refund, done: PaymentReversed, rej", "		DeliveryPartnerUnavailable:        {does: food.Refund, rej"}},
	},
	{
		Name: "ticket-not-cancelled", Mistake: "forgets a reaction",
		Sentence: "Forgets that the restaurant cooks when no partner is found.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "goods",
		Edits: []Edit{{"choreography/restaurants.go", "		DeliveryPartnerUnavailable: {does: food.CancelTicket, rejected: TicketCancellationFailed},\n", ""}},
	},
	{
		Name: "refunds-a-declined-card", Mistake: "undoes what was not done",
		Sentence: "Refunds after a failed payment as well, to be on the safe side.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "no-stray-rows",
		Edits: []Edit{{"choreography/payments.go", "		RestaurantOrderConfirmationFailed: {", "		PaymentFailed:                     {does: food.Refund},\n		RestaurantOrderConfirmationFailed: {"}},
	},
	{
		Name: "mails-exchanged", Mistake: "reacts to the wrong event", Quick: true,
		Sentence: "Mails \"refunded\" when the order is rejected and \"cancelled\" when the refund is there.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "causes-first",
		Edits: []Edit{{"choreography/notifications.go",
			"		RestaurantOrderConfirmationFailed: {does: food.MailCancelled},\n		DeliveryPartnerUnavailable:        {does: food.MailCancelled},\n		OrderCancelled:                    {does: food.MailCancelled},\n		PaymentReversed:                   {does: food.MailRefunded},\n",
			"		RestaurantOrderConfirmationFailed: {does: food.MailRefunded},\n		DeliveryPartnerUnavailable:        {does: food.MailRefunded},\n		OrderCancelled:                    {does: food.MailRefunded},\n		PaymentReversed:                   {does: food.MailCancelled},\n"}},
	},
	{
		Name: "partner-before-kitchen", Mistake: "reacts to the wrong event",
		Sentence: "Looks for a partner once the order is paid, while the kitchen has not answered yet.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "causes-first",
		Edits: []Edit{{"choreography/deliveries.go", "		RestaurantConfirmedOrder: {", "		PaymentSuccess: {"}},
	},
	{
		Name: "points-for-payment", Mistake: "too early",
		Sentence: "Awards the points once the order is paid; an order that the kitchen refuses keeps them.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "no-stray-rows",
		Edits: []Edit{{"choreography/loyalty.go", "		RestaurantConfirmedOrder: {", "		PaymentSuccess: {"}},
	},
	{
		Name: "completed-when-confirmed", Mistake: "takes one call for another",
		Sentence: "Shows the order as completed when the kitchen has it, and as confirmed when a partner has.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "causes-first",
		Edits: []Edit{{"choreography/orders.go",
			"		RestaurantConfirmedOrder: {does: food.StatusConfirmed},\n		DeliveryPartnerAssigned:  {does: food.StatusCompleted},\n",
			"		RestaurantConfirmedOrder: {does: food.StatusCompleted},\n		DeliveryPartnerAssigned:  {does: food.StatusConfirmed},\n"}},
	},

	// Orders that are placed again.
	{
		Name: "ids-forgotten", Mistake: "trusts the transport",
		Sentence: "Lets the stream forget message ids after a tenth of a second.",
		Styles:   choreography, Seat: Whole, Cells: []string{"resubmitted"},
		Harmless: "An order_placed has no message id: its subject is taken. A later event that is published again only costs deliveries, whose calls find their rows.",
		Edits:    []Edit{{streamsGo, "	dedup = 2 * time.Minute\n", "	dedup = 100 * time.Millisecond\n"}},
	},
	{
		Name: "placed-unconditionally", Mistake: "no precondition",
		Sentence: "Publishes order_placed whether its subject has one or not.",
		Styles:   choreography, Seat: Whole, Cells: []string{"resubmitted"}, Catch: "calls-explained",
		Edits: []Edit{{"choreography/coordinator.go", "	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, \"0\")\n", ""}},
	},
}

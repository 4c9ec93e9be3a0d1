package variants

const (
	callGo        = "food/call.go"
	servicesGo    = "food/services.go"
	errorsGo      = "food/errors.go"
	orderGo       = "food/order.go"
	idempotencyGo = "internal/ledger/idempotency.go"
	sqliteGo      = "internal/ledger/sqlite.go"
	faultsGo      = "bench/fault/plan.go"
)

// inWorld are mistakes in what both twins call: the services, the ledger behind them,
// and the faults in front of them. Most are run in the choreography alone, where runs are
// shorter: the code is the same.
var inWorld = []Variant{
	// Sums.
	{
		Name: "quantity-forgotten", Mistake: "a wrong sum", Quick: true,
		Sentence: "Adds up the prices of an order without their quantities.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "money",
		Edits: []Edit{{orderGo, "it.Price * Cents(it.Quantity)", "it.Price"}},
	},
	{
		Name: "money-in-floats", Mistake: "a wrong rounding",
		Sentence: "Adds up money as a float, which is a cent short for some prices.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "money",
		Edits: []Edit{{orderGo, "it.Price * Cents(it.Quantity)", "Cents(float64(it.Price) / 100 * float64(it.Quantity) * 100)"}},
	},
	{
		Name: "points-doubled", Mistake: "a wrong sum",
		Sentence: "Awards two points for each unit of money.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "goods",
		Edits: []Edit{{orderGo, "o.Total() / 100", "o.Total() / 50"}},
	},
	{
		Name: "points-rounded-up", Mistake: "a wrong rounding",
		Sentence: "Rounds points up instead of down.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "goods",
		Edits: []Edit{{orderGo, "o.Total() / 100", "(o.Total() + 99) / 100"}},
	},
	{
		Name: "refund-a-cent-short", Mistake: "a wrong sum",
		Sentence: "Gives back a cent less than was charged.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "money",
		Edits: []Edit{{idempotencyGo, "own.Amount = forward.Amount\n", "own.Amount = forward.Amount\n			if c.Action == food.Refund {\n				own.Amount--\n			}\n"}},
	},
	{
		Name: "refund-as-proposed", Mistake: "trusts the caller",
		Sentence: "Undoes the amount that the caller names, and it names none.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "money",
		Edits: []Edit{{idempotencyGo, "			own.Amount = forward.Amount\n", "			own.Amount = p.Amount\n"}},
	},

	// Panics.
	{
		Name: "panic-swallowed", Mistake: "ignores an error",
		Sentence: "Recovers from a panic and returns no error, so that the call passes for made.",
		Styles:   both, Seat: Worker, Cells: []string{"panics"}, Catch: "settles",
		Edits: []Edit{{errorsGo, "err = fmt.Errorf(", "_ = fmt.Errorf("}},
	},
	{
		Name: "panic-left-to-the-engine", Mistake: "trusts the transport",
		Sentence: "Leaves panics to the SDK, which recovers; a call that always panics is then never given up.",
		Styles:   orchestration, Seat: Worker, Cells: []string{"panics"}, Catch: "ends-as-drawn",
		Edits: []Edit{{servicesGo, "	err := contained(func() error {\n", "	err := func(call func() error) error { return call() }(func() error {\n"}},
	},
	{
		Name: "panic-taken-for-no", Mistake: "takes a failure for poison",
		Sentence: "Gives up a deciding call that panics at once: it would only panic again.",
		Styles:   both, Seat: Worker, Cells: []string{"panics"}, Catch: "ends-as-drawn",
		Edits: []Edit{{servicesGo, "limit > 0 && attempt >= limit {", "limit > 0 && (attempt >= limit || action.Deciding() && Severity(err) > 0) {"}},
	},

	// Giving up and refusing.
	{
		Name: "gives-up-early", Mistake: "gives up too soon", Quick: true,
		Sentence: "Gives a deciding call up one attempt early.",
		Styles:   both, Seat: Worker, Cells: []string{"faults"}, Catch: "ends-as-drawn",
		Edits: []Edit{{servicesGo, "limit > 0 && attempt >= limit {", "limit > 0 && attempt >= limit-1 {"}},
	},
	{
		Name: "giving-up-believed", Mistake: "takes silence for an answer",
		Sentence: "Gives a call up and does not look what the ledger says: it may have been done long ago.",
		Styles:   choreography, Seat: Worker, Cells: []string{"replies"}, Catch: "causes-first",
		Edits: []Edit{{servicesGo, "		return s.ledger.GiveUp(context.WithoutCancel(ctx), c)\n", "		row, err := s.ledger.GiveUp(context.WithoutCancel(ctx), c)\n		row.Outcome, row.Reason = Blocked, GaveUp\n		return row, err\n"}},
	},
	{
		Name: "tickets-cost", Mistake: "copied and not changed",
		Sentence: "Has the restaurant record the order's total as well, so that it is counted twice.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "money",
		Edits: []Edit{{"food/restaurants.go", "Confirm, o, attempt, Proposal{For: ticket(o)})", "Confirm, o, attempt, Proposal{For: ticket(o), Amount: o.Total()})"}},
	},
	{
		Name: "refusal-at-first-only", Mistake: "takes one answer for another",
		Sentence: "Looks for a refusal at the first attempt alone; after a failure the same call is done.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "ends-as-drawn",
		Edits: []Edit{{servicesGo, "refused && c.Action.Rejectable() {", "refused && c.Action.Rejectable() && c.Attempt == 1 {"}},
	},
	{
		Name: "points-given-up", Mistake: "gives up what must not be given up",
		Sentence: "Counts the award among the deciding calls, so that it is given up after four attempts.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "no-stray-rows",
		Edits: []Edit{{callGo, "return a == Charge || a == Confirm || a == Assign }", "return a == Charge || a == Confirm || a == Assign || a == Award }"}},
	},
	{
		Name: "given-up-is-not-rejected", Mistake: "takes one answer for another",
		Sentence: "Takes a refusal for a rejection, and a giving up for nothing.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "settles",
		Edits: []Edit{{"food/ledger.go", "	return r.Outcome == Refused || r.Outcome == Blocked && r.Reason == GaveUp\n", "	return r.Outcome == Refused\n"}},
	},
	{
		Name: "timeout-quartered", Mistake: "retries too early",
		Sentence: "Waits a quarter of the call timeout, so that a call which is merely slow is made again.",
		Styles:   both, Seat: Worker, Cells: []string{"slow"}, Catch: "calls-explained",
		Edits: []Edit{{servicesGo, "newTimeout(p.CallTimeout)", "newTimeout(p.CallTimeout / 4)"}},
	},
	{
		Name: "backoff-linear", Mistake: "a wrong formula",
		Sentence: "Adds to the back-off with each attempt instead of doubling it.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "on-time",
		Edits: []Edit{{"food/policy.go", "		d *= 2\n", "		d += p.FirstBackoff\n"}},
	},

	// Rows of the wrong kind.
	{
		Name: "mail-of-another-service", Mistake: "copied and not changed",
		Sentence: "Books the mail of the confirmation on the order service, from which its code was copied.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "no-stray-rows",
		Edits: []Edit{{"food/notifications.go", "s.do(ctx, Notification, MailConfirmed,", "s.do(ctx, OrderService, MailConfirmed,"}},
	},
	{
		Name: "partner-of-another-service", Mistake: "copied and not changed",
		Sentence: "Books the delivery partner on the restaurant, from which its code was copied.",
		Styles:   choreography, Seat: Worker, Cells: []string{"plain"}, Catch: "no-stray-rows",
		Edits: []Edit{{"food/deliveries.go", "s.do(ctx, Delivery, Assign,", "s.do(ctx, Restaurant, Assign,"}},
	},

	// What overtakes what.
	{
		Name: "confirmed-after-cancelled", Mistake: "news out of order", Quick: true,
		Sentence: "Lets a late \"confirmed\" follow \"cancelled\" in the customer's app.",
		Styles:   choreography, Seat: Worker, Cells: []string{"late-news"}, Catch: "no-stale-news",
		Edits: []Edit{{callGo, "return []Action{StatusCancelled, StatusCompleted}", "return []Action{StatusCompleted}"}},
	},
	{
		Name: "mailed-after-cancelled", Mistake: "news out of order",
		Sentence: "Mails \"confirmed\" to a customer who was mailed \"cancelled\".",
		Styles:   choreography, Seat: Worker, Cells: []string{"late-news"}, Catch: "no-stale-news",
		Edits: []Edit{{callGo, "	case MailConfirmed, MailPartnerAssigned:\n", "	case MailPartnerAssigned:\n"}},
	},
	{
		Name: "no-tombstone", Mistake: "forgets what was undone",
		Sentence: "Lets an award that comes after its revoke happen.",
		Styles:   choreography, Seat: Worker, Cells: []string{"late-news"}, Catch: "goods",
		Edits: []Edit{{idempotencyGo, "			fresh = append(fresh, blocked(c, action))\n			forward = &fresh[0]\n", "			forward = &food.Row{Outcome: food.Blocked}\n"}},
	},
	{
		Name: "no-barrier", Mistake: "forgets what was undone",
		Sentence: "Runs over a ledger in which no call blocks another.",
		Styles:   both, Seat: Worker, Cells: []string{"late-news"}, Catch: "no-stale-news",
		Edits: []Edit{{sqliteGo, "	f, last, err := openFile(path, mode, o)\n", "	o.NoBarrier = true\n	f, last, err := openFile(path, mode, o)\n"}},
	},
	{
		Name: "revoke-undoes-nothing", Mistake: "undoes too little",
		Sentence: "Forgets that revoking undoes the award: it takes no points back.",
		Styles:   choreography, Seat: Worker, Cells: []string{"endings"}, Catch: "goods",
		Edits: []Edit{{callGo, "	case Revoke:\n		return Award\n", ""}},
	},

	// Idempotency.
	{
		Name: "keyless", Mistake: "no idempotency key",
		Sentence: "Runs over a provider that forgets idempotency keys.",
		Styles:   both, Seat: Worker, Cells: []string{"replies"}, Catch: "once",
		Edits: []Edit{{sqliteGo, "	f, last, err := openFile(path, mode, o)\n", "	o.Keyless = true\n	f, last, err := openFile(path, mode, o)\n"}},
	},
	{
		Name: "asks-twice", Mistake: "no idempotency key", Quick: true,
		Sentence: "Asks the provider twice in one attempt, which only a key would make harmless.",
		Styles:   choreography, Seat: Worker, Cells: []string{"keyless"}, Catch: "once",
		Edits: []Edit{{servicesGo, "	row, absorbed, err := s.ledger.Do(ctx, c, p)\n", "	_, _, _ = s.ledger.Do(ctx, c, p)\n	row, absorbed, err := s.ledger.Do(ctx, c, p)\n"}},
	},
	{
		Name: "retries-inside", Mistake: "makes a call again",
		Sentence: "Tries a lost call again by itself, beside the engine that does so anyway.",
		Styles:   choreography, Seat: Worker, Cells: []string{"replies"}, Catch: "on-time",
		Edits: []Edit{{servicesGo, "	if err == nil {\n		return row, nil\n	}\n", "	if err != nil && attempt < s.policy.Attempts {\n		return s.do(ctx, svc, action, o, attempt+1, p)\n	}\n	if err == nil {\n		return row, nil\n	}\n"}},
	},

	// The instrument.
	{
		Name: "drawn-by-attempt", Mistake: "draws otherwise",
		Sentence: "Draws the faults of a call anew for each attempt.",
		Styles:   choreography, Seat: Worker, Cells: []string{"faults"}, Catch: "faults-as-drawn",
		Edits: []Edit{{faultsGo, "p.share(r, c.Order, c.Action) < r.Percent", "p.share(r, fmt.Sprint(c.Order, c.Attempt), c.Action) < r.Percent"}},
	},
	{
		Name: "one-hit-too-few", Mistake: "counts wrongly", Quick: true,
		Sentence: "Lets a fault hit one attempt less than it was planned for.",
		Styles:   choreography, Seat: Worker, Cells: []string{"retries"}, Catch: "faults-as-drawn",
		Edits: []Edit{{faultsGo, "c.Attempt > r.Times {", "c.Attempt >= r.Times {"}},
	},
	{
		Name: "commits-not-sent", Mistake: "loses evidence", Blind: true,
		Sentence: "Sends the harness every commit but those of one row.",
		Styles:   both, Seat: Worker, Cells: []string{"plain"},
		Edits: []Edit{{"internal/ledger/writer.go", "	if len(fresh) > 0 && w.options", "	if len(fresh) > 1 && w.options"}},
	},
}

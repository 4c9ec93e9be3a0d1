package checks

import (
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/workshop"
)

const (
	dieRestaurant = "choreography/restaurant.go"
	dieWorkflow   = "orchestration/workflow.go"

	dieCall = `	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	if err != nil {
		return m.NakWithDelay(backoff(m))
	}
`
	diePublish = `	if kind := reaction.next(answer); kind != "" {
		if _, err := r.js.PublishMsg(ctx, r.message(e.Then(kind, answer.Reason))); err != nil {
			return m.NakWithDelay(backoff(m))
		}
	}
`
	dieAck = `	return m.Ack()
}`
	dieTry = `	s.undos = append(s.undos, undo)
	got := s.ask(ctx, call)
	if got == refused { // a definite no
		s.undos = s.undos[:len(s.undos)-1]
	}
`
	dieUndo = `		answer, err := s.Call(s.detached, undo)
`
	dieTakeBack = `func (s *saga) takeBack(ctx workflow.Context) {
`
	dieImport = `import (
`
	dieEscalate = `			s.start("notification.mail-escalated")
`
)

var dieMutants = []workshop.Mutant{
	{
		Name: "never acks", Style: record.Choreography, Scenario: allWell,
		Sentence: "What was handled is in the provider and in the stream, so the server needs no ack.",
		Edits:    []workshop.Edit{{File: dieRestaurant, Old: dieAck, New: "	return nil\n}"}},
	},
	{
		Name: "publishes before it calls", Style: record.Choreography, Scenario: allWell,
		Sentence: "The kitchen hardly ever refuses, and the courier sets out earlier.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	if kind := reaction.done; kind != "" {
		if _, err := r.js.PublishMsg(ctx, r.message(e.Then(kind, ""))); err != nil {
			return m.NakWithDelay(backoff(m))
		}
	}
` + dieCall}},
	},
	{
		Name: "acks a call that failed", Style: record.Choreography, Scenario: kitchenAway,
		Sentence: "An error is logged, and the next message must not wait for it.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	if err != nil {
		log.Print(err)
		return m.Ack()
	}
`}},
	},
	{
		Name: "no back-off", Style: record.Choreography, Scenario: kitchenAway,
		Sentence: "What failed is returned to the server, and comes again at once.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	if err != nil {
		return m.Nak()
	}
`}},
	},
	{
		Name: "gives up after ten deliveries", Style: record.Choreography, Scenario: kitchenAway,
		Sentence: "A message that failed ten times is a poison message, and blocks the others.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	if err != nil {
		if meta, err := m.Metadata(); err == nil && meta.NumDelivered > 10 {
			return m.TermWithReason("poison message")
		}
		return m.NakWithDelay(backoff(m))
	}
`}},
	},
	{
		Name: "refuses in the kitchen's name", Style: record.Choreography, Scenario: kitchenAway,
		Sentence: "A kitchen that does not answer five times will not cook, and the customer should know.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	if meta, at := m.Metadata(); err != nil && at == nil && meta.NumDelivered > 5 {
		answer, err = kit.Answer{Outcome: "refused", Reason: "no_answer"}, nil
	}
	if err != nil {
		return m.NakWithDelay(backoff(m))
	}
`}},
	},
	{
		Name: "tries again until its context has ended", Style: record.Choreography, Scenario: kitchenAway,
		Sentence: "A loop in the handler keeps the message, and the server need not deliver it again.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	for err != nil {
		time.Sleep(backoff(m))
		answer, err = r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	}
`}},
	},
	{
		Name: "takes a redelivery for a duplicate", Style: record.Choreography, Scenario: kitchenAway,
		Sentence: "A message that comes a second time was handled the first time.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	if meta, err := m.Metadata(); err == nil && meta.NumDelivered > 1 {
		return m.Ack()
	}
` + dieCall}},
	},
	{
		Name: "acks first and tries by itself", Style: record.Choreography, Scenario: killedBefore,
		Sentence: "With the message acked no other instance gets it too, and a loop makes sure that it is handled.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: dieCall, New: `	if err := m.Ack(); err != nil {
		return err
	}
	ctx = context.Background()
	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	for err != nil {
		time.Sleep(backoff(m))
		answer, err = r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	}
`}, {File: dieRestaurant, Old: dieAck, New: "	return nil\n}"}},
	},
	{
		Name: "acks when the call is done", Style: record.Choreography, Scenario: killedBeforePublish,
		Sentence: "The work is done then, and the event is only news of it.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: diePublish + dieAck, New: `	if err := m.Ack(); err != nil {
		return err
	}
	if kind := reaction.next(answer); kind != "" {
		_, err = r.js.PublishMsg(ctx, r.message(e.Then(kind, answer.Reason)))
	}
	return err
}`}},
	},
	{
		Name: "does not wait for the stream", Style: record.Choreography, Scenario: eventLost,
		Sentence: "The client has the event in its buffer, and its buffer is reliable.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: "r.js.PublishMsg(ctx, r.message(e.Then(kind, answer.Reason)))",
			New: "r.js.PublishMsgAsync(r.message(e.Then(kind, answer.Reason)))"}},
	},
	{
		Name: "acks although the stream did not answer", Style: record.Choreography, Scenario: eventLost,
		Sentence: "A publish that failed is logged. To call the kitchen again for that would be wrong.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: diePublish, New: `	if kind := reaction.next(answer); kind != "" {
		if _, err := r.js.PublishMsg(ctx, r.message(e.Then(kind, answer.Reason))); err != nil {
			log.Print(err)
		}
	}
`}},
	},
	{
		Name: "takes a duplicate for a failure", Style: record.Choreography, Scenario: killedBeforeAck,
		Sentence: "The stream did not store the event, so it has to be published again.",
		Edits: []workshop.Edit{{File: dieRestaurant, Old: diePublish, New: `	if kind := reaction.next(answer); kind != "" {
		if stored, err := r.js.PublishMsg(ctx, r.message(e.Then(kind, answer.Reason))); err != nil || stored.Duplicate {
			return m.NakWithDelay(backoff(m))
		}
	}
`}},
	},

	{
		Name: "undoes what was refused", Style: record.Orchestration, Scenario: callRefused,
		Sentence: "An undo of nothing is harmless, so it need not be dropped.",
		Edits: []workshop.Edit{{File: dieWorkflow, Old: dieTry, New: `	s.undos = append(s.undos, undo)
	got := s.ask(ctx, call)
`}},
	},
	{
		Name: "undoes the last step alone", Style: record.Orchestration, Scenario: callRefused,
		Sentence: "What comes before the step that failed was done already.",
		Edits:    []workshop.Edit{{File: dieWorkflow, Old: dieTry, New: "	s.undos = []string{undo}\n	got := s.ask(ctx, call)\n	if got == refused {\n		s.undos = nil\n	}\n"}},
	},
	{
		Name: "remembers in memory what it has undone", Style: record.Orchestration, Scenario: callRefused,
		Sentence: "No undo may be made twice, so the program notes which ones were made.",
		Edits: []workshop.Edit{
			{File: dieWorkflow, Old: dieImport, New: dieImport + "	\"sync\"\n\n"},
			{File: dieWorkflow, Old: dieTakeBack, New: "var undone sync.Map\n\n" + dieTakeBack},
			{File: dieWorkflow, Old: dieUndo, New: `		if _, before := undone.LoadOrStore(s.ID+undo, true); before {
			continue
		}
` + dieUndo},
		},
	},
	{
		Name: "decides by the clock of its process", Style: record.Orchestration, Scenario: callRefused,
		Sentence: "An order from before a restart may have been taken back already, so a person looks at it.",
		Edits: []workshop.Edit{
			{File: dieWorkflow, Old: dieImport, New: dieImport + "	\"time\"\n\n"},
			{File: dieWorkflow, Old: dieTakeBack, New: "var begun = time.Now()\n\n" + dieTakeBack + `	if workflow.GetInfo(ctx).WorkflowStartTime.Before(begun) {
		s.start("notification.mail-escalated")
		return
	}
`},
		},
	},
	{
		Name: "undoes on the workflow's context", Style: record.Orchestration, Scenario: cancelledBooked,
		Sentence: "There is one context, and it is the first parameter.",
		Edits:    []workshop.Edit{{File: dieWorkflow, Old: dieUndo, New: "		answer, err := s.Call(ctx, undo)\n"}},
	},
	{
		Name: "does not notice the cancellation", Style: record.Orchestration, Scenario: cancelledBooked,
		Sentence: "On the detached context a call is never cut short, so nothing is ever unknown.",
		Edits: []workshop.Edit{
			{File: dieWorkflow, Old: "	got := s.ask(ctx, call)\n", New: "	got := s.ask(s.detached, call)\n"},
			{File: dieWorkflow, Old: `s.ask(ctx, "delivery.assign")`, New: `s.ask(s.detached, "delivery.assign")`},
		},
	},
	{
		Name: "registers the undo when its step is done", Style: record.Orchestration, Scenario: cancelledCharge,
		Sentence: "What was not done need not be undone.",
		Edits: []workshop.Edit{{File: dieWorkflow, Old: dieTry, New: `	got := s.ask(ctx, call)
	if got == done {
		s.undos = append(s.undos, undo)
	}
`}},
	},
	{
		Name: "registers early for money alone", Style: record.Orchestration, Scenario: cancelledConfirm,
		Sentence: "Only where money is at stake is it worth to undo what may not have happened.",
		Edits: []workshop.Edit{{File: dieWorkflow, Old: dieTry, New: `	if undo == "payment.refund" {
		s.undos = append(s.undos, undo)
	}
	got := s.ask(ctx, call)
	switch {
	case undo == "payment.refund" && got == refused:
		s.undos = nil
	case undo != "payment.refund" && got == done:
		s.undos = append(s.undos, undo)
	}
`}},
	},
	{
		Name: "detaches when it is cancelled already", Style: record.Orchestration, Scenario: cancelledUndoing,
		Sentence: "A context that is not cancelled can be used.",
		Edits: []workshop.Edit{{File: dieWorkflow, Old: dieUndo, New: `		on := ctx
		if ctx.Err() != nil {
			on = s.detached
		}
		answer, err := s.Call(on, undo)
`}},
	},
	{
		Name: "stops at an undo that is refused", Style: record.Orchestration, Scenario: undoRefused,
		Sentence: "A person takes over from there.",
		Edits:    []workshop.Edit{{File: dieWorkflow, Old: dieEscalate, New: dieEscalate + "			return\n"}},
	},
}

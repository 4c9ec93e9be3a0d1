package checks

import (
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/workshop"
)

const (
	paysInChoreography  = "choreography/payments.go"
	paysInOrchestration = "orchestration/payments.go"
)

// What the solution has, where mutants have something else.
const (
	keyOfCall  = `	key := e.Order.ID + "." + action` + "\n"
	callOfPay  = `s.cell.Call(ctx, action, e.Order, key)`
	lookInside = "	if err == nil {\n		err = json.Unmarshal(entry.Value(), &answer)\n		return answer, err\n	}\n"
	otherError = "	if !errors.Is(err, jetstream.ErrKeyNotFound) {\n		return answer, err\n	}\n"
	callAndPut = "	if answer, err = s.cell.Call(ctx, action, e.Order, key); err != nil {\n		return answer, err\n	}\n" +
		"	text, err := json.Marshal(answer)\n	if err != nil {\n		return answer, err\n	}\n" +
		"	_, err = s.inbox.Put(ctx, key, text)\n	return answer, err\n"
	getFromInbox = "	entry, err := s.inbox.Get(ctx, key)\n"
	keyOfOrder   = `	return o.ID + "." + action`
)

var twiceMutants = []workshop.Mutant{
	choreographed("no key", lostReplies, "trusts the message id, by which the stream drops what is published twice: a redelivery is no second message",
		workshop.Edit{Old: callOfPay, New: `s.cell.Call(ctx, action, e.Order, "")`}),
	choreographed("key with the delivery count", lostReplies, "makes the key of the message's sequence and of how often it was delivered",
		workshop.Edit{Old: callOfPay, New: `s.cell.Call(ctx, action, e.Order, key+ofDelivery(m))`},
		workshop.Edit{Old: "// pay makes one call,", New: metadata + "// pay makes one call,"},
		workshop.Edit{Old: `	"log"` + "\n", New: `	"log"` + "\n	\"strconv\"\n"}),
	choreographed("ack when received", lostReplies, "acks first, to be quick: what is acked does not come again",
		workshop.Edit{Old: "	if err := s.react(ctx, e, m); err != nil {", New: "	m.Ack()\n	if err := s.react(ctx, e, m); err != nil {"}),
	choreographed("one key for charge and refund", allWell, "makes the key of the order alone",
		workshop.Edit{Old: keyOfCall, New: "	key := e.Order.ID\n"},
		workshop.Edit{Old: getFromInbox, New: "	entry, err := s.inbox.Get(ctx, key+action)\n"},
		workshop.Edit{Old: "s.inbox.Put(ctx, key, text)", New: "s.inbox.Put(ctx, key+action, text)"}),
	choreographed("no inbox", sameAgain, "relies on the provider's memory",
		workshop.Edit{Old: lookInside, New: "	if err == nil && len(entry.Value()) == 0 {\n		return answer, nil\n	}\n	err = jetstream.ErrKeyNotFound\n"}),
	choreographed("inbox in memory", sameAgain, "keeps the inbox in a variable of the process",
		workshop.Edit{Old: getFromInbox, New: "	entry, err := s.inbox.Get(ctx, key)\n	if err == nil && !handled[key] {\n		err = jetstream.ErrKeyNotFound\n	}\n	handled[key] = true\n"},
		workshop.Edit{Old: "// pay makes one call,", New: "var handled = map[string]bool{}\n\n// pay makes one call,"}),
	choreographed("key from the stream's sequence", sameAgain, "knows a message by its place in the stream",
		workshop.Edit{Old: keyOfCall, New: "	key := action + ofMessage(m)\n"},
		workshop.Edit{Old: "// pay makes one call,", New: sequence + "// pay makes one call,"},
		workshop.Edit{Old: `	"log"` + "\n", New: `	"log"` + "\n	\"strconv\"\n"}),
	choreographed("any error is none", sameAgain, "takes each error of the inbox for an entry that is not there",
		workshop.Edit{Old: otherError, New: ""},
		workshop.Edit{Old: "	\"errors\"\n", New: ""}),
	choreographed("written, most likely", sameAgain, "goes on when the inbox did not take the answer",
		workshop.Edit{Old: "	_, err = s.inbox.Put(ctx, key, text)\n	return answer, err\n", New: "	s.inbox.Put(ctx, key, text)\n	return answer, nil\n"}),
	choreographed("key is the event's id", sameAgain, "knows a call by the event that asks for it: two events may ask for one refund",
		workshop.Edit{Old: keyOfCall, New: "	key := e.ID\n"}),
	choreographed("inbox by the event's id", sameAgain, "has a right key, and keeps in the inbox which events were handled, not which calls",
		workshop.Edit{Old: getFromInbox, New: "	entry, err := s.inbox.Get(ctx, e.ID)\n"},
		workshop.Edit{Old: "s.inbox.Put(ctx, key, text)", New: "s.inbox.Put(ctx, e.ID, text)"}),
	choreographed("keeps no refusal", sameAgain, "keeps in the inbox what was done, and not what was refused",
		workshop.Edit{Old: "	text, err := json.Marshal(answer)\n", New: "	if !answer.Done() {\n		return answer, nil\n	}\n	text, err := json.Marshal(answer)\n"}),
	choreographed("keeps that and not what", sameAgain, "keeps in the inbox that there was an answer, and takes it for a yes",
		workshop.Edit{Old: lookInside, New: "	if err == nil && len(entry.Value()) > 0 {\n		return kit.Answer{Outcome: \"done\"}, nil\n	}\n"}),
	choreographed("key of customer and amount", allWell, "knows a payment by who pays and how much, and the message by its order",
		workshop.Edit{Old: callOfPay, New: "s.cell.Call(ctx, action, e.Order, ofPayment(action, e.Order))"},
		workshop.Edit{Old: "// pay makes one call,", New: ofPayment + "// pay makes one call,"},
		workshop.Edit{Old: `	"log"` + "\n", New: `	"log"` + "\n	\"strconv\"\n"}),
	choreographed("inbox before the effect", killedBefore, "takes a message for handled before it is, and takes that back only if the call fails",
		workshop.Edit{Old: callAndPut, New: `	if _, err = s.inbox.Put(ctx, key, []byte(` + "`" + `{"outcome":"done"}` + "`" + `)); err != nil {
		return answer, err
	}
	if answer, err = s.cell.Call(ctx, action, e.Order, key); err != nil {
		return answer, errors.Join(err, s.inbox.Delete(ctx, key))
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return answer, err
	}
	_, err = s.inbox.Put(ctx, key, text)
	return answer, err
`}),
	choreographed("inbox without the answer", killedBeforePublish, "keeps that a message was handled, and not what came of it: the second time nothing follows",
		workshop.Edit{Old: lookInside, New: "	if err == nil && len(entry.Value()) > 0 {\n		return answer, nil\n	}\n"}),
	choreographed("ack before the publish", killedBeforePublish, "acks when the call is made, and publishes then",
		workshop.Edit{Old: "	answer, err := s.pay(ctx, action, e, m)\n", New: "	answer, err := s.pay(ctx, action, e, m)\n	if err == nil {\n		m.Ack()\n	}\n"}),

	orchestrated("no key", lostReplies, "trusts Temporal to make each activity once",
		workshop.Edit{Old: keyOfOrder, New: `	return ""`}),
	orchestrated("new key each time", lostReplies, "draws a random key in the activity",
		workshop.Edit{Old: keyOfOrder, New: `	return rand.Text()`},
		workshop.Edit{Old: `	"context"` + "\n", New: `	"context"` + "\n	\"crypto/rand\"\n"}),
	orchestrated("key with the attempt", lostReplies, "makes the key of the order, the call and the attempt",
		workshop.Edit{Old: keyOfOrder, New: `	return fmt.Sprint(o.ID, action, activity.GetInfo(ctx).Attempt)`},
		workshop.Edit{Old: `	"context"` + "\n", New: `	"context"` + "\n	\"fmt\"\n"}),
	orchestrated("no error is an answer", lostReplies, "takes no answer for a refusal: the customer is charged and gets nothing",
		workshop.Edit{Old: `	return s.cell.Call(ctx, "charge", o, key(ctx, "charge", o))`, New: `	a, err := s.cell.Call(ctx, "charge", o, key(ctx, "charge", o))
	if err != nil {
		return kit.Answer{Outcome: "refused", Reason: err.Error()}, nil
	}
	return a, nil`}),
	orchestrated("key is the activity's id", allWell, "takes an id of Temporal's that is counted anew in each workflow",
		workshop.Edit{Old: keyOfOrder, New: `	return activity.GetInfo(ctx).ActivityID`}),
	orchestrated("one key for charge and refund", allWell, "makes the key of the order alone",
		workshop.Edit{Old: keyOfOrder, New: `	return o.ID`}),
	orchestrated("key of customer and restaurant", allWell, "knows a payment by who pays whom",
		workshop.Edit{Old: keyOfOrder, New: `	return o.Customer + "." + o.Restaurant + "." + action`}),
	orchestrated("key is the run's id", workflowReset, "takes the id of the workflow's run, and a reset begins another one",
		workshop.Edit{Old: keyOfOrder, New: `	return activity.GetInfo(ctx).WorkflowExecution.RunID + "." + action`}),
}

// Helpers that mutants have besides.
const (
	ofPayment = `func ofPayment(action string, o kit.Order) string {
	var total int64
	for _, i := range o.Items {
		total += i.Price * int64(i.Quantity)
	}
	return o.Customer + action + strconv.FormatInt(total, 10)
}

`
	sequence = `func ofMessage(m jetstream.Msg) string {
	meta, err := m.Metadata()
	if err != nil {
		return ""
	}
	return strconv.FormatUint(meta.Sequence.Stream, 10)
}

`
	metadata = `func ofDelivery(m jetstream.Msg) string {
	meta, err := m.Metadata()
	if err != nil {
		return ""
	}
	return strconv.FormatUint(meta.NumDelivered, 10)
}

`
)

func choreographed(name, scenario, sentence string, edits ...workshop.Edit) workshop.Mutant {
	return mutant(record.Choreography, paysInChoreography, name, scenario, sentence, edits)
}

func orchestrated(name, scenario, sentence string, edits ...workshop.Edit) workshop.Mutant {
	return mutant(record.Orchestration, paysInOrchestration, name, scenario, sentence, edits)
}

// mutant is one whose edits are all of one file.
func mutant(style, file, name, scenario, sentence string, edits []workshop.Edit) workshop.Mutant {
	for i := range edits {
		edits[i].File = file
	}
	return workshop.Mutant{Name: name, Style: style, Sentence: sentence, Scenario: scenario, Edits: edits}
}

// Package choreography places orders with NATS JetStream, each as a saga that no
// part of the program directs: six participants subscribe to events about the order,
// each makes its own calls and publishes events about their outcome.
//
// # The idea
//
// An event is a fact: it says what happened, not what should happen next. Its
// publisher does not know its subscribers. A participant subscribes to some kinds
// of events and makes one call on each. What follows from the call's row in the
// ledger is published as the next event.
//
// Drawn by sagabench flow --style choreography:
//
//	WHAT HAPPENED           IS PUBLISHED AS                       RECEIVED BY   WHICH CALLS (↩ undoes)
//	order placed            order_placed                          payment       charge
//	charge done             payment_success                       restaurant    confirm
//	charge rejected         payment_failed                        order         status-cancelled
//	                                                              notification  mail-payment-failed
//	confirm done            restaurant_confirmed_order            delivery      assign
//	                                                              order         status-confirmed
//	                                                              loyalty       award
//	                                                              notification  mail-confirmed
//	confirm rejected        restaurant_order_confirmation_failed  payment       ↩ refund
//	                                                              order         status-cancelled
//	                                                              notification  mail-cancelled
//	assign done             delivery_partner_assigned             order         status-completed
//	                                                              notification  mail-partner-assigned
//	assign rejected         delivery_partner_unavailable          payment       ↩ refund
//	                                                              restaurant    ↩ cancel-ticket
//	                                                              loyalty       ↩ revoke
//	                                                              order         status-cancelled
//	                                                              notification  mail-cancelled
//	customer cancels        cancellation_requested                delivery      cancel
//	cancel done             order_cancelled                       payment       ↩ refund
//	                                                              restaurant    ↩ cancel-ticket
//	                                                              loyalty       ↩ revoke
//	                                                              order         status-cancelled
//	                                                              notification  mail-cancelled
//	refund done             payment_reversed                      notification  mail-refunded
//	refund rejected         payment_reversal_failed               notification  mail-escalated
//	cancel-ticket rejected  ticket_cancellation_failed            notification  mail-escalated
//	revoke rejected         points_revocation_failed              notification  mail-escalated
//	person resolves         escalation_resolved                   order         resolve
//
// Three events are not a participant's: order_placed and cancellation_requested are
// the customer's, and escalation_resolved is that of a person who has helped.
//
// # Who knows the flow
//
// No service knows the whole flow. The table above is a comment, put together from
// outside; the program has it in six pieces, one file per participant, each by the
// events of that participant.
// To find out what happens after a payment, search for the reactions to
// PaymentSuccess. To add a call that nothing follows, such as another mail, add a
// reaction; no other participant changes. A step in between needs events of its
// own, and its neighbours change to react to them. To change the order of steps,
// find all that react to their events first.
//
// # What happens when a call is rejected
//
// The participant publishes that, an event like any other. Every participant that
// has something to compensate subscribes to it and makes its own undo, all at the
// same time. None waits for the last compensation, and none could know that it was
// the last. An undo that finds nothing to undo publishes nothing, so the customer
// gets no mail about a refund of nothing. One that is rejected itself publishes that,
// and the customer is told. Nothing else waits for the person's answer: that it is
// missing shows in the stream alone, by an event that none has followed.
//
// # What happens when a call gets no answer
//
// The participant keeps the message, unacked, for as long as the policy's back-off.
// Then it returns it (a nak), and JetStream redelivers it at once. A message that
// waits like this occupies no handler, so calls that fail don't keep the others from
// being made. JetStream could wait instead, with a nak that has a delay, but many of
// those hold each other up: see [retries], and docs/upstream.md.
//
// The worker knows when a message is due, and the server does not. When a worker dies,
// what waits comes again after the redelivery timeout, perhaps later than its back-off
// and perhaps sooner. One that is closed returns it with a delay of what is left; with
// thousands waiting they come late once, by about a tenth of a second.
//
// A call that panics got no answer either: [food.Services] contains the panic, and
// nothing else is harmed. (One in the code of this package ends the process.)
//
// The number of deliveries is the number of the attempt. One whose worker died
// counts too, so a deciding call may be tried less often than the policy says. If it
// still has no answer at the last attempt, [food.Services] gives it up, by a row in
// the ledger, and the participant gets a definite rejection. A lost reply looks the
// same: the call is made again under its idempotency key, and its row is found.
//
// # What happens when a process dies
//
// A [Worker] runs all six participants. JetStream does not notice when it dies, but
// its messages pass the redelivery timeout, AckWait, and go to whichever worker runs
// then. In place of an outbox (an event stored in one transaction with the state,
// and a relay) a participant publishes its event before it acks the message that it
// reacts to, and can do both again: the ledger answers as before, and the event has
// the same message id. Delivery is at-least-once, and the idempotency key makes the
// second one harmless.
//
// A server that was killed has its streams in files, unless [Config].Memory is set,
// and workers and coordinators reconnect. By default it syncs the files every two
// minutes, so a loss of power may take accepted orders. What it had not confirmed is
// published again: a caller of [Coordinator.Submit] that got no reply submits again,
// and the stream refuses a second order_placed of an id for as long as it exists.
//
// A worker whose consumer or stream is deleted while it runs does not fall silent: it
// takes no more work and calls [Config].Failed.
//
// # What happens to an order that makes no sense
//
// A message that can't be decoded, or is of a version that this build does not know,
// would be redelivered for ever. It becomes a dead letter: moved to a stream of its own
// with the reason, counted there, and not delivered again. No dead letter is dropped.
// When their stream is full, messages like that stay where they are, unacked, and each
// attempt to move them logs a warning.
//
// # What happens in a rolling deploy
//
// Workers of two builds share the events. A field that is new is ignored by the older
// build, and is not in the events that this one publishes next; to the newer build a
// field that is missing is empty: so it must be one that an event can do without. A
// change that is more than that raises [Version], and first every worker is replaced by
// one that accepts both, and then by one that publishes the new.
//
// # What happens when the customer cancels
//
// [Coordinator.Cancel] publishes cancellation_requested. Delivery, where the pivot is,
// reacts: before a partner is assigned it closes that door and publishes
// order_cancelled, to which all others react as to a missing partner, whether they have
// done anything yet or not. After it, the request is blocked and nothing follows.
// Participants don't know of each other, so an order that payment has just declined
// may be cancelled as well: then the undos find nothing, and the customer gets both
// mails.
//
// # What happens when somebody helps by hand
//
// Deleting a message or a stream compensates nothing. What waits is found by an
// [Operator], who also publishes dead letters again: see stuck.go.
//
// # Read next
//
// payments.go, which is all that a participant knows, and the five files like it.
// Then participant.go, the loop they share; retry.go; events.go; streams.go and policy.go, the
// server's configuration; coordinator.go and connect.go. cloudevents.go and trace.go are
// for tools that know nothing of this package, and harness.go is for the experiment
// alone; stuck.go and story.go, with what they stand on, are for whoever looks after the
// orders, and flow.go for who wants to see the flow. Then package
// orchestration, where the same order is placed by one workflow that knows the flow.
package choreography

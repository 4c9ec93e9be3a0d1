// Package choreography coordinates an order without a coordinator: six
// participants hear what happened on a NATS JetStream stream, do their part and
// say how it went.
//
// # The idea
//
// An event is a fact: it says what happened, not what should happen next. Who
// publishes it does not know who hears it.
//
//	hears                                 participant   does                  says
//	order_placed                          payment       charge                payment_success | payment_failed
//	payment_success                       restaurant    confirm               restaurant_confirmed_order |
//	                                                                          restaurant_order_confirmation_failed
//	restaurant_confirmed_order            order         status confirmed
//	                                      delivery      assign                delivery_partner_assigned |
//	                                                                          delivery_partner_unavailable
//	                                      loyalty       award
//	                                      notification  mail confirmed
//	delivery_partner_assigned             order         status completed
//	                                      notification  mail partner assigned
//
//	payment_failed                        order         status cancelled
//	                                      notification  mail payment failed
//	restaurant_order_confirmation_failed  order         status cancelled
//	                                      payment       refund                payment_reversed
//	                                      notification  mail cancelled
//	delivery_partner_unavailable          order         status cancelled
//	                                      payment       refund                payment_reversed
//	                                      restaurant    cancel ticket
//	                                      loyalty       revoke
//	                                      notification  mail cancelled
//	payment_reversed                      notification  mail refunded
//
// # Who knows the flow
//
// Nobody. The table above is a comment; the program has it in six pieces, one
// per file, each sorted by what one participant hears. To find out what happens
// after a payment, search for who hears payment_success. To add a step, add a
// participant; nobody else changes. To change the order of steps, change what
// several of them hear, and find all of them first.
//
// # What happens when a step says no
//
// It says so: a no is an event like any other. Whoever has something to take
// back hears it and takes it back, all at the same time and each on its own.
// Nobody waits for the last undo, and nobody could tell that it was the last.
//
// # What happens when nobody answers
//
// The participant lets go of the message with a delay (a nak), which the policy
// gives, and JetStream brings it again. A message that waits like this holds no
// slot, so calls that fail don't keep the others from being made. How often it
// came is the number of the attempt. A deciding call that still has no answer
// at the last one is given up, which is recorded and then said as a no.
//
// # What happens when a process dies
//
// A participant publishes what it says before it acks what it heard: the unacked
// message is its outbox. When a worker dies, what it had not acked comes again
// after the redelivery clock has run out, to whoever works then; the ledger
// answers as it did, and the same event is said under the same message id. When
// the server dies, everyone reconnects; what it had confirmed is in its files,
// and what it had not is said again.
//
// A message that can't be understood would come for ever. It is moved to the
// dead-letter stream with the reason, and nobody hears it again.
//
// # Read next
//
// payments.go, which is what a participant knows. Then participant.go, the only
// place that hears JetStream while orders flow, events.go, the vocabulary, and
// streams.go, what is asked of the server. Then the package orchestration, file
// by file beside this one.
package choreography

package checks

import "github.com/sagabench/sagabench/workshop"

// The situations in which a wrong key shows: a customer is charged twice, or not at all,
// or is not refunded, or twice.
const (
	replyLost = iota // a second attempt, of the same process
	died             // a second attempt, of another process
	again            // as if it were new, long after, when the provider still knows its keys
	refunded         // another call for the same order
	another          // the same call for another order
	twoEvents        // the same call for another reason
)

func twicePreface(learner uint64) string { return keys.preface(learner) }

func twiceQuestions(learner uint64) []workshop.Question { return keys.questions(learner) }

// keys are what a key may be made of. There is no inbox.
var keys = grid{
	name: "key", draws: 3,
	about: "Five keys for the calls of charge and refund, and no inbox. In which of these situations does each of them " +
		"go wrong: a customer is charged twice, or not at all, or is not refunded, or twice?",
	ask: "The key is made of %s.",
	situations: []string{
		replyLost: "the reply is lost and the call is made again",
		died:      "the program dies after the effect and the next one makes the call again",
		again:     "after the next deploy the message is published again with the same text, or the workflow is reset, and the provider still knows its keys",
		refunded:  "the order is charged and then refunded",
		another:   "the same customer orders the same once more",
		twoEvents: "the restaurant rejects the order, and then the customer cancels it: two events of NATS ask for one refund",
	},
	ways: []way{
		{"nothing, it is empty", []int{replyLost, died, again, twoEvents}},
		{"a random number for each request", []int{replyLost, died, again, twoEvents}},
		{"a random number that is drawn when the program starts, the order's id and the action", []int{died, again}},
		{"the order's id alone", []int{refunded, twoEvents}},
		{"the action alone", []int{another}},
		{"the customer, the amount and the action", []int{another}},
		{"the message's sequence in the stream of NATS and the action", []int{again, twoEvents}},
		{"the time at which the stream of NATS got the message, and the action", []int{again, twoEvents}},
		{"the message's sequence in the stream of NATS and the number of its delivery", []int{replyLost, died, again, twoEvents}},
		{"the id in the event, <order>.<event>", []int{twoEvents}},
		{"a hash of the event's text", []int{twoEvents}},
		{"the id of Temporal's activity, which follows from its place in the workflow's history", []int{again, another}},
		{"the id of Temporal's workflow, and the action", nil},
		{"the id of Temporal's workflow alone", []int{refunded, twoEvents}},
		{"the id of the run of Temporal's workflow, and the action", []int{again}},
		{"the order's id, the action and Temporal's attempt, which a new run counts from 1", []int{replyLost, died}},
	},
}

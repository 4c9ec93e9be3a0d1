package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/workshop"
)

// A predictQuestion is asked about a case. What is right is a text here, with which what
// was measured can be compared; learners answer with its letter if there are options.
type predictQuestion struct {
	key     string
	ask     string
	right   string
	options []string // as the learner sees them; nil: a number or an amount
	why     string
	style   string // in which it is measured; "": in both
}

// predictQuestions are the exercise's, for one learner.
func predictQuestions(learner uint64) []workshop.Question {
	return lists.Map(predictAsked(learner), predictQuestion.asked)
}

// asked is the question as a learner gets it.
func (q predictQuestion) asked() workshop.Question {
	asked := workshop.Question{Key: q.key, Ask: q.ask, Want: q.right, Why: q.why}
	if q.options == nil {
		return asked
	}
	for i, option := range q.options {
		asked.Ask += fmt.Sprintf("\n%s: %s", predictLetter(i), option)
		asked.Choices = append(asked.Choices, predictLetter(i))
	}
	asked.Want = predictLetter(slices.Index(q.options, q.right))
	return asked
}

func predictLetter(i int) string { return string(rune('a' + i)) }

// predictOptions is how many a question has.
const predictOptions = 6

// choose sets the options: the right one among others, in an order of the learner's.
func (c predictCase) choose(q predictQuestion, others ...string) predictQuestion {
	others = lists.Filter(others, func(o string) bool { return o != q.right })
	c.draw.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	q.options = append([]string{q.right}, others[:predictOptions-1]...)
	c.draw.Shuffle(predictOptions, func(i, j int) { q.options[i], q.options[j] = q.options[j], q.options[i] })
	return q
}

// predictAsked asks what can be known of a learner's case before it is tried.
func predictAsked(learner uint64) []predictQuestion {
	c := predictCaseOf(learner) // a new one: options are drawn
	return slices.Concat(c.aboutCounts(), c.aboutRows(), c.aboutCauses())
}

// aboutCounts asks for numbers.
func (c predictCase) aboutCounts() []predictQuestion {
	calls, repeats := len(c.made()), 1+c.fails
	rows := len(c.rows) + len(c.made()) - len(lists.Filter(c.made(), c.isDecisive))
	extra := rows - calls
	return []predictQuestion{
		{
			key: "rows", right: strconv.Itoa(rows),
			ask: "How many rows of the order does the ledger have in the end? They are the same in both styles.",
			why: fmt.Sprintf("A row for each of the %d calls, however often it was tried%s.", calls, c.blockedRows(extra)),
		},
		{
			key: "messages", right: strconv.Itoa(len(c.events)), style: record.Choreography,
			ask: "Choreography: how many messages of the order does the stream have in the end?",
			why: "These: " + strings.Join(c.events, ", ") + ". An attempt that is made again publishes nothing new, and a call that found nothing to do publishes nothing.",
		},
		{
			key: "deliveries", right: strconv.Itoa(calls + repeats), style: record.Choreography,
			ask: "Choreography: how many deliveries to services are there, redeliveries included?",
			why: fmt.Sprintf("One for each of the %d calls, because each service that reacts gets a delivery of its own. And %d more: the lost reply of %s and the failures of %s each bring the message again.", calls, repeats, c.lost, c.failing),
		},
		{
			key: "activities", right: strconv.Itoa(calls), style: record.Orchestration,
			ask: "Orchestration: how many activities does the workflow schedule?",
			why: fmt.Sprintf("One for each of the %d calls. The server tries an activity again by itself: a further attempt is not a further activity.", calls),
		},
		{
			key: "attempt", right: strconv.Itoa(c.fails + 1),
			ask: fmt.Sprintf("Which attempt at %s writes its row?", c.failing),
			why: fmt.Sprintf("%s fails %s before it has an effect, so the next attempt writes the row. In the choreography the count is the message's deliveries, in the orchestration the server's.", c.failing, predictTimes(c.fails)),
		},
		{
			key: "refund", right: c.refundAmount(),
			ask: `What amount stands in the row of refund? An amount such as 17.40, 0.00 if there was nothing to undo, or "none" if there is no such row.`,
			why: c.refundWhy(),
		},
	}
}

func (c predictCase) isDecisive(a food.Action) bool { _, ok := c.rows[a]; return ok }

// blockedRows is where rows of calls come from that no one makes.
func (c predictCase) blockedRows(extra int) string {
	if extra == 0 {
		return ""
	}
	return fmt.Sprintf(". And %d of calls that were never made: an undo that finds no row of its call writes a blocked one, and cancel does so for assign", extra)
}

// refundAmount is the amount in the row of the refund.
func (c predictCase) refundAmount() string {
	switch c.rows[food.Refund] {
	case flow.Done:
		return c.order.Total().String()
	case flow.Nothing:
		return food.Cents(0).String()
	}
	return "none"
}

func (c predictCase) refundWhy() string {
	switch c.rows[food.Refund] {
	case flow.Done:
		return "The charge took effect, so the refund gives all of it back, whatever is tried how often."
	case flow.Nothing:
		return "The refund came before the charge. It is recorded with 0.00, and the charge is blocked from then on."
	}
	return "A charge that was refused has taken nothing. In neither style is a refund called."
}

// aboutRows asks what is in the ledger in the end.
func (c predictCase) aboutRows() []predictQuestion {
	var mails, endings []string
	for _, set := range [][]food.Action{
		{food.MailPaymentFailed}, {food.MailCancelled}, {food.MailCancelled, food.MailRefunded}, {food.MailPaymentFailed, food.MailCancelled},
		{food.MailConfirmed, food.MailCancelled}, {food.MailConfirmed, food.MailCancelled, food.MailRefunded}, {food.MailConfirmed, food.MailRefunded},
	} {
		mails = append(mails, predictMails(set))
	}
	for _, e := range food.Endings {
		endings = append(endings, string(e))
	}
	return []predictQuestion{
		c.choose(predictQuestion{
			key: "which", right: predictRows(c.rows),
			ask: "Which rows are there in the end, besides those of statuses and mails?",
			why: c.whichWhy(),
		}, predictNear(c.rows)...),
		c.choose(predictQuestion{
			key: "mails", right: predictMails(c.mails()),
			ask: "Which mails does the customer get?",
			why: "These belong to " + c.event() + " and to what follows from it. A mail-refunded follows only from a refund that gave something back.",
		}, mails...),
		c.choose(predictQuestion{
			key: "ending", right: string(c.ending),
			ask: "How does the order end?",
			why: "Only a call that its service refuses, or a cancellation that came before a partner was assigned, decides the ending. A lost reply and a failed attempt decide nothing.",
		}, endings...),
		c.choose(predictQuestion{
			key: "lost", right: predictAbsorbed,
			ask: fmt.Sprintf("The first reply to %s is lost. What happens then?", c.lost),
			why: "Whoever called can't know whether it was done, so it is called again under the same key. The ledger knows the key and returns the row that stands.",
		}, "nothing more: the call took effect, and its reply is not needed", "it is called again, and takes effect a second time",
			"it is undone, and then called again", "the order waits until a person resolves it", "the order is taken back, because the call counts as failed"),
	}
}

const predictAbsorbed = "it is called again, finds its row, and nothing happens twice"

// whichWhy explains the rows.
func (c predictCase) whichWhy() string {
	switch {
	case c.refused == food.Charge:
		return "A call that was refused leaves nothing to undo. What would have come after it was never called, and no one writes a row for it."
	case c.refused != "":
		return "What took effect before the refusal is undone. The call that was refused is not: it has done nothing."
	case c.cancelled == food.Assign:
		return "cancel blocks assign, which has no row by then and can never take effect. What took effect before is undone."
	}
	return "cancel and each undo block a call that has no row: it gets one, and the undo itself has nothing to undo. " + string(c.cancelled) + " comes too late."
}

// predictOrder is the order of calls in every option.
var predictOrder = slices.Concat(
	[]food.Action{food.Charge, food.Confirm, food.Award, food.Assign, food.Cancel, food.Refund, food.CancelTicket, food.Revoke},
	food.Actions[food.OrderService], food.Actions[food.Notification])

// predictMails are the mails that a customer gets.
func predictMails(set []food.Action) string { return strings.ReplaceAll(predictSet(set), " ∥", ",") }

// predictSet is a set of calls that begin together.
func predictSet(set []food.Action) string {
	if len(set) == 0 {
		return "nothing"
	}
	inOrder := lists.Filter(predictOrder, func(a food.Action) bool { return slices.Contains(set, a) })
	return strings.Join(lists.Map(inOrder, func(a food.Action) string { return string(a) }), " ∥ ")
}

// predictWords are the outcomes of rows.
var predictWords = []struct {
	answer flow.Answer
	word   string
}{{flow.Done, "done"}, {flow.Refused, "refused"}, {flow.Undone, "blocked"}, {flow.Nothing, "nothing to undo"}}

// predictRows is which calls have which rows.
func predictRows(rows map[food.Action]flow.Answer) string {
	var parts []string
	for _, w := range predictWords {
		var calls []string
		for _, a := range predictOrder {
			if answer, there := rows[a]; there && answer == w.answer {
				calls = append(calls, string(a))
			}
		}
		if calls != nil {
			parts = append(parts, strings.Join(calls, ", ")+": "+w.word)
		}
	}
	return strings.Join(parts, "; ")
}

// predictNear are mistakes: a row too few, or one too many.
func predictNear(rows map[food.Action]flow.Answer) (all []string) {
	for _, pair := range [][2]food.Action{
		{food.Confirm, food.CancelTicket}, {food.Award, food.Revoke}, {food.CancelTicket}, {food.Revoke}, {food.Refund}, {food.Assign},
	} {
		near := map[food.Action]flow.Answer{}
		for a, answer := range rows {
			near[a] = answer
		}
		for _, a := range pair {
			_, there := rows[a]
			switch {
			case there:
				delete(near, a)
			case a == "":
			case a.Undoes() != "":
				near[a] = flow.Nothing
			default:
				near[a] = flow.Undone
			}
		}
		all = append(all, predictRows(near))
	}
	return all
}

// aboutCauses asks what follows from what.
func (c predictCase) aboutCauses() []predictQuestion {
	var sets []string
	for _, set := range [][]food.Action{
		{food.Refund}, {food.Refund, food.MailRefunded}, {food.StatusCancelled, food.MailCancelled}, {food.StatusCancelled, food.MailPaymentFailed},
		{food.Refund, food.StatusCancelled, food.MailCancelled}, {food.Refund, food.StatusCancelled, food.MailCancelled, food.MailRefunded},
		{food.Refund, food.CancelTicket, food.StatusCancelled, food.MailCancelled}, predictUndos, append(slices.Clone(predictUndos), food.MailRefunded),
	} {
		sets = append(sets, predictSet(set))
	}
	what := fmt.Sprintf("%s is refused", c.refused)
	if c.cancelled != "" {
		what = "cancel is answered"
	}
	return []predictQuestion{
		c.choose(predictQuestion{
			key: "beside", right: predictSet(c.closing()),
			ask: "Which calls begin side by side, all at once, when " + what + "? They are the same in both styles.",
			why: "None of them needs the answer of another one. In the choreography they are the reactions to one event; the workflow starts all before it waits for any.",
		}, sets...),
		c.choose(predictQuestion{
			key: "after", right: c.afterText(),
			ask: "And what begins only then, when one or all of these are answered?",
			why: "Only mail-refunded needs an answer first: that of a refund which gave something back. It waits for none of the others.",
		}, predictNothing, predictRefundFirst, "mail-refunded, when all of them are done", "mail-cancelled, when all of them are done",
			"status-cancelled, when the undos are done", "a second refund, to make sure", "an event that says that all is over, to which the others react"),
		c.choose(predictQuestion{
			key: "cause-events", right: predictEach(c.event()), style: record.Choreography,
			ask: "Choreography: who makes these calls begin?",
			why: "The event is published once, and each service that has a reaction to it gets it. Its publisher does not know who they are.",
		}, c.otherEachTexts()...),
		c.choose(predictQuestion{
			key: "cause-workflow", right: predictWorkflow(c.pivot()), style: record.Orchestration,
			ask: "Orchestration: who makes these calls begin?",
			why: "The answer is recorded in the history, the workflow's code goes on behind that call and starts what is written there. The services know nothing of each other, and the server decides nothing.",
		}, c.otherWorkflowTexts()...),
	}
}

const (
	predictNothing     = "nothing"
	predictRefundFirst = "mail-refunded, when refund is done"
)

func (c predictCase) afterText() string {
	if c.makes(food.MailRefunded) {
		return predictRefundFirst
	}
	return predictNothing
}

func predictEach(event string) string { return "each service by itself: it has received " + event }

// otherEachTexts are wrong.
func (c predictCase) otherEachTexts() []string {
	other := "payment_success"
	if !slices.Contains(c.events, other) {
		other = "order_placed"
	}
	return []string{
		predictEach(other), "payment: it has received " + c.event() + " and asks the others",
		"the order service: it keeps the state of the order and calls the others", "the stream: it knows which service comes next",
		"the first of them: when it is done, its event makes the next one begin", "the service that published " + c.event() + ": it sends a command to each",
	}
}

func predictWorkflow(call food.Action) string {
	return "PlaceOrder: it has the answer of " + string(call)
}

// otherWorkflowTexts are wrong.
func (c predictCase) otherWorkflowTexts() []string {
	other := food.Charge
	if c.pivot() == food.Charge {
		other = food.Confirm
	}
	return []string{
		predictWorkflow(other), "the Temporal server: an activity has failed",
		"each service by itself: it sees that the workflow has failed", "a second workflow, which PlaceOrder starts for it",
		"PlaceOrder: the attempts at " + string(c.pivot()) + " are used up", "the service of " + string(c.pivot()) + ": it sends a signal",
	}
}

package checks

import (
	"fmt"
	"go/format"
	"math/rand/v2"
	"path"
	"strings"

	"github.com/sagabench/sagabench/workshop"
)

// A brokenEdge is what is wrong with a flow: something does not follow from an event, and
// in the orchestration not from the same answer.
type brokenEdge struct {
	event       string // that is not received, or not published
	participant string // in whose file
	scenario    string // that shows it first
	edits       []workshop.Edit

	// What is seen of an order that comes there, see [standsStill] and [completes].
	choreography, orchestration string
}

// What is seen in the choreography, and what is seen in the orchestration.
const (
	standsStill = "stands still"
	wrongEnd    = "wrong end"
	comesAgain  = "again and again"

	completes = "completed"
	fails     = "failed"
	runs      = "running"
)

// without takes a line from a file.
func without(file, line string) workshop.Edit { return workshop.Edit{File: file, Old: line + "\n"} }

func instead(file, old, new string) workshop.Edit {
	return workshop.Edit{File: file, Old: old, New: new}
}

// What is taken from the workflow.
const (
	edgeOnDeclined   = `		s.start("order.status-cancelled", "notification.mail-payment-failed")`
	edgeOnNotCooked  = `		s.start("payment.refund", "order.status-cancelled", "notification.mail-cancelled")`
	edgeOnNotBrought = `	case refused:
		s.start("payment.refund", "restaurant.cancel-ticket", "loyalty.revoke", "order.status-cancelled", "notification.mail-cancelled")
		return nil
`
	edgeOnCancelled = `	if s.call(ctx, "delivery.cancel") == done {
		s.start("payment.refund", "restaurant.cancel-ticket", "loyalty.revoke", "order.status-cancelled", "notification.mail-cancelled")
`
	edgeBeside = `	s.start("loyalty.award", "order.status-confirmed", "notification.mail-confirmed")
`
	edgeOnRefunded = `	case call == "payment.refund" && got == done:
		s.start("notification.mail-refunded")`
)

// dropping is an edit of the workflow that leaves something out of a piece of it.
func dropping(piece, what string) workshop.Edit {
	return instead(edgeWorkflow, piece, strings.Replace(piece, what, "", 1))
}

// brokenEdges are all that a learner may get.
var brokenEdges = []brokenEdge{
	{
		"restaurant_order_confirmation_failed", "payment", isNotCooked, []workshop.Edit{
			without("choreography/payments.go", `		"restaurant_order_confirmation_failed": {Does: "refund", Done: "payment_reversed", Rejected: "payment_reversal_failed"},`),
			dropping(edgeOnNotCooked, `"payment.refund", `),
		}, wrongEnd, completes,
	},
	{
		"delivery_partner_unavailable", "restaurant", isNotBrought, []workshop.Edit{
			without("choreography/restaurants.go", `		"delivery_partner_unavailable": {Does: "cancel-ticket", Rejected: "ticket_cancellation_failed"},`),
			dropping(edgeOnNotBrought, `"restaurant.cancel-ticket", `),
		}, wrongEnd, completes,
	},
	{
		"delivery_partner_unavailable", "loyalty", isNotBrought, []workshop.Edit{
			without("choreography/loyalty.go", `		"delivery_partner_unavailable": {Does: "revoke", Rejected: "points_revocation_failed"},`),
			dropping(edgeOnNotBrought, `"loyalty.revoke", `),
		}, wrongEnd, completes,
	},
	{
		"order_cancelled", "payment", isCancelled, []workshop.Edit{
			without("choreography/payments.go", `		"order_cancelled":                      {Does: "refund", Done: "payment_reversed", Rejected: "payment_reversal_failed"},`),
			dropping(edgeOnCancelled, `"payment.refund", `),
		}, wrongEnd, completes,
	},
	{
		"payment_failed", "order", isDeclined, []workshop.Edit{
			without("choreography/orders.go", `		"payment_failed":                       {Does: "status-cancelled"},`),
			dropping(edgeOnDeclined, `"order.status-cancelled", `),
		}, wrongEnd, completes,
	},
	{
		"payment_reversed", "notification", isNotCooked, []workshop.Edit{
			without("choreography/notifications.go", `		"payment_reversed":                     {Does: "mail-refunded"},`),
			without(edgeWorkflow, edgeOnRefunded),
		}, wrongEnd, completes,
	},

	// What is received under a name that no one publishes: in the orchestration a call goes
	// to a queue from which no one takes.
	{
		"payment_success", "restaurant", isCompleted, []workshop.Edit{
			instead("choreography/restaurants.go", `"payment_success":`, `"payment_succeeded":`),
			instead(edgeWorkflow, `"restaurant.confirm"`, `"restaurants.confirm"`),
		}, standsStill, runs,
	},
	{
		"restaurant_confirmed_order", "delivery", isCompleted, []workshop.Edit{
			instead("choreography/deliveries.go", `"restaurant_confirmed_order":`, `"restaurant_order_confirmed":`),
			instead(edgeWorkflow, `"delivery.assign"`, `"deliveries.assign"`),
		}, standsStill, runs,
	},

	// What is not published: in the orchestration a case is missing.
	{
		"delivery_partner_unavailable", "delivery", isNotBrought, []workshop.Edit{
			instead("choreography/deliveries.go", `, Rejected: "delivery_partner_unavailable"`, ""),
			instead(edgeWorkflow, edgeOnNotBrought, ""),
		}, standsStill, fails,
	},
	{
		"payment_failed", "payment", isDeclined, []workshop.Edit{
			instead("choreography/payments.go", `, Rejected: "payment_failed"`, ""),
			without(edgeWorkflow, "	case refused:\n"+edgeOnDeclined+"\n		return nil"),
		}, standsStill, fails,
	},

	// What is published under a name that the stream does not take: in the orchestration a
	// call that its service does not know.
	{
		"restaurant_order_confirmation_failed", "restaurant", isNotCooked, []workshop.Edit{
			instead("choreography/restaurants.go", `Rejected: "restaurant_order_confirmation_failed"`, `Rejected: "restaurant_confirmation_failed"`),
			instead(edgeWorkflow, edgeOnNotCooked, strings.Replace(edgeOnNotCooked, "payment.refund", "payment.reverse", 1)),
		}, comesAgain, runs,
	},
	{
		"order_cancelled", "delivery", isCancelled, []workshop.Edit{
			instead("choreography/deliveries.go", `Done: "order_cancelled"`, `Done: "order_canceled"`),
			instead(edgeWorkflow, `"delivery.cancel"`, `"delivery.cancel-order"`),
		}, comesAgain, runs,
	},
}

// edgeOf is the broken edge of a learner.
func edgeOf(learner uint64) brokenEdge {
	return brokenEdges[rand.New(rand.NewPCG(learner, 2)).IntN(len(brokenEdges))]
}

// edgeTodo begins the learner's files.
var edgeTodo = map[string]string{
	"choreography":  "// TODO: an edge of the flow is broken, in one of these six files. Is it here?\n\n",
	"orchestration": "// TODO: the same edge is broken here. Mend it.\n\n",
}

// edgeSeeded is the flow with a learner's broken edge, and the orders that they are asked
// about.
func edgeSeeded(learner uint64) (map[string][]byte, error) {
	broken, files := edgeOf(learner), map[string][]byte{"half-finished.md": halfFinished(learner)}
	for file, text := range (workshop.Exercise{Folder: edgeFolder}).Solution() {
		file = strings.TrimPrefix(file, edgeFolder+"/")
		altered, err := workshop.Apply(broken.edits, file, string(text))
		if err != nil {
			return nil, err
		}
		if path.Ext(file) == ".go" { // or a gap between columns would show what is missing
			formatted, err := format.Source([]byte(altered))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			altered = edgeTodo[path.Dir(file)] + string(formatted)
		}
		files[file] = []byte(altered)
	}
	return files, nil
}

package checks

import (
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/workshop"
)

// edgeMutants mend a flow in a wrong way, or too well.
var edgeMutants = []workshop.Mutant{
	{
		Name: "awards when it is paid", Style: record.Choreography, Scenario: isCompleted,
		Sentence: "Loyalty receives payment_success as well: the customer sees the points earlier.",
		Edits: []workshop.Edit{instead("choreography/loyalty.go", `		"restaurant_confirmed_order": {Does: "award"},
`, `		"payment_success":            {Does: "award"},
		"restaurant_confirmed_order": {Does: "award"},
`)},
	},
	{
		Name: "looks for a partner when it is paid", Style: record.Choreography, Scenario: isCompleted,
		Sentence: "Delivery receives payment_success instead of the restaurant's event: that one comes for sure.",
		Edits:    []workshop.Edit{instead("choreography/deliveries.go", `"restaurant_confirmed_order":`, `"payment_success":`)},
	},
	{
		Name: "refunds what was declined", Style: record.Choreography, Scenario: isDeclined,
		Sentence: "A payment that failed is given back: payment reacts to payment_failed as well.",
		Edits: []workshop.Edit{instead("choreography/payments.go", `		"order_cancelled":  `, `		"payment_failed":                       {Does: "refund", Done: "payment_reversed"},
		"order_cancelled":  `)},
	},
	{
		Name: "the refund at the wrong event", Style: record.Choreography, Scenario: isNotCooked,
		Sentence: "The refund follows from payment_reversed, since that is its event.",
		Edits:    []workshop.Edit{instead("choreography/payments.go", `"restaurant_order_confirmation_failed": {`, `"payment_reversed": {`)},
	},
	{
		Name: "one failure as another", Style: record.Choreography, Scenario: isNotCooked,
		Sentence: "The restaurant publishes delivery_partner_unavailable: that one is received by everyone.",
		Edits:    []workshop.Edit{instead("choreography/restaurants.go", `Rejected: "restaurant_order_confirmation_failed"`, `Rejected: "delivery_partner_unavailable"`)},
	},
	{
		Name: "takes the ticket back on one path", Style: record.Choreography, Scenario: isNotBrought,
		Sentence: "The ticket is cancelled when the customer cancels, and that is where it was noticed.",
		Edits:    []workshop.Edit{without("choreography/restaurants.go", `		"delivery_partner_unavailable": {Does: "cancel-ticket", Rejected: "ticket_cancellation_failed"},`)},
	},
	{
		Name: "says that the customer cancelled", Style: record.Choreography, Scenario: isNotBrought,
		Sentence: "Without a partner delivery publishes order_cancelled. The same follows from it.",
		Edits:    []workshop.Edit{instead("choreography/deliveries.go", `Rejected: "delivery_partner_unavailable"`, `Rejected: "order_cancelled"`)},
	},
	{
		Name: "points are kept by who cancels", Style: record.Choreography, Scenario: isCancelled,
		Sentence: "Points are revoked when no partner is found. Who cancels may keep them.",
		Edits:    []workshop.Edit{without("choreography/loyalty.go", `		"order_cancelled":              {Does: "revoke", Rejected: "points_revocation_failed"},`)},
	},
	{
		Name: "both names", Style: record.Choreography, Scenario: isCompleted,
		Sentence: "The event has two names in the files, so delivery receives both.",
		Edits: []workshop.Edit{instead("choreography/deliveries.go", `		"restaurant_confirmed_order": {`, `		"restaurant_order_confirmed": {Does: "assign", Done: "delivery_partner_assigned", Rejected: "delivery_partner_unavailable"},
		"restaurant_confirmed_order": {`)},
	},

	{
		Name: "first a courier, then the news", Style: record.Orchestration, Scenario: isCompleted,
		Sentence: "The customer learns that it is confirmed when a courier is there: then it is sure.",
		Edits: []workshop.Edit{
			instead(edgeWorkflow, edgeBeside, ""),
			instead(edgeWorkflow, "	case done:\n		s.start(\"order.status-completed\"", "	case done:\n"+edgeBeside+"		s.start(\"order.status-completed\""),
		},
	},
	{
		Name: "asks for a courier twice", Style: record.Orchestration, Scenario: isCompleted,
		Sentence: "The assignment is started beside the flow, and called in it.",
		Edits:    []workshop.Edit{instead(edgeWorkflow, edgeBeside, strings.Replace(edgeBeside, ")", `, "delivery.assign")`, 1))},
	},
	{
		Name: "goes on to the end", Style: record.Orchestration, Scenario: isDeclined,
		Sentence: "After the calls of a declined order nothing returns, so the workflow comes to the line for answers that it does not know.",
		Edits:    []workshop.Edit{instead(edgeWorkflow, edgeOnDeclined+"\n		return nil\n", edgeOnDeclined+"\n")},
	},
	{
		Name: "blocked is refused", Style: record.Orchestration, Scenario: isCancelled,
		Sentence: "A charge that came too late is treated as one that was declined.",
		Edits:    []workshop.Edit{instead(edgeWorkflow, "	case refused:\n"+edgeOnDeclined, "	case refused, blocked:\n"+edgeOnDeclined)},
	},
	{
		Name: "refunds what was declined", Style: record.Orchestration, Scenario: isDeclined,
		Sentence: "Every path that fails begins with the refund.",
		Edits:    []workshop.Edit{instead(edgeWorkflow, edgeOnDeclined, strings.Replace(edgeOnDeclined, "s.start(", `s.start("payment.refund", `, 1))},
	},
	{
		Name: "takes everything back", Style: record.Orchestration, Scenario: isNotCooked,
		Sentence: "All undos on all paths: those that find nothing do no harm.",
		Edits: []workshop.Edit{instead(edgeWorkflow, edgeOnNotCooked,
			strings.Replace(edgeOnNotCooked, "s.start(", `s.start("restaurant.cancel-ticket", "loyalty.revoke", `, 1))},
	},
	{
		Name: "goes on without a partner", Style: record.Orchestration, Scenario: isNotBrought,
		Sentence: "The case that was missing is put together with the one above it.",
		Edits: []workshop.Edit{instead(edgeWorkflow, edgeOnNotBrought, ""), instead(edgeWorkflow, `	case done:
		s.start("order.status-completed"`, `	case done, refused:
		s.start("order.status-completed"`)},
	},
	{
		Name: "two paths are mended, and not the third", Style: record.Orchestration, Scenario: isCancelled,
		Sentence: "The customer's own path is no failure, and is forgotten.",
		Edits:    []workshop.Edit{dropping(edgeOnCancelled, `"payment.refund", `)},
	},
	{
		Name: "cancelled means stopped", Style: record.Orchestration, Scenario: isCancelled,
		Sentence: "Delivery need not be asked: the workflow takes the order back when the customer wants it.",
		Edits: []workshop.Edit{instead(edgeWorkflow, edgeOnCancelled,
			strings.Replace(edgeOnCancelled, `if s.call(ctx, "delivery.cancel") == done {`, `{`, 1))},
	},
}

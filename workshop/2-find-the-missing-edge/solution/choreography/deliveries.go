package main

import "github.com/sagabench/sagabench/workshop/kit/choreo"

// deliveries finds a partner who brings the food. Until there is one, the customer may
// cancel.
var deliveries = choreo.Participant{
	Service: "delivery",
	On: map[string]choreo.Reaction{
		"restaurant_confirmed_order": {Does: "assign", Done: "delivery_partner_assigned", Rejected: "delivery_partner_unavailable"},

		"cancellation_requested": {Does: "cancel", Done: "order_cancelled"},
	},
}

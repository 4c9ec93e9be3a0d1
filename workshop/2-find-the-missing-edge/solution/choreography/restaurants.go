package main

import "github.com/sagabench/sagabench/workshop/kit/choreo"

// restaurants asks the kitchen for the dishes, and takes its ticket back.
var restaurants = choreo.Participant{
	Service: "restaurant",
	On: map[string]choreo.Reaction{
		"payment_success": {Does: "confirm", Done: "restaurant_confirmed_order", Rejected: "restaurant_order_confirmation_failed"},

		"delivery_partner_unavailable": {Does: "cancel-ticket", Rejected: "ticket_cancellation_failed"},
		"order_cancelled":              {Does: "cancel-ticket", Rejected: "ticket_cancellation_failed"},
	},
}

package main

import "github.com/sagabench/sagabench/workshop/kit/choreo"

// payments charges the customer, and gives the money back.
var payments = choreo.Participant{
	Service: "payment",
	On: map[string]choreo.Reaction{
		"order_placed": {Does: "charge", Done: "payment_success", Rejected: "payment_failed"},

		"restaurant_order_confirmation_failed": {Does: "refund", Done: "payment_reversed", Rejected: "payment_reversal_failed"},
		"delivery_partner_unavailable":         {Does: "refund", Done: "payment_reversed", Rejected: "payment_reversal_failed"},
		"order_cancelled":                      {Does: "refund", Done: "payment_reversed", Rejected: "payment_reversal_failed"},
	},
}

package main

import "github.com/sagabench/sagabench/workshop/kit/choreo"

// notifications writes to the customer. It publishes nothing.
var notifications = choreo.Participant{
	Service: "notification",
	On: map[string]choreo.Reaction{
		"restaurant_confirmed_order": {Does: "mail-confirmed"},
		"delivery_partner_assigned":  {Does: "mail-partner-assigned"},

		"payment_failed":                       {Does: "mail-payment-failed"},
		"restaurant_order_confirmation_failed": {Does: "mail-cancelled"},
		"delivery_partner_unavailable":         {Does: "mail-cancelled"},
		"order_cancelled":                      {Does: "mail-cancelled"},
		"payment_reversed":                     {Does: "mail-refunded"},

		"payment_reversal_failed":    {Does: "mail-escalated"},
		"ticket_cancellation_failed": {Does: "mail-escalated"},
		"points_revocation_failed":   {Does: "mail-escalated"},
	},
}

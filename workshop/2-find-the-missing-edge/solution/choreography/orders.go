package main

import "github.com/sagabench/sagabench/workshop/kit/choreo"

// The program is the whole choreography: six participants in one process, of which none
// knows another. What runs them is in kit/choreo.
func main() { choreo.Main(orders, payments, restaurants, deliveries, loyalty, notifications) }

// orders keeps the status that the customer sees, and a person's answer where there is
// one. It publishes nothing.
var orders = choreo.Participant{
	Service: "order",
	On: map[string]choreo.Reaction{
		"restaurant_confirmed_order": {Does: "status-confirmed"},
		"delivery_partner_assigned":  {Does: "status-completed"},

		"payment_failed":                       {Does: "status-cancelled"},
		"restaurant_order_confirmation_failed": {Does: "status-cancelled"},
		"delivery_partner_unavailable":         {Does: "status-cancelled"},
		"order_cancelled":                      {Does: "status-cancelled"},

		"escalation_resolved": {Does: "resolve"},
	},
}

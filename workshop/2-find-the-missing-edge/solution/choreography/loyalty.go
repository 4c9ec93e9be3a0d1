package main

import "github.com/sagabench/sagabench/workshop/kit/choreo"

// loyalty awards points, and takes them back.
var loyalty = choreo.Participant{
	Service: "loyalty",
	On: map[string]choreo.Reaction{
		"restaurant_confirmed_order": {Does: "award"},

		"delivery_partner_unavailable": {Does: "revoke", Rejected: "points_revocation_failed"},
		"order_cancelled":              {Does: "revoke", Rejected: "points_revocation_failed"},
	},
}

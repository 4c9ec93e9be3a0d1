package choreography

import "github.com/sagabench/sagabench/food"

// loyalty awards points for a confirmed order and revokes them when it is
// cancelled. The two events may be handled in either order: the ledger then blocks
// the award, and loyalty need not care.
var loyalty = participant{
	service: food.Loyalty,
	on: map[Kind]reaction{
		RestaurantConfirmedOrder: {does: food.Award},

		DeliveryPartnerUnavailable: {does: food.Revoke},
	},
}

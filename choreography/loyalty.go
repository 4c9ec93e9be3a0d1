package choreography

import "github.com/sagabench/sagabench/food"

// loyalty awards points for a confirmed order. To revoke them is its compensation,
// when the order is cancelled. The two events may be handled in either order: the
// ledger blocks an award that comes second, and loyalty need not care.
var loyalty = participant{
	service: food.Loyalty,
	on: map[Kind]reaction{
		RestaurantConfirmedOrder: {does: food.Award},

		DeliveryPartnerUnavailable: {does: food.Revoke, rejected: PointsRevocationFailed},
		OrderCancelled:             {does: food.Revoke, rejected: PointsRevocationFailed},
	},
}

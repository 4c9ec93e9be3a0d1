package choreography

import "github.com/sagabench/sagabench/food"

// loyalty books points for a confirmed order and takes them back when it comes
// to nothing. It may hear of the end before it has got round to the beginning:
// the ledger then blocks the award, and loyalty need not care.
func loyalty(s *food.Services) participant {
	return participant{
		service: food.Loyalty,
		hears: map[Kind]reaction{
			RestaurantConfirmedOrder: {call: food.Award, does: s.Award},

			DeliveryPartnerUnavailable: {call: food.Revoke, does: s.Revoke},
		},
	}
}

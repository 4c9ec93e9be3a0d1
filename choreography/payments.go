package choreography

import "github.com/sagabench/sagabench/food"

// payments charges an order that was placed, and gives the money back when the
// restaurant or the delivery says no. It does not know who else hears of that,
// nor what a restaurant is.
func payments(s *food.Services) participant {
	return participant{
		service: food.Payment,
		hears: map[Kind]reaction{
			OrderPlaced: {call: food.Charge, does: s.Charge, says: PaymentSuccess, or: PaymentFailed},

			RestaurantOrderConfirmationFailed: {call: food.Refund, does: s.Refund, says: PaymentReversed},
			DeliveryPartnerUnavailable:        {call: food.Refund, does: s.Refund, says: PaymentReversed},
		},
	}
}

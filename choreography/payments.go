package choreography

import "github.com/sagabench/sagabench/food"

// payments charges an order that was placed, and refunds it when the restaurant or
// the delivery fails. It knows neither which services react to its events nor what
// a restaurant is.
var payments = participant{
	service: food.Payment,
	on: map[Kind]reaction{
		OrderPlaced: {does: food.Charge, done: PaymentSuccess, rejected: PaymentFailed},

		RestaurantOrderConfirmationFailed: {does: food.Refund, done: PaymentReversed},
		DeliveryPartnerUnavailable:        {does: food.Refund, done: PaymentReversed},
	},
}

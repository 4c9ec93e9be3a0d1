package choreography

import "github.com/sagabench/sagabench/food"

// payments charges an order that was placed. The refund is its compensation, when
// the restaurant or the delivery has rejected the order, or the customer cancelled it.
// This participant knows neither which others react to its events nor what a
// restaurant does.
var payments = participant{
	service: food.Payment,
	on: map[Kind]reaction{
		OrderPlaced: {does: food.Charge, done: PaymentSuccess, rejected: PaymentFailed},

		RestaurantOrderConfirmationFailed: {does: food.Refund, done: PaymentReversed, rejected: PaymentReversalFailed},
		DeliveryPartnerUnavailable:        {does: food.Refund, done: PaymentReversed, rejected: PaymentReversalFailed},
		OrderCancelled:                    {does: food.Refund, done: PaymentReversed, rejected: PaymentReversalFailed},
	},
}

package choreography

import "github.com/sagabench/sagabench/food"

// orders keeps the status that the customer sees. It publishes nothing: the
// status has no part in how the order ends.
var orders = participant{
	service: food.OrderService,
	on: map[Kind]reaction{
		RestaurantConfirmedOrder: {does: food.StatusConfirmed},
		DeliveryPartnerAssigned:  {does: food.StatusCompleted},

		PaymentFailed:                     {does: food.StatusCancelled},
		RestaurantOrderConfirmationFailed: {does: food.StatusCancelled},
		DeliveryPartnerUnavailable:        {does: food.StatusCancelled},
	},
}

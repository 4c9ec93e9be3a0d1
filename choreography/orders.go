package choreography

import "github.com/sagabench/sagabench/food"

// orders keeps the status that the customer sees, and a person's answer where there
// is one. It publishes nothing: neither has a part in how the order ends.
var orders = participant{
	service: food.OrderService,
	on: map[Kind]reaction{
		RestaurantConfirmedOrder: {does: food.StatusConfirmed},
		DeliveryPartnerAssigned:  {does: food.StatusCompleted},

		PaymentFailed:                     {does: food.StatusCancelled},
		RestaurantOrderConfirmationFailed: {does: food.StatusCancelled},
		DeliveryPartnerUnavailable:        {does: food.StatusCancelled},
		OrderCancelled:                    {does: food.StatusCancelled},

		EscalationResolved: {does: food.Resolve},
	},
}

package choreography

import "github.com/sagabench/sagabench/food"

// orders keeps the status that the customer sees. It only listens: an order
// has no part in how it ends.
func orders(s *food.Services) participant {
	return participant{
		service: food.OrderService,
		hears: map[Kind]reaction{
			RestaurantConfirmedOrder: {call: food.StatusConfirmed, does: s.StatusConfirmed},
			DeliveryPartnerAssigned:  {call: food.StatusCompleted, does: s.StatusCompleted},

			PaymentFailed:                     {call: food.StatusCancelled, does: s.StatusCancelled},
			RestaurantOrderConfirmationFailed: {call: food.StatusCancelled, does: s.StatusCancelled},
			DeliveryPartnerUnavailable:        {call: food.StatusCancelled, does: s.StatusCancelled},
		},
	}
}

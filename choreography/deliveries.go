package choreography

import "github.com/sagabench/sagabench/food"

// deliveries finds a partner for an order that is being cooked. Nothing that
// anybody says later makes it send the partner home.
func deliveries(s *food.Services) participant {
	return participant{
		service: food.Delivery,
		hears: map[Kind]reaction{
			RestaurantConfirmedOrder: {call: food.Assign, does: s.Assign, says: DeliveryPartnerAssigned, or: DeliveryPartnerUnavailable},
		},
	}
}

package choreography

import "github.com/sagabench/sagabench/food"

// deliveries finds a partner for an order that is being cooked. This is the pivot:
// it has no compensation, because no later event cancels the order. A customer who
// cancels must come before it, so that is decided here as well.
var deliveries = participant{
	service: food.Delivery,
	on: map[Kind]reaction{
		RestaurantConfirmedOrder: {does: food.Assign, done: DeliveryPartnerAssigned, rejected: DeliveryPartnerUnavailable},

		CancellationRequested: {does: food.Cancel, done: OrderCancelled},
	},
}

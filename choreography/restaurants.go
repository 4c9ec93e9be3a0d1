package choreography

import "github.com/sagabench/sagabench/food"

// restaurants asks the kitchen once an order is paid. To cancel the ticket is its
// compensation, when no partner will fetch the food or no customer wants it.
var restaurants = participant{
	service: food.Restaurant,
	on: map[Kind]reaction{
		PaymentSuccess: {does: food.Confirm, done: RestaurantConfirmedOrder, rejected: RestaurantOrderConfirmationFailed},

		DeliveryPartnerUnavailable: {does: food.CancelTicket, rejected: TicketCancellationFailed},
		OrderCancelled:             {does: food.CancelTicket, rejected: TicketCancellationFailed},
	},
}

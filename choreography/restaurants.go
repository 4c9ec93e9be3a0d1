package choreography

import "github.com/sagabench/sagabench/food"

// restaurants asks the kitchen once an order is paid, and takes the ticket back
// when nobody will fetch the food.
func restaurants(s *food.Services) participant {
	return participant{
		service: food.Restaurant,
		hears: map[Kind]reaction{
			PaymentSuccess: {call: food.Confirm, does: s.Confirm, says: RestaurantConfirmedOrder, or: RestaurantOrderConfirmationFailed},

			DeliveryPartnerUnavailable: {call: food.CancelTicket, does: s.CancelTicket},
		},
	}
}

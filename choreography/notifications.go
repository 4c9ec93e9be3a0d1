package choreography

import "github.com/sagabench/sagabench/food"

// notifications writes to the customer. It hears the most and says nothing.
func notifications(s *food.Services) participant {
	return participant{
		service: food.Notification,
		hears: map[Kind]reaction{
			RestaurantConfirmedOrder: {call: food.MailConfirmed, does: s.MailConfirmed},
			DeliveryPartnerAssigned:  {call: food.MailPartnerAssigned, does: s.MailPartnerAssigned},

			PaymentFailed:                     {call: food.MailPaymentFailed, does: s.MailPaymentFailed},
			RestaurantOrderConfirmationFailed: {call: food.MailCancelled, does: s.MailCancelled},
			DeliveryPartnerUnavailable:        {call: food.MailCancelled, does: s.MailCancelled},
			PaymentReversed:                   {call: food.MailRefunded, does: s.MailRefunded},
		},
	}
}

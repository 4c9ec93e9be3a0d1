package choreography

import "github.com/sagabench/sagabench/food"

// notifications writes to the customer. It subscribes to the most and publishes
// nothing.
var notifications = participant{
	service: food.Notification,
	on: map[Kind]reaction{
		RestaurantConfirmedOrder: {does: food.MailConfirmed},
		DeliveryPartnerAssigned:  {does: food.MailPartnerAssigned},

		PaymentFailed:                     {does: food.MailPaymentFailed},
		RestaurantOrderConfirmationFailed: {does: food.MailCancelled},
		DeliveryPartnerUnavailable:        {does: food.MailCancelled},
		OrderCancelled:                    {does: food.MailCancelled},
		PaymentReversed:                   {does: food.MailRefunded},

		PaymentReversalFailed:    {does: food.MailEscalated},
		TicketCancellationFailed: {does: food.MailEscalated},
		PointsRevocationFailed:   {does: food.MailEscalated},
	},
}

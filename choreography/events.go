package choreography

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
)

// A Kind names what happened. The kinds are all that the participants share; none
// of them uses every kind.
//
// What happened has a name as a row in the ledger, as an event, and often as the
// ending of the order:
//
//	row                event                                 ending
//	charge done        payment_success
//	charge rejected    payment_failed                        payment_declined
//	confirm done       restaurant_confirmed_order
//	confirm rejected   restaurant_order_confirmation_failed  restaurant_failed
//	assign done        delivery_partner_assigned             completed
//	assign rejected    delivery_partner_unavailable          no_partner
//	                   cancellation_requested
//	cancel done        order_cancelled                       customer_cancelled
//	refund done        payment_reversed
//	refund rejected    payment_reversal_failed               escalated
//	cancel-ticket rej. ticket_cancellation_failed            escalated
//	revoke rejected    points_revocation_failed              escalated
//	                   escalation_resolved
//
// Rejected is refused or given up, see [food.Row.Rejected]. The two without a row are
// what a person has asked for, or done.
type Kind string

const (
	OrderPlaced Kind = "order_placed"

	PaymentSuccess  Kind = "payment_success"
	PaymentFailed   Kind = "payment_failed"
	PaymentReversed Kind = "payment_reversed"

	RestaurantConfirmedOrder          Kind = "restaurant_confirmed_order"
	RestaurantOrderConfirmationFailed Kind = "restaurant_order_confirmation_failed"

	DeliveryPartnerAssigned    Kind = "delivery_partner_assigned"
	DeliveryPartnerUnavailable Kind = "delivery_partner_unavailable"

	CancellationRequested Kind = "cancellation_requested"
	OrderCancelled        Kind = "order_cancelled"

	PaymentReversalFailed    Kind = "payment_reversal_failed"
	TicketCancellationFailed Kind = "ticket_cancellation_failed"
	PointsRevocationFailed   Kind = "points_revocation_failed"
	EscalationResolved       Kind = "escalation_resolved"
)

// Kinds lists all kinds, in the order of the flow.
var Kinds = []Kind{
	OrderPlaced,
	PaymentSuccess, PaymentFailed, PaymentReversed,
	RestaurantConfirmedOrder, RestaurantOrderConfirmationFailed,
	DeliveryPartnerAssigned, DeliveryPartnerUnavailable,
	CancellationRequested, OrderCancelled,
	PaymentReversalFailed, TicketCancellationFailed, PointsRevocationFailed, EscalationResolved,
}

// escalations are the events that call for a person.
var escalations = []Kind{PaymentReversalFailed, TicketCancellationFailed, PointsRevocationFailed}

const (
	// Version is the version of events that this build publishes and accepts. A
	// participant that receives another one does not guess what it means.
	Version = 1

	// MaxEvent is how large an event may be, in bytes. The stream refuses a
	// message above it and maxHeader together. An order_placed may take half of
	// it, so that every later event about the order has room.
	MaxEvent = 64 << 10
)

// An Event is what is published: something happened to an order. It carries the
// whole order, because its subscribers share no database from which to read it.
type Event struct {
	Version int        `json:"version"`
	ID      string     `json:"id"` // <order>.<event>: the same however often it is published
	Kind    Kind       `json:"event"`
	Cause   string     `json:"cause,omitempty"` // id of the event that was reacted to; empty for order_placed
	Order   food.Order `json:"order"`
	Reason  string     `json:"reason,omitempty"` // of the rejection, if it is one
}

// placed is the event with which every order begins.
func placed(o food.Order) Event { return happened(OrderPlaced, o) }

// then is the event that follows from a reaction to e.
func (e Event) then(k Kind, reason string) Event {
	next := happened(k, e.Order)
	next.Cause, next.Reason = e.ID, clip(reason)
	return next
}

func happened(k Kind, o food.Order) Event {
	return Event{Version: Version, ID: eventID(o.ID, k), Kind: k, Order: o}
}

// eventID is also the message id, by which the stream drops an event that is
// published again within the time of dedup.
func eventID(order string, k Kind) string { return order + "." + string(k) }

// Subject is where events of a kind about an order are published. With "*" for
// the order it matches those about every order.
func Subject(name string, k Kind, order string) string {
	return name + ".order." + string(k) + "." + order
}

// decodeEvent decodes a message and trusts nothing: an event that contradicts its
// subject, or whose order is not valid, is as bad as one that is no JSON. Every
// participant comes to the same judgement.
func decodeEvent(name, subject string, data []byte) (Event, error) {
	var e Event
	err := unmarshal(data, &e)
	switch {
	case err != nil && (e.Version == Version || e.Version == 0):
		return Event{}, fmt.Errorf("not an event: %w", err)
	case e.Version != Version: // a better reason than a field that is new in it
		return Event{}, fmt.Errorf("version %d is not known, only %d is", e.Version, Version)
	case !slices.Contains(Kinds, e.Kind):
		return Event{}, fmt.Errorf("event %.64q is not known", e.Kind)
	case subject != Subject(name, e.Kind, e.Order.ID):
		return Event{}, fmt.Errorf("subject and body differ: the body is %s of order %.64q", e.Kind, e.Order.ID)
	case e.ID != eventID(e.Order.ID, e.Kind):
		return Event{}, fmt.Errorf("id is %.128q, want <order>.<event>", e.ID)
	}
	if err := e.Order.Validate(); err != nil {
		return Event{}, fmt.Errorf("not an order: %w", err)
	}
	return e, nil
}

// unmarshal is json.Unmarshal that refuses unknown fields. Like that it fills in
// what it can before it returns an error about a field.
func unmarshal(data []byte, e *Event) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(e); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the event")
	}
	return nil
}

// clip makes text from elsewhere short enough for an event or a header.
func clip(s string) string {
	const most = 512
	return strings.ToValidUTF8(s[:min(len(s), most)], "�")
}

package choreography

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segmentio/encoding/json"

	"github.com/sagabench/sagabench/food"
)

// A Kind says what happened. Kinds are the whole vocabulary that the
// participants share; no participant uses all of it.
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
)

// Kinds lists the vocabulary, each service's after that of the one before.
var Kinds = []Kind{
	OrderPlaced,
	PaymentSuccess, PaymentFailed, PaymentReversed,
	RestaurantConfirmedOrder, RestaurantOrderConfirmationFailed,
	DeliveryPartnerAssigned, DeliveryPartnerUnavailable,
}

const (
	// Version is the version of events that this build speaks. A participant
	// that meets another one does not guess what it means.
	Version = 1

	// MaxEvent is the size in bytes above which the stream refuses an event.
	// An order may take half of it, so that whatever is said later has room.
	MaxEvent = 64 << 10
)

// An Event is what travels: something happened to an order. It carries the
// whole order, because its hearers have nobody to ask.
type Event struct {
	Version int        `json:"version"`
	ID      string     `json:"id"` // <order>.<event>: the same however often it is said
	Kind    Kind       `json:"event"`
	Cause   string     `json:"cause,omitempty"` // id of the event that was heard; empty for order_placed
	Order   food.Order `json:"order"`
	Reason  string     `json:"reason,omitempty"` // of a no
}

// placed is the event with which every story begins.
func placed(o food.Order) Event { return happened(OrderPlaced, o) }

// then is what is said after e was heard.
func (e Event) then(k Kind, reason string) Event {
	next := happened(k, e.Order)
	next.Cause, next.Reason = e.ID, clip(reason)
	return next
}

func happened(k Kind, o food.Order) Event {
	return Event{Version: Version, ID: eventID(o.ID, k), Kind: k, Order: o}
}

// eventID is also the message id.
func eventID(order string, k Kind) string { return order + "." + string(k) }

// Subject is where events of a kind about an order are published. With "*" for
// the order it matches those about every order.
func Subject(name string, k Kind, order string) string {
	return name + ".order." + string(k) + "." + order
}

// decode reads an event and believes nothing: an event that says one thing in
// its subject and another in its body, or whose order is no order, is as bad as
// one that is no JSON. Every participant comes to the same judgement.
func decode(name, subject string, data []byte) (Event, error) {
	var e Event
	if err := unmarshal(data, &e); err != nil {
		// A newer event has fields that we don't know. Its version is the
		// better reason.
		var newer struct{ Version int }
		if json.Unmarshal(data, &newer) != nil || newer.Version == Version || newer.Version == 0 {
			return Event{}, fmt.Errorf("not an event: %w", err)
		}
		e.Version = newer.Version
	}
	switch {
	case e.Version != Version:
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

// unmarshal is json.Unmarshal that refuses fields which nobody announced. The
// library understands what the standard one does in less than half the time, and
// each event is read by all who hear it.
func unmarshal(data []byte, e *Event) error {
	rest, err := json.Parse(data, e, json.DisallowUnknownFields)
	if err == nil && len(rest) > 0 {
		err = errors.New("something follows the event")
	}
	return err
}

// clip makes foreign text short enough to travel along.
func clip(s string) string {
	const most = 512
	return strings.ToValidUTF8(s[:min(len(s), most)], "�")
}

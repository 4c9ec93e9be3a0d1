// This program is the restaurant of a choreography. It receives events about orders,
// asks the kitchen for what follows from them, and publishes what came of it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/workshop/kit"
)

func main() { kit.Main(work) }

type restaurant struct {
	cell kit.Cell
	js   jetstream.JetStream
}

// A reaction is one call, and the event that is published about its outcome, "" for none.
type reaction struct{ call, done, refused string }

// reactions are by the event that the restaurant receives.
var reactions = map[string]reaction{
	"payment_success":              {"confirm", "restaurant_confirmed_order", "restaurant_order_confirmation_failed"},
	"delivery_partner_unavailable": {"cancel-ticket", "", "ticket_cancellation_failed"},
	"order_cancelled":              {"cancel-ticket", "", "ticket_cancellation_failed"},
}

// handle handles one message. The server redelivers it when it gets a nak, or neither
// ack nor nak for as long as r.cell.Redelivery. That is also how it notices that this
// program has died.
func (r restaurant) handle(ctx context.Context, m jetstream.Msg) error {
	e, reaction, err := decode(m)
	if err != nil {
		return m.TermWithReason(err.Error()) // it would make no sense the next time either
	}
	// TODO: make this right, whatever fails and wherever the program dies. The three steps
	// below are those that are needed, and while nothing goes wrong they are enough.
	if err := m.Ack(); err != nil {
		return err
	}
	answer, err := r.cell.Call(ctx, reaction.call, e.Order, e.Order.ID+":"+reaction.call)
	if err != nil {
		return err
	}
	if kind := reaction.next(answer); kind != "" {
		_, err = r.js.PublishMsgAsync(r.message(e.Then(kind, answer.Reason)))
	}
	return err
}

// decode returns the event of a message, and the reaction to it.
func decode(m jetstream.Msg) (e kit.Event, r reaction, err error) {
	if err := json.Unmarshal(m.Data(), &e); err != nil {
		return e, r, err
	}
	r, known := reactions[e.Kind]
	if !known {
		return e, r, fmt.Errorf("no reaction to %q", e.Kind)
	}
	return e, r, nil
}

// next returns which event follows from an answer. What was blocked came too late, for
// instance after the customer had cancelled, and nothing follows from that.
func (r reaction) next(a kit.Answer) (kind string) {
	switch {
	case a.Done():
		return r.done
	case a.Refused():
		return r.refused
	}
	return ""
}

// message is an event as it is published. Within two minutes the stream drops a second
// message of the same id.
func (r restaurant) message(e kit.Event) *nats.Msg {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err) // of a struct of strings and numbers
	}
	subject := r.cell.Name + ".order." + e.Kind + "." + e.Order.ID
	return &nats.Msg{Subject: subject, Header: nats.Header{jetstream.MsgIDHeader: {e.ID}}, Data: data}
}

// backoff is how long to wait after this delivery: from 50 ms to 200 ms.
func backoff(m jetstream.Msg) time.Duration {
	delivery := uint64(1)
	if meta, err := m.Metadata(); err == nil {
		delivery = meta.NumDelivered
	}
	return 50 * time.Millisecond << min(delivery-1, 2)
}

// work handles the restaurant's messages, one after the other, until the program ends.
func work(ctx context.Context, cell kit.Cell) error {
	conn, err := nats.Connect(cell.Server, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		return err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	consumer, err := js.Consumer(ctx, cell.Name, "restaurant")
	if err != nil {
		return err
	}
	go restaurant{cell, js}.run(ctx, consumer)
	return nil
}

func (r restaurant) run(ctx context.Context, messages jetstream.Consumer) {
	for ctx.Err() == nil {
		m, err := messages.Next(jetstream.FetchMaxWait(time.Second))
		if err != nil { // there was none, or the connection is away
			time.Sleep(time.Millisecond)
			continue
		}
		within, cancel := context.WithTimeout(ctx, r.cell.Redelivery*8/10)
		if err := r.handle(within, m); err != nil {
			log.Print(err)
		}
		cancel()
	}
}

// This program is the payment service of a choreography. It charges an order when
// order_placed comes, refunds it when the order is off, and publishes what it did. All
// other services are running already.
//
// What is yours is the function pay, at the end.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/workshop/kit"
)

func main() { kit.Main(begin) }

// A service is the connection to the stream, and an inbox: a bucket on the same server,
// which outlives this program.
type service struct {
	cell  kit.Cell
	js    jetstream.JetStream
	inbox jetstream.KeyValue
}

func begin(ctx context.Context, cell kit.Cell) error {
	conn, err := nats.Connect(cell.Server)
	if err != nil {
		return err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	inbox, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: cell.Name + "-inbox"})
	if err != nil {
		return err
	}
	consumer, err := js.Consumer(ctx, cell.Name, "payment")
	if err != nil {
		return err
	}
	s := &service{cell, js, inbox}
	go func() {
		for ctx.Err() == nil {
			batch, err := consumer.Fetch(1, jetstream.FetchMaxWait(time.Second))
			if err != nil {
				log.Println("fetch:", err)
				time.Sleep(50 * time.Millisecond)
				continue
			}
			for m := range batch.Messages() {
				s.receive(ctx, m)
			}
		}
	}()
	return nil
}

// receive handles one message. It is acked last, when what follows is published: until
// then the server delivers it again, to this program or to the one after it.
func (s *service) receive(ctx context.Context, m jetstream.Msg) {
	var e kit.Event
	if err := json.Unmarshal(m.Data(), &e); err != nil {
		m.Term() // it would be no better next time
		return
	}
	if err := s.react(ctx, e, m); err != nil {
		log.Println(e.ID, err)
		m.Nak() // it comes again at once
		return
	}
	m.Ack()
}

// react makes the call that an event asks for, and publishes what follows from the answer.
func (s *service) react(ctx context.Context, e kit.Event, m jetstream.Msg) error {
	action, done, refused := "refund", "payment_reversed", "payment_reversal_failed"
	if e.Kind == "order_placed" {
		action, done, refused = "charge", "payment_success", "payment_failed"
	}
	answer, err := s.pay(ctx, action, e, m)
	switch {
	case err != nil:
		return err
	case answer.Done():
		return s.publish(ctx, e.Then(done, ""))
	case answer.Refused():
		return s.publish(ctx, e.Then(refused, answer.Reason))
	}
	return nil // a refund that found nothing is followed by nothing
}

// publish returns when the stream has the event. The stream drops a second message of the
// same id, but only for two minutes.
func (s *service) publish(ctx context.Context, e kit.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	subject := s.cell.Name + ".order." + e.Kind + "." + e.Order.ID
	_, err = s.js.Publish(ctx, subject, data, jetstream.WithMsgID(e.ID))
	return err
}

// pay makes one call, "charge" or "refund", and returns the provider's answer. However
// often the message comes, the call takes effect once.
//
// The key protects from repeats of one call: the provider answers a key that it knows as
// it did before. It is the same for every delivery, and differs from call to call. The
// inbox protects from the same message when the provider has forgotten the key. It is
// written after the effect: if this program dies between the two, the key is still known.
// It keeps the answer, because what is to be published follows from that.
func (s *service) pay(ctx context.Context, action string, e kit.Event, m jetstream.Msg) (answer kit.Answer, err error) {
	key := e.Order.ID + "." + action
	entry, err := s.inbox.Get(ctx, key)
	if err == nil {
		err = json.Unmarshal(entry.Value(), &answer)
		return answer, err
	}
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return answer, err
	}
	if answer, err = s.cell.Call(ctx, action, e.Order, key); err != nil {
		return answer, err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return answer, err
	}
	_, err = s.inbox.Put(ctx, key, text)
	return answer, err
}

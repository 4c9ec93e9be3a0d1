// This program is the loyalty service of a choreography. It awards points for an order
// that a restaurant has confirmed, and revokes them when the order is off. All other
// services are running already.
//
// What is yours are the functions award and revoke, at the end.
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

// A service is the connection to the stream, and a bucket for notes on the same server,
// which outlives this program.
type service struct {
	cell  kit.Cell
	notes jetstream.KeyValue
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
	notes, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: cell.Name + "-notes"})
	if err != nil {
		return err
	}
	consumer, err := js.Consumer(ctx, cell.Name, "loyalty")
	if err != nil {
		return err
	}
	s := &service{cell, notes}
	go func() {
		for ctx.Err() == nil {
			batch, err := consumer.Fetch(8, jetstream.FetchMaxWait(250*time.Millisecond))
			if err != nil {
				log.Println("fetch:", err)
				time.Sleep(50 * time.Millisecond)
				continue
			}
			for m := range batch.Messages() {
				go s.receive(ctx, m) // messages are handled side by side, also those of one order
			}
		}
	}()
	return nil
}

// receive handles one message, and acks it last. One that could not be handled comes again.
func (s *service) receive(ctx context.Context, m jetstream.Msg) {
	var e kit.Event
	if err := json.Unmarshal(m.Data(), &e); err != nil {
		m.Term() // it would be no better next time
		return
	}
	handle := s.revoke // delivery_partner_unavailable, order_cancelled
	if e.Kind == "restaurant_confirmed_order" {
		handle = s.award
	}
	if err := handle(ctx, e.Order); err != nil {
		log.Println(e.ID, err)
		m.NakWithDelay(100 * time.Millisecond)
		return
	}
	m.Ack()
}

// call asks the loyalty programme for "award" or "revoke", or to "void" a key, and does not
// wait for ever. An error means that it is not known what has become of the request: it
// may take effect later. The programme never refuses.
func (s *service) call(ctx context.Context, action, key string, o kit.Order) (kit.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
	defer cancel()
	return s.cell.Call(ctx, action, o, key)
}

// award is for the good news. It makes no call when the bad news came first.
func (s *service) award(ctx context.Context, o kit.Order) error {
	first, err := s.first(ctx, o, "award")
	if err != nil || first == "revoke" {
		return err
	}
	_, err = s.call(ctx, "award", o.ID+".award", o)
	return err
}

// revoke is for the bad news. If that came first, no award was begun and none will be. If
// not, the award was begun, and it is not known how far it has come. So it is made again
// under its key: after that it is known to have happened, once, and one that is still on
// its way finds its key taken. Then it is taken back.
func (s *service) revoke(ctx context.Context, o kit.Order) error {
	first, err := s.first(ctx, o, "revoke")
	if err != nil || first == "revoke" {
		return err
	}
	if _, err := s.call(ctx, "award", o.ID+".award", o); err != nil {
		return err
	}
	_, err = s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
}

// first notes which news of an order is handled, and returns which of them came first. To
// look and to write is one step: the server creates an entry once.
func (s *service) first(ctx context.Context, o kit.Order, news string) (string, error) {
	_, err := s.notes.Create(ctx, o.ID, []byte(news))
	if err == nil || !errors.Is(err, jetstream.ErrKeyExists) {
		return news, err
	}
	entry, err := s.notes.Get(ctx, o.ID)
	if err != nil {
		return "", err
	}
	return string(entry.Value()), nil
}

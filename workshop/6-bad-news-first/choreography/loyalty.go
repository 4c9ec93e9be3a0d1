// This program is the loyalty service of a choreography. It awards points for an order
// that a restaurant has confirmed, and revokes them when the order is off. All other
// services are running already.
//
// What is yours are the functions award and revoke, at the end.
package main

import (
	"context"
	"encoding/json"
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

// award is for the good news.
//
// TODO: what if the bad news came first? What if it comes now, while this runs?
func (s *service) award(ctx context.Context, o kit.Order) error {
	_, err := s.call(ctx, "award", o.ID+".award", o)
	return err
}

// revoke is for the bad news.
//
// TODO: what if the good news comes later, or never? What if its award was begun, and has
// no answer yet? There are two ways, and either will do. One is a guard of your own: notes
// are written with s.notes.Create, which fails with jetstream.ErrKeyExists if there is one,
// and with s.notes.Put, which does not; they are read with s.notes.Get and entry.Value().
// The other is a guard at the programme: s.call(ctx, "void", key, o), see README.md.
func (s *service) revoke(ctx context.Context, o kit.Order) error {
	_, err := s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
}

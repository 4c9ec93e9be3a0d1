// Package choreo runs the participants of a choreography, each of which is data. It knows
// no flow: it delivers events to whoever reacts to them, makes the call of that reaction
// and publishes what follows from the answer.
package choreo

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

// A Participant is one service's part in the saga: a reaction for each kind of event that
// it receives.
type Participant struct {
	Service string
	On      map[string]Reaction
}

// A Reaction is one call, and the event that is published about its outcome; "" is none.
type Reaction struct {
	Does     string
	Done     string // published when the call took effect
	Rejected string // published when it was refused
}

// Main runs participants, as a program of its own.
func Main(all ...Participant) {
	kit.Main(func(ctx context.Context, cell kit.Cell) error {
		conn, err := nats.Connect(cell.Server, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
		if err != nil {
			return err
		}
		js, err := jetstream.New(conn)
		if err != nil {
			return err
		}
		for _, p := range all {
			if err := (running{p, cell, js}).begin(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.Service, err)
			}
		}
		return nil
	})
}

type running struct {
	Participant
	cell kit.Cell
	js   jetstream.JetStream
}

// begin subscribes to the kinds that the participant reacts to, and to no others. The
// consumer is there already: the stream has one for each service.
func (r running) begin(ctx context.Context) error {
	consumer, err := r.js.Consumer(ctx, r.cell.Name, r.Service)
	if err != nil {
		return err
	}
	config := consumer.CachedInfo().Config
	config.FilterSubjects = nil
	for kind := range r.On {
		config.FilterSubjects = append(config.FilterSubjects, r.subject(kind, "*"))
	}
	events, err := r.js.UpdateConsumer(ctx, r.cell.Name, config)
	if err != nil {
		return err
	}
	go func() {
		for ctx.Err() == nil {
			m, err := events.Next(jetstream.FetchMaxWait(time.Second))
			if err != nil { // there was none
				time.Sleep(time.Millisecond)
				continue
			}
			go r.handle(ctx, m)
		}
	}()
	return nil
}

// handle acks a message when its reaction is over. What fails comes again.
func (r running) handle(ctx context.Context, m jetstream.Msg) {
	err := r.react(ctx, m.Data())
	if err == nil {
		err = m.Ack()
	}
	if err != nil {
		log.Printf("%s: %v", r.Service, err)
		_ = m.NakWithDelay(r.cell.Redelivery / 10)
	}
}

func (r running) react(ctx context.Context, data []byte) error {
	var e kit.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return err
	}
	reaction := r.On[e.Kind]
	answer, err := r.cell.Call(ctx, reaction.Does, e.Order, e.Order.ID+":"+reaction.Does)
	if err != nil {
		return err
	}
	switch {
	case answer.Done():
		return r.publish(ctx, e, reaction.Done, "")
	case answer.Refused():
		return r.publish(ctx, e, reaction.Rejected, answer.Reason)
	}
	return nil // it is blocked, and who blocked it has published that
}

// publish returns when the stream has the event that follows from e.
func (r running) publish(ctx context.Context, e kit.Event, kind, reason string) error {
	if kind == "" {
		return nil
	}
	next := e.Then(kind, reason)
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if _, err := r.js.Publish(ctx, r.subject(kind, e.Order.ID), data, jetstream.WithMsgID(next.ID)); err != nil {
		return fmt.Errorf("publish %s of %s: %w", kind, e.Order.ID, err)
	}
	return nil
}

func (r running) subject(kind, order string) string {
	return r.cell.Name + ".order." + kind + "." + order
}

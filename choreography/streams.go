package choreography

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
)

const (
	// dedup is how long the stream knows the ids of its messages; it keeps the
	// messages themselves for longer. That spares subscribers an event that is
	// published again within the time, and no more. What makes a repetition
	// harmless is the idempotency key in the ledger, which is kept for ever.
	dedup = 2 * time.Minute

	// maxHeader is what a message, or a dead letter, may add to its event.
	maxHeader = 4 << 10

	// maxDead bounds the dead-letter stream. When it is full the oldest dead
	// letter goes: a flood of nonsense must not stop the orders.
	maxDead = 64 << 20
)

// ensure creates the streams and the consumers, or finds them as they should be.
func (b *bus) ensure(ctx context.Context) error {
	storage := jetstream.FileStorage
	if b.Memory {
		storage = jetstream.MemoryStorage
	}
	// The stream has a subject for each of Kinds and no others, so to publish an
	// event of another kind fails: no stream takes it. It keeps events that were
	// acked: what happened to an order can be read from it afterwards, and a
	// restarted server finds the message ids of the time of dedup again.
	events := jetstream.StreamConfig{
		Name:       b.stream(),
		Retention:  jetstream.LimitsPolicy,
		Storage:    storage,
		Duplicates: dedup,
		MaxMsgSize: MaxEvent + maxHeader,
	}
	for _, k := range Kinds {
		events.Subjects = append(events.Subjects, Subject(b.Name, k, "*"))
	}
	dead := jetstream.StreamConfig{
		Name:       b.deadStream(),
		Subjects:   []string{b.deadSubject()},
		Storage:    storage,
		Duplicates: dedup,
		MaxMsgSize: MaxEvent + 2*maxHeader,
		MaxBytes:   maxDead,
	}
	for _, c := range []jetstream.StreamConfig{events, dead} {
		if _, err := b.js.CreateOrUpdateStream(ctx, c); err != nil {
			return fmt.Errorf("choreography: stream %s: %w", c.Name, err)
		}
	}
	for _, p := range participants {
		if _, err := b.consumerOf(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (b *bus) stream() string      { return b.Name }
func (b *bus) deadStream() string  { return b.Name + "-dlq" }
func (b *bus) deadSubject() string { return b.Name + ".dead" }

// encode returns the event as a message.
func (b *bus) encode(e Event) (*nats.Msg, error) {
	data, err := json.Marshal(e)
	return b.newMsg(e.Kind, e.Order.ID, data), err
}

// newMsg returns a message with the subject and the message id of an event.
func (b *bus) newMsg(k Kind, order string, data []byte) *nats.Msg {
	return &nats.Msg{
		Subject: Subject(b.Name, k, order),
		Header:  nats.Header{jetstream.MsgIDHeader: {eventID(order, k)}},
		Data:    data,
	}
}

// last returns the last event of any of these kinds about an order, or an error that
// is food.ErrUnknownOrder when there is none.
func (b *bus) last(ctx context.Context, order string, kinds ...Kind) (Event, error) {
	stream, err := b.js.Stream(ctx, b.stream())
	if err != nil {
		return Event{}, fmt.Errorf("stream %s: %w", b.stream(), err)
	}
	for _, k := range kinds {
		m, err := stream.GetLastMsgForSubject(ctx, Subject(b.Name, k, order))
		switch {
		case err == nil:
			e, err := decodeEvent(b.Name, m.Subject, m.Data)
			if err != nil { // it is a dead letter
				err = fmt.Errorf("%w: %w", food.ErrUnknownOrder, err)
			}
			return e, err
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return Event{}, fmt.Errorf("%s of order %s: %w", k, order, err)
		}
	}
	return Event{}, food.ErrUnknownOrder
}

// publish returns when the stream has the message. After an error it may have
// it all the same; publishing it again is harmless. It is the asynchronous publish
// that is waited for, because that one reports a lost connection at once.
func (b *bus) publish(ctx context.Context, m *nats.Msg) error {
	future, err := b.js.PublishMsgAsync(m)
	if err != nil {
		return fmt.Errorf("publish on %s: %w", m.Subject, err)
	}
	select {
	case <-future.Ok():
		return nil
	case err = <-future.Err():
	case <-ctx.Done():
		err = ctx.Err()
	}
	return fmt.Errorf("publish on %s: %w", m.Subject, err)
}

// deadLetter publishes a message that can't be decoded to the dead-letter stream,
// with the reason. Every subscriber comes to the same judgement, and within the time
// of dedup the message id makes that one dead letter. Later ones are copies.
func (b *bus) deadLetter(ctx context.Context, m jetstream.Msg, seq uint64, reason error) error {
	return b.publish(ctx, &nats.Msg{
		Subject: b.deadSubject(),
		Header: nats.Header{
			jetstream.MsgIDHeader: {strconv.FormatUint(seq, 10)},
			"Dead-Subject":        {clip(m.Subject())},
			"Dead-Reason":         {clip(reason.Error())},
		},
		Data: m.Data(),
	})
}

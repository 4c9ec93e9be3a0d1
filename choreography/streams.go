package choreography

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
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

	// maxDead bounds the dead-letter stream. A full one takes no more, and drops
	// none: they may be orders that were accepted. What can't be decoded then stays
	// unacked and is tried again, with the back-off, until someone has made room.
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
	// acked: what happened to an order can be read from it afterwards, no id is
	// taken by a second order, and a restarted server finds the message ids of
	// the time of dedup again.
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
		Discard:    jetstream.DiscardNew,
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

// encode returns the event as a message, with who publishes it and when it happened.
func (b *bus) encode(ctx context.Context, e Event, by string, at time.Time) (*nats.Msg, error) {
	data, err := json.Marshal(e)
	m := b.newMsg(e.Kind, e.Order.ID, by, at, data)
	b.inject(ctx, m)
	return m, err
}

// newMsg returns a message with the subject, the message id and the attributes of an
// event.
func (b *bus) newMsg(k Kind, order, by string, at time.Time, data []byte) *nats.Msg {
	m := &nats.Msg{Subject: Subject(b.Name, k, order), Header: b.attributes(by, k, order, at), Data: data}
	m.Header.Set(jetstream.MsgIDHeader, eventID(order, k))
	return m
}

// errUnreadable is of an event that the stream has and that can't be decoded. It is a
// dead letter.
var errUnreadable = errors.New("its event can't be decoded")

// last returns the last event of the first of these kinds about an order that the stream
// has, or an error that is food.ErrUnknownOrder when it has none.
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
			if err != nil {
				err = fmt.Errorf("%w: %w", errUnreadable, err)
			}
			return e, err
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return Event{}, fmt.Errorf("%s of order %s: %w", k, order, err)
		}
	}
	return Event{}, food.ErrUnknownOrder
}

// kept are the headers that a message keeps as a dead letter, and when it is published
// again: its attributes and its trace. What is of one publication (Nats-…) or of one
// letter (Dead-…) stays behind.
func kept(h nats.Header) nats.Header {
	kept := nats.Header{}
	for name, values := range h {
		if !strings.HasPrefix(name, "Nats-") && !strings.HasPrefix(name, "Dead-") {
			kept[name] = values
		}
	}
	return kept
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
	letter := &nats.Msg{Subject: b.deadSubject(), Header: kept(m.Headers()), Data: m.Data()}
	letter.Header.Set(jetstream.MsgIDHeader, strconv.FormatUint(seq, 10))
	letter.Header.Set("Dead-Subject", clip(m.Subject()))
	letter.Header.Set("Dead-Reason", clip(reason.Error()))
	return b.publish(ctx, letter)
}

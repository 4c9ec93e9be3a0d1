package choreography

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// dedup is how long the stream remembers message ids. It spares subscribers
	// an event that is published again within that time, and no more. What makes
	// a repetition harmless is the idempotency key in the ledger, which is kept
	// for ever.
	dedup = 2 * time.Minute

	// maxHeader is what a message, or a dead letter, may add to its event.
	maxHeader = 4 << 10

	// maxDead bounds the dead-letter stream. When it is full the oldest dead
	// letter goes: a flood of nonsense must not stop the orders.
	maxDead = 64 << 20

	// Reconnects are soon and for ever. The first one after a restart is what
	// an order in flight waits for.
	reconnectWait = 50 * time.Millisecond

	// pingEvery finds a server that is gone without having closed the
	// connection, at the third unanswered ping.
	pingEvery = 5 * time.Second

	// maxPending is how many events may wait for the server's ack at a time.
	maxPending = 1 << 16
)

// bus is a connection to the streams of one name.
type bus struct {
	Config
	conn *nats.Conn
	js   jetstream.JetStream
}

// connect returns a bus whose streams and consumers exist, whether the Coordinator
// or the Worker comes first.
func connect(ctx context.Context, c Config) (*bus, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	conn, err := nats.Connect(c.URL,
		nats.Name(c.Name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(0, 0),
		nats.PingInterval(pingEvery),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { c.Log.Debug("disconnected", "err", err) }),
		nats.ReconnectHandler(func(*nats.Conn) { c.Log.Debug("reconnected") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.Log.Warn("connection", "err", err) }),
	)
	if err != nil {
		return nil, fmt.Errorf("choreography: connect to NATS at %s: %w", Address(c.URL), err)
	}
	b := &bus{Config: c, conn: conn}
	b.js, err = jetstream.New(conn,
		jetstream.WithPublishAsyncTimeout(c.Policy.Redelivery),
		jetstream.WithPublishAsyncMaxPending(maxPending))
	if err == nil {
		err = b.ensure(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return b, nil
}

// ensure creates the streams and the consumers, or finds them as they should be.
func (b *bus) ensure(ctx context.Context) error {
	storage := jetstream.FileStorage
	if b.Memory {
		storage = jetstream.MemoryStorage
	}
	// The stream has a subject for each kind and no others, so an event that has
	// no subscriber is refused when it is published. It keeps events that were
	// acked: what happened to an order can be read from it afterwards, and
	// message ids are still known after a restart of the server.
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
		if _, err := b.consumer(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (b *bus) stream() string      { return b.Name }
func (b *bus) deadStream() string  { return b.Name + "-dlq" }
func (b *bus) deadSubject() string { return b.Name + ".dead" }

// consumer finds or creates the participant's durable consumer. Delivery is
// at-least-once: a message is redelivered until it is acked, a nak's delay or the
// AckWait after the delivery before. The server never gives up, because how often
// a call is tried is up to the policy. And the number of unacked messages is not
// bounded, because one that waits for its retry occupies no handler.
func (b *bus) consumer(ctx context.Context, p participant) (jetstream.Consumer, error) {
	c, err := b.js.CreateOrUpdateConsumer(ctx, b.stream(), jetstream.ConsumerConfig{
		Durable:        string(p.service),
		FilterSubjects: p.subjects(b.Name),
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        b.Policy.Redelivery,
		MaxDeliver:     -1,
		MaxAckPending:  -1,
		MemoryStorage:  b.Memory,
	})
	if err != nil {
		return nil, fmt.Errorf("choreography: consumer %s of stream %s: %w", p.service, b.stream(), err)
	}
	return c, nil
}

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
// with the reason. Every subscriber comes to the same judgement, so the message id
// makes it one dead letter.
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

// close closes the connection after everything published and acked has been sent.
// Without a server there is nothing to wait for.
func (b *bus) close(ctx context.Context) error {
	defer b.conn.Close()
	if !b.conn.IsConnected() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.Policy.Redelivery)
	defer cancel()
	return b.conn.FlushWithContext(ctx)
}

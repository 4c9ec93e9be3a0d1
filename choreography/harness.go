package choreography

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// This file is for the experiment: a worker without work to compare with, the
// server's counters, and what is asked of an external server. The saga needs none
// of it.

// Ceiling is [Work] as a no-op. The same consumers receive the same subjects with
// as many handlers, publish what follows on an order's happy path under the same
// message ids, and ack. Events are passed on as the bytes that were received; nothing
// decodes them, calls a service or writes a row. So its throughput is an upper bound:
// what JetStream and its client allow on this machine. acked is called when a message
// is acked, eight times an order, because no participant knows which one is the last.
func Ceiling(ctx context.Context, c Config, acked func(order string)) (*Worker, error) {
	return work(ctx, c, nil, func(s *subscriber, m jetstream.Msg) {
		kind, order := parseSubject(m.Subject())
		if next := s.on[kind].done; next != "" {
			if err := s.publish(context.Background(), s.newMsg(next, order, string(s.service), time.Now(), m.Data())); err != nil {
				s.Log.Warn("pass on", "order", order, "service", s.service, "err", err)
				return // it is redelivered
			}
		}
		if err := m.Ack(); err != nil {
			s.Log.Warn("not acknowledged", "order", order, "service", s.service, "err", err)
			return
		}
		acked(order)
	})
}

// parseSubject reads what [Subject] wrote.
func parseSubject(subject string) (k Kind, order string) {
	part := strings.Split(subject, ".")
	return Kind(part[2]), part[3]
}

// Counters returns what the server counted since the streams exist: messages
// and bytes on the event stream, deliveries to all participants and redeliveries
// among them. A server that is killed forgets the deliveries of the last moments
// before.
func (c *Coordinator) Counters(ctx context.Context) (map[string]float64, error) {
	b := c.bus
	counts := map[string]float64{"deliveries": 0, "redeliveries": 0}
	stream, err := b.stateOf(ctx, b.stream())
	if err != nil {
		return nil, err
	}
	counts["messages"] = float64(stream.CachedInfo().State.Msgs)
	counts["bytes"] = float64(stream.CachedInfo().State.Bytes)
	err = eachConsumer(ctx, stream, func(p participant, info *jetstream.ConsumerInfo) error {
		matching, err := b.matching(ctx, stream, p)
		delivered := float64(info.Delivered.Consumer)
		counts["deliveries"] += delivered
		counts["redeliveries"] += delivered - float64(matching-info.NumPending)
		return err
	})
	return counts, err
}

// LeftOver returns what the server still has for the participants: messages that are
// pending (not delivered yet) or unacked (delivered, and perhaps waiting for a retry),
// and dead_letters. How many orders were accepted does not matter here: the server
// has each of their events.
func (c *Coordinator) LeftOver(ctx context.Context, _ int) (map[string]float64, error) {
	b := c.bus
	dead, err := b.stateOf(ctx, b.deadStream())
	if err != nil {
		return nil, err
	}
	stream, err := b.stateOf(ctx, b.stream())
	if err != nil {
		return nil, err
	}
	left := map[string]float64{"unacked": 0, "pending": 0, "dead_letters": float64(dead.CachedInfo().State.Msgs)}
	err = eachConsumer(ctx, stream, func(_ participant, info *jetstream.ConsumerInfo) error {
		left["unacked"] += float64(info.NumAckPending)
		left["pending"] += float64(info.NumPending)
		return nil
	})
	return left, err
}

// stateOf returns a stream with what the server knows of it now.
func (b *bus) stateOf(ctx context.Context, name string) (jetstream.Stream, error) {
	s, err := b.js.Stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	return s, nil
}

// eachConsumer calls see with what the server knows now of each participant's
// consumer.
func eachConsumer(ctx context.Context, s jetstream.Stream, see func(participant, *jetstream.ConsumerInfo) error) error {
	for _, p := range participants {
		c, err := s.Consumer(ctx, string(p.service))
		if err == nil {
			err = see(p, c.CachedInfo())
		}
		if err != nil {
			return fmt.Errorf("consumer %s: %w", p.service, err)
		}
	}
	return nil
}

// matching counts the messages that the participant subscribes to. The server
// reports it for a consumer that has received none.
func (b *bus) matching(ctx context.Context, s jetstream.Stream, p participant) (uint64, error) {
	c, err := s.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubjects: p.subjects(b.Name),
		AckPolicy:      jetstream.AckNonePolicy,
		MemoryStorage:  true,
	})
	if err != nil {
		return 0, err
	}
	n := c.CachedInfo().NumPending
	return n, s.DeleteConsumer(ctx, c.CachedInfo().Name)
}

// Server returns the version of the NATS server at url, or an error that says why
// no order can be placed there.
func Server(ctx context.Context, url string) (version string, err error) {
	conn, err := nats.Connect(url)
	if err != nil {
		return "", fmt.Errorf("no NATS server takes connections at %s: %w", Address(url), err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return "", err
	}
	_, err = js.AccountInfo(ctx)
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return "", fmt.Errorf("the NATS server at %s has no JetStream: start it with -js", Address(url))
	case err != nil:
		return "", fmt.Errorf("the NATS server at %s does not answer for JetStream: %w", Address(url), err)
	}
	return conn.ConnectedServerVersion(), nil
}

// Remove deletes the streams whose names begin with prefix, with all that they
// hold, and returns how many there were. The prefix is what the [Config].Name of
// all streams of a run have in common, up to and with the "-" behind it: without
// that, the streams of another run could begin in the same way. The orchestration
// needs no Remove: a namespace's retention ends its closed workflows.
func Remove(ctx context.Context, url, prefix string) (removed int, err error) {
	if len(prefix) < 2 || !strings.HasSuffix(prefix, "-") {
		return 0, fmt.Errorf("choreography: remove streams %q…: want a prefix that ends in '-'", prefix)
	}
	conn, err := nats.Connect(url)
	if err != nil {
		return 0, fmt.Errorf("choreography: connect to NATS at %s: %w", Address(url), err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return 0, err
	}
	// The list is read to its end first: it comes in pages, and a page counts
	// from the beginning.
	var names []string
	list := js.StreamNames(ctx)
	for name := range list.Name() {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	if err := list.Err(); err != nil {
		return 0, fmt.Errorf("choreography: list streams: %w", err)
	}
	for _, name := range names {
		if err := js.DeleteStream(ctx, name); err != nil {
			return removed, fmt.Errorf("choreography: delete stream %s: %w", name, err)
		}
		removed++
	}
	return removed, nil
}

// Address is the URL, or each of several with commas between them, without the
// credentials that it may hold: the form that may be printed. (The address of a
// Temporal server holds none.)
func Address(url string) string {
	var shown []string
	for one := range strings.SplitSeq(url, ",") {
		scheme, rest, found := strings.Cut(one, "://")
		if !found {
			scheme, rest = "nats", one
		}
		shown = append(shown, strings.TrimSpace(scheme)+"://"+strings.TrimSpace(rest[strings.LastIndex(rest, "@")+1:]))
	}
	return strings.Join(shown, ",")
}

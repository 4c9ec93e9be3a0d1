package choreography

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// What an operator reads of the streams.

// An entry is an event as it is found in the stream.
type entry struct {
	seq     uint64
	at      time.Time
	kind    Kind
	order   string
	subject string
	reason  string // where its body was read
}

// A letter is a dead letter: the entry that it was, and why it could not be read. Its
// own sequence is that of the dead-letter stream.
type letter struct {
	entry
	was uint64 // sequence in the stream of events
}

// body adds what only the body of an event has.
func (o *Operator) body(ctx context.Context, stream jetstream.Stream, e entry) (entry, error) {
	m, err := stream.GetMsg(ctx, e.seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return e, nil // it was deleted meanwhile
	}
	if err != nil {
		return e, fmt.Errorf("event %d: %w", e.seq, err)
	}
	if full, bad := decodeEvent(o.bus.Name, m.Subject, m.Data); bad == nil {
		e.reason = full.Reason
	}
	return e, nil
}

// letters returns the dead letters by order, as their subjects have it.
func (o *Operator) letters(ctx context.Context) (map[string][]letter, error) {
	stream, err := o.bus.stateOf(ctx, o.bus.deadStream())
	if err != nil {
		return nil, err
	}
	all := map[string][]letter{}
	err = o.messages(ctx, stream, nil, false, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		subject := m.Headers().Get("Dead-Subject")
		was, _ := strconv.ParseUint(m.Headers().Get(jetstream.MsgIDHeader), 10, 64)
		l := letter{entry{seq: meta.Sequence.Stream, at: meta.Timestamp, subject: subject, reason: m.Headers().Get("Dead-Reason")}, was}
		if strings.Count(subject, ".") == 3 {
			l.kind, l.order = parseSubject(subject)
		}
		all[l.order] = append(all[l.order], l)
	})
	return all, err
}

// read reads the stream of events, without their bodies.
func (o *Operator) read(ctx context.Context, stream jetstream.Stream, subjects []string, each func(entry)) error {
	return o.messages(ctx, stream, subjects, false, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		kind, order := parseSubject(m.Subject())
		each(entry{seq: meta.Sequence.Stream, at: meta.Timestamp, kind: kind, order: order, subject: m.Subject()})
	})
}

// atOnce is how many messages one request asks for.
const atOnce = 1000

// messages reads what a stream has now, in its order, with or without the bodies. The
// consumer is in memory and acks nothing: it takes no message from anyone.
func (o *Operator) messages(ctx context.Context, stream jetstream.Stream, subjects []string, bodies bool, each func(jetstream.Msg, *jetstream.MsgMetadata)) error {
	c, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubjects:    subjects,
		AckPolicy:         jetstream.AckNonePolicy,
		HeadersOnly:       !bodies,
		MemoryStorage:     true,
		InactiveThreshold: time.Minute, // should this process die
	})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream.CachedInfo().Config.Name, err)
	}
	for left := int(c.CachedInfo().NumPending); left > 0 && err == nil; {
		left, err = o.batch(ctx, c, left, each)
	}
	return errors.Join(err, stream.DeleteConsumer(ctx, c.CachedInfo().Name))
}

// batch reads the next messages of those that are left.
func (o *Operator) batch(ctx context.Context, c jetstream.Consumer, left int, each func(jetstream.Msg, *jetstream.MsgMetadata)) (int, error) {
	got, err := c.Fetch(min(left, atOnce), jetstream.FetchMaxWait(o.bus.Policy.Redelivery))
	if err != nil {
		return left, err
	}
	before := left
	for m := range got.Messages() {
		meta, err := m.Metadata()
		if err != nil {
			return left, err
		}
		o.subjects += len(m.Subject())
		each(m, meta)
		left--
	}
	if err := cmp.Or(got.Error(), ctx.Err()); err != nil || left < before {
		return left, err
	}
	info, err := c.Info(ctx)
	if err == nil && info.NumPending > 0 {
		err = fmt.Errorf("%d messages did not come", info.NumPending)
	}
	return 0, err // the rest was deleted meanwhile
}

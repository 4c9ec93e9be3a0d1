package choreography

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Counters returns what the server counted since the streams exist: messages
// and bytes on the event stream, deliveries to all participants, redeliveries
// among them, messages that are pending (not delivered yet) and unacked
// (delivered, and perhaps waiting for a retry), and dead_letters. A server that
// is killed forgets the deliveries of the last moments before.
func (c *Coordinator) Counters(ctx context.Context) (map[string]float64, error) {
	b := c.bus
	counts := map[string]float64{"deliveries": 0, "redeliveries": 0, "unacked": 0, "pending": 0}
	stream, err := b.js.Stream(ctx, b.stream())
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", b.stream(), err)
	}
	counts["messages"] = float64(stream.CachedInfo().State.Msgs)
	counts["bytes"] = float64(stream.CachedInfo().State.Bytes)
	dead, err := b.js.Stream(ctx, b.deadStream())
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", b.deadStream(), err)
	}
	counts["dead_letters"] = float64(dead.CachedInfo().State.Msgs)

	for _, p := range participants(nil) {
		c, err := stream.Consumer(ctx, string(p.service))
		if err != nil {
			return nil, fmt.Errorf("consumer %s: %w", p.service, err)
		}
		info := c.CachedInfo()
		matching, err := b.matching(ctx, stream, p)
		if err != nil {
			return nil, fmt.Errorf("consumer %s: %w", p.service, err)
		}
		delivered := float64(info.Delivered.Consumer)
		counts["deliveries"] += delivered
		counts["redeliveries"] += delivered - float64(matching-info.NumPending)
		counts["unacked"] += float64(info.NumAckPending)
		counts["pending"] += float64(info.NumPending)
	}
	return counts, nil
}

// matching counts the messages that a participant hears. The server tells it to
// a consumer that has not begun.
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

package choreography

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Where the rest of the policy is: the back-off passes before the nak, in [retries], and
// the concurrency is the number of handlers, in [bus.subscribe].

// consumerOf finds or creates the participant's durable consumer. Delivery is
// at-least-once: a message is redelivered until it is acked, at its nak or the
// AckWait after the delivery before. The server never stops, because giving up is
// done by [food.Services]. And the number of unacked messages is not
// bounded, because one that waits for its retry occupies no handler.
func (b *bus) consumerOf(ctx context.Context, p participant) (jetstream.Consumer, error) {
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

package choreography

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Ceiling does what [Work] does and leaves the work out: the same consumers
// hear the same subjects with as many hands, publish what follows on an order's
// happy path under the same message ids, and ack. The events go on as the bytes
// that came; nobody reads them, calls a service or writes a row. So it finds out
// what JetStream and its client allow on this machine. heard is called once a
// message is acked, eight times an order.
func Ceiling(ctx context.Context, c Config, heard func(order string)) (*Worker, error) {
	return work(ctx, c, participants(nil), func(l *listener, m jetstream.Msg) {
		kind, order := topic(m.Subject())
		if next := l.hears[kind].says; next != "" {
			if err := l.publish(context.Background(), l.event(next, order, m.Data())); err != nil {
				l.Log.Warn("echo", "order", order, "service", l.service, "err", err)
				return // it comes again
			}
		}
		if err := m.Ack(); err != nil {
			l.Log.Warn("not acknowledged", "order", order, "service", l.service, "err", err)
			return
		}
		heard(order)
	})
}

// topic reads a subject that a participant's filter let through.
func topic(subject string) (k Kind, order string) {
	part := strings.Split(subject, ".")
	return Kind(part[2]), part[3]
}

package choreography

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
)

// A Coordinator places orders. It coordinates nothing: it publishes order_placed,
// and the participants do the rest. For the name see [food.Coordinator].
type Coordinator struct{ bus *bus }

var _ food.Coordinator = (*Coordinator)(nil)

// Open connects to the server. It creates the streams and the participants'
// consumers when they are missing, as [Work] does, so either can come first. An
// order needs the streams alone: a consumer that is created later reads them from
// the start. But [Coordinator.Counters] asks for all six.
func Open(ctx context.Context, c Config) (*Coordinator, error) {
	b, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Coordinator{bus: b}, nil
}

// Submit implements [food.Coordinator]. It returns nil when the stream has the
// event. Until then it publishes it again under the same message id, until ctx
// ends, so an outage of the server is waited out. An order that is submitted again
// within two minutes is dropped by the stream, which knows its message id; one that
// comes later goes through the flow again, in which every call finds its row.
func (c *Coordinator) Submit(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	m, err := c.bus.encode(placed(o))
	if err == nil && len(m.Data) > MaxEvent/2 {
		err = fmt.Errorf("order %s takes %d bytes, want at most %d", o.ID, len(m.Data), MaxEvent/2)
	}
	if err != nil {
		return err
	}
	return c.insist(ctx, "order "+o.ID, func() (final bool, err error) {
		err = c.bus.publish(ctx, m)
		return tooLarge(err), err
	})
}

// insist tries again what the server did not confirm, until ctx ends. A final error
// is one after which nothing has happened.
func (c *Coordinator) insist(ctx context.Context, what string, try func() (final bool, err error)) error {
	for attempt := 1; ; attempt++ {
		final, err := try()
		switch {
		case err == nil:
			return nil
		case final:
			return fmt.Errorf("%s was not accepted: %w", what, err)
		}
		c.bus.Log.Debug("ask the server again", "for", what, "attempt", attempt, "err", err)
		select {
		case <-time.After(c.bus.Policy.Backoff(attempt)):
			if !c.bus.conn.IsClosed() {
				continue
			}
		case <-ctx.Done():
		}
		return fmt.Errorf("%s may or may not have been accepted: %w", what, err)
	}
}

// Cancel implements [food.Coordinator]. It publishes cancellation_requested, to which
// Delivery reacts.
func (c *Coordinator) Cancel(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	return c.follow(ctx, o.ID, CancellationRequested, OrderPlaced)
}

// Resolve implements [food.Coordinator].
func (c *Coordinator) Resolve(ctx context.Context, o food.Order) error {
	err := c.follow(ctx, o.ID, EscalationResolved, escalations...)
	if !errors.Is(err, food.ErrUnknownOrder) {
		return err
	}
	if _, unknown := c.bus.last(ctx, o.ID, OrderPlaced); unknown == nil {
		return fmt.Errorf("order %s: %w", o.ID, food.ErrNotEscalated)
	}
	return err
}

// follow publishes what a person wants after one of the causes, which the stream must
// have. The order is the one that it has there.
func (c *Coordinator) follow(ctx context.Context, order string, k Kind, causes ...Kind) error {
	if !food.ValidID(order) {
		return fmt.Errorf("order %q: %w", order, food.ErrUnknownOrder)
	}
	return c.insist(ctx, fmt.Sprintf("%s of order %s", k, order), func() (final bool, err error) {
		cause, err := c.bus.last(ctx, order, causes...)
		if err != nil {
			return errors.Is(err, food.ErrUnknownOrder), err
		}
		m, err := c.bus.encode(cause.then(k, ""))
		if err != nil {
			return true, err
		}
		return false, c.bus.publish(ctx, m)
	})
}

// tooLarge says whether the server, or the client for it, definitely refused a
// message: its limit is below [MaxEvent], or somebody changed the stream.
func tooLarge(err error) bool {
	api, _ := errors.AsType[*jetstream.APIError](err)
	return errors.Is(err, nats.ErrMaxPayload) || api != nil && api.ErrorCode == jetstream.JSErrCodeStreamMessageExceedsMaximum
}

// Close implements [food.Coordinator].
func (c *Coordinator) Close(ctx context.Context) error { return c.bus.close(ctx) }

// A Worker runs the participants and makes the services' calls: six subscribers,
// one for each participant, over one connection, each with a consumer of its own.
type Worker struct {
	bus         *bus
	subscribers []*subscriber
}

// Work starts to work for the orders of c. When it stops, however it stops, the
// orders go on with the next Worker of the same name, or with another one that
// runs already.
func Work(ctx context.Context, c Config, s *food.Services) (*Worker, error) {
	return work(ctx, c, s.Steps(), (*subscriber).handle)
}

// work is what [Work] and [Ceiling] share.
func work(ctx context.Context, c Config, steps map[food.Action]food.Step, h handler) (*Worker, error) {
	b, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	w := &Worker{bus: b}
	for _, p := range participants {
		s, err := b.subscribe(ctx, p, steps, h)
		if err != nil {
			return nil, errors.Join(err, w.Close(ctx))
		}
		w.subscribers = append(w.subscribers, s)
	}
	return w, nil
}

// Close takes no more work and waits for reactions that are running. When ctx
// ends first it returns ctx's error, and messages that are not acked by then are
// redelivered. Close the services after it, not before.
func (w *Worker) Close(ctx context.Context) error {
	stopped := make([]error, len(w.subscribers))
	var all sync.WaitGroup
	for i, s := range w.subscribers {
		all.Go(func() { stopped[i] = s.stop(ctx) })
	}
	all.Wait()
	return errors.Join(append(stopped, w.bus.close(ctx))...)
}

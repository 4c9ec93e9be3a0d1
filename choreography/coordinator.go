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
// event. Until then it publishes it again, until ctx
// ends, so an outage of the server is waited out.
//
// The stream takes one order_placed of an id, for as long as it exists. When it refuses
// a second one, the first is read: the same order was accepted before, another one is
// not.
func (c *Coordinator) Submit(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	m, err := c.bus.encode(ctx, placed(o), coordinator, time.Now())
	if err != nil {
		return err
	}
	return c.insist(ctx, "order "+o.ID, func() error { return c.place(ctx, o, m) })
}

// place publishes order_placed, if its subject has none yet. The server checks that when
// it stores the message, so of two orders under one id it takes one. (A message id would
// be forgotten after the time of dedup, and does not tell two orders apart.)
func (c *Coordinator) place(ctx context.Context, o food.Order, m *nats.Msg) error {
	m.Header.Del(jetstream.MsgIDHeader)
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
	err := c.bus.publish(ctx, m)
	if !placedBefore(err) {
		return err
	}
	first, err := c.bus.last(ctx, o.ID, OrderPlaced)
	if errors.Is(err, errUnreadable) || err == nil && !first.Order.Equal(o) {
		return food.ErrOtherOrder
	}
	return err
}

// Cancel implements [food.Coordinator]. It publishes cancellation_requested, to which
// Delivery reacts.
func (c *Coordinator) Cancel(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	return c.insist(ctx, "cancellation of order "+o.ID, func() error {
		e, err := c.bus.last(ctx, o.ID, OrderPlaced)
		if err == nil && !e.Order.Equal(o) {
			err = food.ErrOtherOrder
		}
		return c.follow(ctx, e, err, CancellationRequested)
	})
}

// Resolve implements [food.Coordinator]. It publishes escalation_resolved.
func (c *Coordinator) Resolve(ctx context.Context, o food.Order) error {
	if !food.ValidID(o.ID) {
		return fmt.Errorf("order %q: %w", o.ID, food.ErrUnknownOrder)
	}
	return c.insist(ctx, "resolution of order "+o.ID, func() error {
		e, err := c.bus.last(ctx, o.ID, escalations...)
		if errors.Is(err, food.ErrUnknownOrder) {
			if _, err = c.bus.last(ctx, o.ID, OrderPlaced); err == nil {
				err = food.ErrNotEscalated
			}
		}
		return c.follow(ctx, e, err, EscalationResolved)
	})
}

// follow publishes what a person wants, as the event after e, if that was found.
func (c *Coordinator) follow(ctx context.Context, e Event, err error, k Kind) error {
	if err != nil {
		return err
	}
	m, err := c.bus.encode(ctx, e.then(k, ""), coordinator, time.Now())
	if err != nil {
		return err
	}
	return c.bus.publish(ctx, m)
}

// insist tries again what the server did not confirm, until ctx ends.
func (c *Coordinator) insist(ctx context.Context, what string, try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		switch {
		case err == nil:
			return nil
		case food.Definite(err), errors.Is(err, errUnreadable), tooLarge(err):
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

// placedBefore says whether the stream refused a message because its subject has one.
// The second code is that of a replicated stream on which the first is being stored.
func placedBefore(err error) bool {
	api, _ := errors.AsType[*jetstream.APIError](err)
	return api != nil && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
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
// With [Config].Without it is one less.
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
		if string(p.service) == c.Without {
			continue
		}
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

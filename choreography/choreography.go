package choreography

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
)

// Config says which orders belong together and how hard each call is tried.
// [Open] and [Work] of a cell get the same.
type Config struct {
	URL    string       // of the NATS server, such as nats://127.0.0.1:4222
	Name   string       // of the stream, first token of each subject, and itself a valid order id; no two cells share it
	Policy food.Policy  // see [food.DefaultPolicy]
	Memory bool         // keep the streams in memory instead of in files
	Log    *slog.Logger // nil discards
}

// check checks and completes the configuration.
func (c *Config) check() error {
	if !food.ValidID(c.Name) {
		return fmt.Errorf("choreography: name %q: want 1 to 64 letters, digits, '_' or '-'", c.Name)
	}
	if err := c.Policy.Validate(); err != nil {
		return fmt.Errorf("choreography: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// A Coordinator places orders. There is little to coordinate: it says that an
// order was placed, and whoever minds hears it.
type Coordinator struct{ bus *bus }

var _ food.Coordinator = (*Coordinator)(nil)

// Open connects the order side and makes sure that the streams and the
// participants' places in them exist, so that nothing is said into the void
// even when no worker runs yet.
func Open(ctx context.Context, c Config) (*Coordinator, error) {
	b, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Coordinator{bus: b}, nil
}

// Submit implements [food.Coordinator]. It returns nil when the stream has the
// event. Until then it says it again under the same message id, so an outage of
// the server is waited out for as long as ctx allows.
func (c *Coordinator) Submit(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	m, err := c.bus.message(placed(o))
	if err == nil && len(m.Data) > MaxEvent/2 {
		err = fmt.Errorf("order %s takes %d bytes, want at most %d", o.ID, len(m.Data), MaxEvent/2)
	}
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := c.bus.publish(ctx, m)
		if err == nil {
			return nil
		}
		c.bus.Log.Debug("place again", "order", o.ID, "attempt", attempt, "err", err)
		select {
		case <-time.After(c.bus.Policy.Backoff(attempt)):
			if !c.bus.conn.IsClosed() {
				continue
			}
		case <-ctx.Done():
		}
		return fmt.Errorf("order %s may or may not have been accepted: %w", o.ID, err)
	}
}

// Close implements [food.Coordinator].
func (c *Coordinator) Close(ctx context.Context) error { return c.bus.close(ctx) }

// A Worker runs the six participants.
type Worker struct {
	bus       *bus
	listeners []*listener
}

// Work begins to run the participants over the services, and returns when all
// of them hear. Like Open it creates the streams when they are missing. Several
// workers may run at a time; they share the work.
func Work(ctx context.Context, c Config, s *food.Services) (*Worker, error) {
	return work(ctx, c, participants(s), (*listener).handle)
}

// work is what [Work] and [Ceiling] share.
func work(ctx context.Context, c Config, all []participant, hear func(*listener, jetstream.Msg)) (*Worker, error) {
	b, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	w := &Worker{bus: b}
	for _, p := range all {
		l, err := b.listen(ctx, p, hear)
		if err != nil {
			return nil, errors.Join(err, w.Close(ctx))
		}
		w.listeners = append(w.listeners, l)
	}
	return w, nil
}

// Close stops hearing, waits until everything that was heard has been reacted
// to, and lets go of the connection. When ctx ends first it returns ctx's error
// and the reactions that still run end unheard: their messages come again, to
// the next worker. The services must not be closed before.
func (w *Worker) Close(ctx context.Context) error {
	stopped := make([]error, len(w.listeners))
	var all sync.WaitGroup
	for i, l := range w.listeners {
		all.Go(func() { stopped[i] = l.stop(ctx) })
	}
	all.Wait()
	return errors.Join(append(stopped, w.bus.close(ctx))...)
}

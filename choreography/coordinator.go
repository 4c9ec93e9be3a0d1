package choreography

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
)

// Config says which orders belong together and how hard each call is tried. Give
// [Open] and [Work] the same for the same orders.
type Config struct {
	URL    string       // of the NATS server, such as nats://127.0.0.1:4222
	Name   string       // of the stream, first token of each subject, and itself a valid order id; under another name the same id is another order
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

// A Coordinator places orders. There is little to coordinate: it publishes
// order_placed, and the participants do the rest.
type Coordinator struct{ bus *bus }

var _ food.Coordinator = (*Coordinator)(nil)

// Open connects to the server. It creates the streams and the participants'
// consumers when they are missing, so that no event is published before its
// consumers exist, even if no worker runs yet.
func Open(ctx context.Context, c Config) (*Coordinator, error) {
	b, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Coordinator{bus: b}, nil
}

// Submit implements [food.Coordinator]. It returns nil when the stream has the
// event. Until then it publishes it again under the same message id, until ctx
// ends, so an outage of the server is waited out. The stream drops an order that
// it has; one that it has forgotten goes through the flow again, in which every
// call finds its row.
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

// A Worker runs the participants and makes the services' calls: six subscribers
// over one connection, each with a consumer of its own.
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

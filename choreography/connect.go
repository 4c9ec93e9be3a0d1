package choreography

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"github.com/sagabench/sagabench/food"
)

// Config says which orders belong together and how hard each call is tried. Give
// [Open] and [Work] the same for the same orders. Orders of two names have separate
// streams. But [food.Call.Key] has no name in it, so over one ledger an id stands for
// one order under every name.
type Config struct {
	URL    string       // of the NATS server, such as nats://127.0.0.1:4222
	Name   string       // of the stream, and first token of each subject; 1 to 64 letters, digits, '_' or '-'
	Policy food.Policy  // see [food.DefaultPolicy]
	Memory bool         // keep the streams in memory instead of in files
	Log    *slog.Logger // nil discards
	Tracer trace.Tracer // nil makes no spans, see trace.go

	// Without names the part that another program runs: a service. A worker does not
	// subscribe for it; its consumer exists all the same. "" is none.
	Without string

	// Failed is called when a worker can't go on, because what it subscribes to is
	// gone or the server refuses it for good. It takes no more work then, and is to be
	// closed. Nil ignores that.
	Failed func(error)
}

// check checks and completes the configuration.
func (c *Config) check() error {
	if !food.ValidID(c.Name) {
		return fmt.Errorf("choreography: name %q: want 1 to 64 letters, digits, '_' or '-'", c.Name)
	}
	if err := c.Policy.Validate(); err != nil {
		return fmt.Errorf("choreography: %w", err)
	}
	if c.Without != "" && !slices.Contains(food.AllServices, food.Service(c.Without)) {
		return fmt.Errorf("choreography: without %q: want a service", c.Without)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Failed == nil {
		c.Failed = func(error) {}
	}
	return nil
}

const (
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
	conn     *nats.Conn
	js       jetstream.JetStream
	stopping atomic.Bool // its subscribers fetch no more
}

// fail stops the subscribers and reports why, once, and not when they are stopping.
func (b *bus) fail(err error) {
	if b.stopping.Swap(true) {
		return
	}
	b.Log.Error("worker stopped", "err", err)
	b.Failed(err)
}

// connect returns a bus whose streams and consumers exist, whether the Coordinator
// or the Worker comes first.
func connect(ctx context.Context, c Config) (*bus, error) {
	b, err := dial(c)
	if err != nil {
		return nil, err
	}
	if err := b.ensure(ctx); err != nil {
		b.conn.Close()
		return nil, err
	}
	return b, nil
}

// dial returns a bus to whatever streams there are.
func dial(c Config) (*bus, error) {
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
	if err != nil {
		conn.Close()
		return nil, err
	}
	return b, nil
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

package orchestration

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/sagabench/sagabench/food"
)

// Config says which orders belong together and how hard each call is tried. Give
// [Open] and [Work] the same for the same orders. Orders of two names have separate
// workflows. But [food.Call.Key] has no name in it, so over one ledger an id stands
// for one order under every name.
type Config struct {
	HostPort  string       // of the Temporal server, such as 127.0.0.1:7233
	Namespace string       // which must exist; "" means "default"
	Name      string       // prefix of workflow ids and task queues; 1 to 64 letters, digits, '_' or '-'
	Policy    food.Policy  // see [food.DefaultPolicy]
	Local     bool         // calls are local activities, see the package's doc
	Log       *slog.Logger // nil discards
	Tracer    trace.Tracer // nil makes no spans, see trace.go

	// Without names the part that another program runs: a service, or "workflow". Its
	// SDK worker is not started. "" is none, as it must be with Local.
	Without string

	// Failed is called when a part of a worker can't go on, because for two minutes
	// the server has refused its requests as wrong. The worker is to be closed then.
	// Nil ignores that.
	Failed func(error)
}

// Names hold no dot, so the ids and queues of two names never meet.
func (c Config) workflowID(order string) string    { return c.Name + "." + order }
func (c Config) queue(service food.Service) string { return c.Name + "." + string(service) }
func (c Config) flowQueue() string                 { return c.Name + "." + workflowPart }

// workflowPart is the part of a worker that is no service: the flow itself.
const workflowPart = "workflow"

// fatal is what the SDK calls when it ends a worker, for instance because the namespace
// does not exist any more.
func (c Config) fatal(err error) {
	c.Log.Error("worker stopped", "err", err)
	c.Failed(fmt.Errorf("orchestration: worker stopped: %w", err))
}

// check checks and completes the configuration.
func (c *Config) check() error {
	if !food.ValidID(c.Name) {
		return fmt.Errorf("orchestration: name %q: want 1 to 64 letters, digits, '_' or '-'", c.Name)
	}
	if err := c.Policy.Validate(); err != nil {
		return fmt.Errorf("orchestration: %w", err)
	}
	if c.Without != "" && c.Without != workflowPart && !slices.Contains(food.AllServices, food.Service(c.Without)) {
		return fmt.Errorf("orchestration: without %q: want a service or %q", c.Without, workflowPart)
	}
	if c.Without != "" && c.Local {
		return fmt.Errorf("orchestration: without %q: with local activities one worker is all parts", c.Without)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Failed == nil {
		c.Failed = func(error) {}
	}
	return nil
}

func clientOptions(c Config) client.Options {
	return client.Options{
		HostPort:  c.HostPort,
		Namespace: c.Namespace,
		Logger:    log.NewStructuredLogger(c.Log),
		// On the loopback, compressing costs more than it saves.
		ConnectionOptions:       client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}},
		WorkerHeartbeatInterval: -1, // nothing reads worker heartbeats here
	}
}

// connect checks the configuration and returns a connection.
func (c *Config) connect(ctx context.Context) (client.Client, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	options := clientOptions(*c)
	if err := c.intercept(&options); err != nil {
		return nil, err
	}
	cl, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("orchestration: connect to Temporal at %s: %w", c.HostPort, err)
	}
	return cl, nil
}

package twins

import (
	"context"
	"reflect"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/story"
	"github.com/sagabench/sagabench/internal/stuck"
	"github.com/sagabench/sagabench/internal/tracing"
	"github.com/sagabench/sagabench/orchestration"
)

// A Twin is a style as this program opens it: its orders are placed from here and
// worked on in a child, over a server.
type Twin struct {
	Style string

	Place func(context.Context, Traffic) (Coordinator, error)
	Work  func(context.Context, Traffic, *food.Services) (Closer, error)

	// Bare is Work with nothing behind the same traffic. It reports each order
	// that has ended.
	Bare func(ctx context.Context, t Traffic, ended func()) (Closer, error)

	// Flow is the whole flow, as the style's own code has it.
	Flow func() flow.Flow

	// Given is what the style makes of a policy, in the words of the parity table.
	Given func(food.Policy) map[string]string

	// Version asks an external server for its version, and so whether it can be used.
	Version func(context.Context, Endpoint) (string, error)

	// Names lists the names of the traffic on a server: the one that is asked for, if
	// it is there, or else those that are. Operate looks into one of them.
	Names   func(ctx context.Context, at Endpoint, name string) ([]string, error)
	Operate func(ctx context.Context, at Endpoint, name string) (Operator, error)
}

// A Coordinator knows what its engine did.
type Coordinator interface {
	food.Coordinator
	Counters(context.Context) (map[string]float64, error)
	LeftOver(ctx context.Context, accepted int) (map[string]float64, error)
}

// An Operator is the side of the person who looks after orders.
type Operator interface {
	List(context.Context) (stuck.Look, error)
	Show(ctx context.Context, order string) (stuck.Order, error)
	Story(ctx context.Context, order string) (story.Story, error) // all that the server kept of it
	Redrive(ctx context.Context, order string) (did []string, err error)
	Resolve(ctx context.Context, order string) error
	Orders(context.Context) ([]string, error) // ids, for one that was mistyped
	Cost() stuck.Cost
	Closer
}

// A Closer is a side that works on orders.
type Closer interface{ Close(context.Context) error }

// Traffic is which orders belong together, on which server: what both sides of a
// style are opened with.
type Traffic struct {
	Endpoint
	Name   string // of streams, queues and workflows, or what theirs begin with
	Env    bench.Env
	Traces *tracing.Traces // nil: off
	Failed func(error)     // receives why the side that works can't go on; nil ignores it

	// Without is the part that another program runs: a service, or "workflow" where
	// there is one. "" is none.
	Without string
}

// TrafficName is what a cell's traffic is called.
func TrafficName(cell string) string { return "food-" + cell }

// An Endpoint is where a server is. The zero value is nowhere.
type Endpoint struct {
	Address   string
	Namespace string // on a Temporal server; "" is its default
}

// Choreography is the style over NATS JetStream.
var Choreography = Twin{
	Style: record.Choreography,
	Place: func(ctx context.Context, t Traffic) (Coordinator, error) {
		return choreography.Open(ctx, choreographyConfig(t))
	},
	Work: func(ctx context.Context, t Traffic, s *food.Services) (Closer, error) {
		return choreography.Work(ctx, choreographyConfig(t), s)
	},
	Bare: func(ctx context.Context, t Traffic, ended func()) (Closer, error) {
		return choreography.Ceiling(ctx, choreographyConfig(t), afterLastCall(ended))
	},
	Flow:    named(record.Choreography, choreography.Flow),
	Given:   given[*choreography.Coordinator](choreography.Given),
	Version: func(ctx context.Context, at Endpoint) (string, error) { return choreography.Server(ctx, at.Address) },
	Names: func(ctx context.Context, at Endpoint, name string) ([]string, error) {
		return choreography.Names(ctx, choreographyConfig(lookedAfter(at, name)))
	},
	Operate: func(ctx context.Context, at Endpoint, name string) (Operator, error) {
		return choreography.Operate(ctx, choreographyConfig(lookedAfter(at, name)))
	},
}

// Orchestration is the style over Temporal.
var Orchestration = Twin{
	Style: record.Orchestration,
	Place: func(ctx context.Context, t Traffic) (Coordinator, error) {
		return orchestration.Open(ctx, orchestrationConfig(t))
	},
	Work: func(ctx context.Context, t Traffic, s *food.Services) (Closer, error) {
		return orchestration.Work(ctx, orchestrationConfig(t), s)
	},
	Bare: func(ctx context.Context, t Traffic, ended func()) (Closer, error) {
		return orchestration.Ceiling(ctx, orchestrationConfig(t), func(string) { ended() })
	},
	Flow:  named(record.Orchestration, orchestration.Flow),
	Given: given[*orchestration.Coordinator](orchestration.Given),
	Version: func(ctx context.Context, at Endpoint) (string, error) {
		return orchestration.Server(ctx, at.Address, at.Namespace)
	},
	Names: func(ctx context.Context, at Endpoint, name string) ([]string, error) {
		return orchestration.Names(ctx, orchestrationConfig(lookedAfter(at, name)))
	},
	Operate: func(ctx context.Context, at Endpoint, name string) (Operator, error) {
		return orchestration.Operate(ctx, orchestrationConfig(lookedAfter(at, name)))
	},
}

// named gives a flow the name of its style.
func named(style string, of func() flow.Flow) func() flow.Flow {
	return func() flow.Flow {
		f := of()
		f.Style = style
		return f
	}
}

// lookedAfter is traffic of which an operator knows the name alone. The policy is of
// its own waits, and not of the orders'.
func lookedAfter(at Endpoint, name string) Traffic {
	t := Traffic{Endpoint: at, Name: name}
	t.Env.Policy = food.DefaultPolicy
	return t
}

// given adds whether a customer can cancel: whether the style's coordinator takes that.
func given[Coordinator any](of func(food.Policy) map[string]string) func(food.Policy) map[string]string {
	return func(p food.Policy) map[string]string {
		m := of(p)
		m["a customer's cancellation"] = "not taken"
		if _, ok := reflect.TypeFor[Coordinator]().MethodByName("Cancel"); ok {
			m["a customer's cancellation"] = "taken"
		}
		return m
	}
}

func choreographyConfig(t Traffic) choreography.Config {
	return choreography.Config{URL: t.Address, Name: t.Name, Policy: t.Env.Policy, Memory: t.Env.Durability == durability.Memory, Failed: t.Failed, Without: t.Without, Tracer: t.Traces.Tracer(record.Choreography)}
}

func orchestrationConfig(t Traffic) orchestration.Config {
	return orchestration.Config{HostPort: t.Address, Namespace: t.Namespace, Name: t.Name, Policy: t.Env.Policy, Local: t.Env.LocalActivities, Failed: t.Failed, Without: t.Without, Tracer: t.Traces.Tracer(record.Orchestration)}
}

// What an external NATS server needs besides.
var (
	RemoveStreams = choreography.Remove  // deletes what a run left there
	NATSAddress   = choreography.Address // a URL as may be printed
)

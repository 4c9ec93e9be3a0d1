package main

import (
	"context"
	"io"
	"sync"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
)

// An engine is a style as this program runs it: its orders are placed from here
// and worked on in a child, over a server. Or all of it is in this process.
type engine struct {
	style     string
	server    *product // nil: in this process
	inProcess bench.InProcess

	place func(context.Context, traffic) (coordinator, error)
	work  func(context.Context, traffic, *food.Services) (closer, error)

	// bare is work with nothing behind the same traffic. It reports each order
	// that has ended.
	bare func(ctx context.Context, t traffic, ended func()) (closer, error)

	// given is what the style has of what is not alike for all, for the parity
	// table.
	given func(plan.Plan) map[string]string
}

// A coordinator knows what its engine did.
type coordinator interface {
	food.Coordinator
	Counters(context.Context) (map[string]float64, error)
	LeftOver(ctx context.Context, accepted int) (map[string]float64, error)
}

type closer interface{ Close(context.Context) error }

// traffic is which orders belong together, on which server: what both sides of a
// style are opened with.
type traffic struct {
	endpoint
	name string // of streams, queues and workflows, or what theirs begin with
	env  bench.Env
}

// trafficName is what a cell's traffic is called.
func trafficName(cell string) string { return "food-" + cell }

// A product is a server that styles run on. One is started here, unless the user
// names an external one.
type product struct {
	name     string // of its flag, of its folder, and for devserver
	title    string
	port     int    // by which it is usually known
	what     string // its flag leads to
	example  string
	variable string // by which its official client knows an address

	prepare func(ctx context.Context, errs io.Writer) (string, error) // finds or builds it; nil: it is here
	start   func(context.Context, devserver.Config) (*devserver.Server, error)
	address func(*devserver.Server) string         // of one that was started here
	hosts   func(address string) ([]string, error) // that an address leads to
	shown   func(address string) string            // an address as may be printed
	version func(context.Context, endpoint) (string, error)

	// remove deletes what a run's cells left there, by the beginning of its name;
	// nil where that gets in no one's way and ends by itself.
	remove func(ctx context.Context, address, prefix string) (int, error)
}

// An endpoint is where a server is. The zero value is nowhere.
type endpoint struct {
	Address   string
	Namespace string // on a Temporal server; "" is its default
}

// afterLastCall is for traffic that knows its calls and not its orders: it receives
// each call, and reports an order when its last has been made.
func afterLastCall(ended func()) func(order string) {
	var mu sync.Mutex
	calls := map[string]int{}
	return func(order string) {
		mu.Lock()
		defer mu.Unlock()
		if calls[order]++; calls[order] == len(food.Required[food.Completed]) {
			delete(calls, order)
			ended()
		}
	}
}

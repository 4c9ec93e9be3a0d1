package bench

import (
	"context"
	"time"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/story"
)

// This file is the seam of the experiment: all that the harness knows of what
// it measures. What has an engine is put behind it in cmd/sagabench alone, so that
// the measuring side can't favour one.

// A Style is one way of coordinating an order.
type Style interface {
	// Start brings up what the cells of one block share: the style's server.
	// It returns when the server takes requests.
	Start(context.Context, Block) (Server, error)
}

// Block is what a server is started with.
type Block struct {
	Dir string // empty folder for the server's data
	plan.Setup
}

// A Server is a started style, ready for one cell after another. The cells are
// isolated: each has streams or task queues of its own.
type Server interface {
	Open(context.Context, Env) (System, error)
	Processes() []Process // of the server; none for the baseline
	Close() error         // stops it; its data stays in the block's folder
}

// A BareServer can also open the traffic of a style with nothing behind it: the
// same messages or calls, no service and no ledger. What comes out is what the
// engine allows. The baseline has no engine.
type BareServer interface {
	// OpenBare opens it. ended counts orders that have ended, once each,
	// from any goroutine. Of env it takes cell, durability and policy.
	OpenBare(ctx context.Context, env Env, ended func(n int)) (Bare, error)
}

// A KeepingServer also keeps what happened to each order: messages, or histories. What
// it kept is asked for when a cell is closed and measured, and judged orders are known.
// The baseline keeps nothing.
type KeepingServer interface {
	// Stories returns what it kept of these orders of a cell, in their order; before
	// an error those that it had got. Of an order that it does not know the story is
	// empty but for a note.
	Stories(ctx context.Context, cell string, orders []string) ([]story.Story, error)
}

// Bare takes orders for which nothing is done.
type Bare interface {
	Submit(context.Context, food.Order) error
	Close(context.Context) error
	Processes() []Process // its own, such as the worker
}

// Env is what one cell is run in. Its cell's name is unique in the run and a valid
// order id: it prefixes subjects, streams, queues and workflow ids. Its folder is
// empty. What can't cross a pipe is not in its JSON.
type Env struct {
	world.Config

	// LocalActivities makes the orchestration's calls in the worker that runs
	// its flow. To the other styles it means nothing.
	LocalActivities bool

	// Worker is the program, with its arguments, that the cell's worker is; nil is
	// this one. A variant of a style is run so.
	Worker []string `json:"-"`

	// Rows receives the ledger's commits in order of seq, each row once, from
	// one goroutine.
	Rows func(ledger.Commit) `json:"-"`

	// Failed receives each attempt at a call that had no answer, from any
	// goroutine. It may be nil.
	Failed func(food.Call, error) `json:"-"`
}

// Around is what stands around the calls of a world for the env's listeners.
func (e Env) Around() (around []food.Interceptor) {
	if e.Failed != nil {
		around = append(around, func(ctx context.Context, c food.Call, next func(context.Context) error) error {
			err := next(ctx)
			if err != nil {
				e.Failed(c, err)
			}
			return err
		})
	}
	return around
}

// A System is one cell's coordinator with the services behind it.
type System interface {
	food.Coordinator

	// Begin sets when the measured window starts, or started. Outages count
	// from it.
	Begin(time.Time) error

	// Processes lists the cell's own, such as the worker.
	Processes() []Process

	// Counters returns what the engine counted for this cell: messages,
	// deliveries, history events … It may be slow and is called after the drain,
	// untimed.
	Counters(context.Context) (map[string]float64, error)

	// LeftOver returns what the engine still has to do for this cell, or has given
	// up, when that many orders were accepted: nothing, if each value is 0. It is
	// asked after the drain, and more than once, because an engine may be late in
	// knowing itself. Without an engine the map is empty, not nil.
	LeftOver(ctx context.Context, accepted int) (map[string]float64, error)
}

// A Process is something that can be killed, paused and measured.
type Process interface {
	Role() string // fault.Server or fault.Worker
	PID() int
	Done() <-chan struct{}         // closed when it has ended; that of the present one, after a restart
	Kill() error                   // SIGKILL, and waits for the end
	Restart(context.Context) error // on the same data; returns when it is ready
	Pause() error                  // SIGSTOP
	Resume() error                 // SIGCONT; does nothing to one that was not paused
	Err() error                    // why it has ended, when it has
}

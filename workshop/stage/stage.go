package stage

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/twins"
	"github.com/sagabench/sagabench/workshop/kit"
	"github.com/sagabench/sagabench/workshop/program"
)

// A Stage is an open cell.
type Stage struct {
	Config
	journal *journal
	name    string // of the cell, on its server
	server  string

	life context.Context // ends when the stage is closed
	end  context.CancelFunc

	world    *world.World // of the twin
	placing  twins.Coordinator
	working  twins.Closer // nil: the twin has no part
	provider *provider
	proxy    *proxy // nil on Temporal
	nats     *nats.Conn
	js       jetstream.JetStream
	temporal client.Client

	starting sync.WaitGroup // of a program that was killed
	landed   atomic.Int64   // requests and calls that were held and have been answered

	mu       sync.Mutex
	closing  bool
	relented bool          // the provider refuses nothing any more
	slowest  time.Duration // that something new took to happen, as far as a waiter saw
	decide   func(Point) Hit
	orders   []food.Order
	endings  map[string]food.Ending
	want     map[string]bool          // orders whose customers cancelled
	program  *program.Program         // nil: it does not run
	last     *program.Program         // its last life
	halted   *program.Ended           // why the program can't go on: it ended by itself, or does not start
	gates    map[string]chan struct{} // by the action that is held, see [Stage.Release]
}

// Open opens a cell on the machine's server, with the order side, the twin without the
// program's part, the provider and, if there is one, the program.
func Open(ctx context.Context, c Config) (*Stage, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	st := &Stage{
		Config: c, journal: newJournal(c.judged()), name: "learn-" + strconv.FormatUint(rand.Uint64(), 36),
		endings: map[string]food.Ending{}, want: map[string]bool{}, gates: map[string]chan struct{}{},
	}
	st.life, st.end = context.WithCancel(context.Background())
	err := st.open(ctx)
	if err == nil && c.Exe != "" {
		err = st.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

func (st *Stage) open(ctx context.Context) (err error) {
	if err := st.connect(ctx); err != nil {
		return err
	}
	begun := time.Now()
	defer func() { st.took(time.Since(begun)) }()
	env := bench.Env{Config: world.Config{Cell: st.name, Durability: durability.Memory, Policy: Policy}}
	if st.world, err = world.Open(env.Config, st.journal.commit, st.call, st.refuse); err != nil {
		return err
	}
	var sound *food.Services
	if st.Sound {
		sound = st.world.Services
	}
	if st.provider, err = st.openProvider(sound); err != nil {
		return err
	}
	twin := twins.Choreography
	if st.Style == record.Orchestration {
		twin = twins.Orchestration
	}
	traffic := twins.Traffic{Endpoint: twins.Endpoint{Address: st.server}, Name: st.name, Env: env, Without: st.Without}
	if st.Without == All {
		traffic.Without = ""
	}
	if st.placing, err = twin.Place(ctx, traffic); err != nil {
		st.placing = nil
		return err
	}
	if st.Without == All {
		return nil
	}
	if st.working, err = twin.Work(ctx, traffic, st.world.Services); err != nil {
		st.working = nil
	}
	return err
}

// connect connects the stage itself to the server.
func (st *Stage) connect(ctx context.Context) (err error) {
	if st.Style == record.Orchestration {
		if st.server, err = st.Machine.Temporal(ctx); err == nil {
			st.temporal, err = client.DialContext(ctx, client.Options{HostPort: st.server, Logger: silent{}})
		}
		return err
	}
	if st.server, err = st.Machine.NATS(ctx); err != nil {
		return err
	}
	if st.proxy, err = st.openProxy(st.server); err != nil {
		return err
	}
	if st.nats, err = nats.Connect(st.server); err == nil {
		st.js, err = jetstream.New(st.nats)
	}
	return err
}

// silent is a log that keeps nothing.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

// closeWithin bounds how long the twin may take to close.
const closeWithin = 15 * time.Second

// Close ends the program and takes the cell down.
func (st *Stage) Close() error {
	st.end()
	st.mu.Lock()
	st.closing = true
	st.mu.Unlock()
	st.starting.Wait()
	st.stop()
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	var errs []error
	if st.proxy != nil {
		errs = append(errs, st.proxy.close())
	}
	if st.placing != nil {
		errs = append(errs, st.placing.Close(ctx))
	}
	if st.working != nil {
		errs = append(errs, st.working.Close(ctx))
	}
	if st.provider != nil {
		errs = append(errs, st.provider.close())
	}
	if st.world != nil {
		errs = append(errs, st.world.Close())
	}
	if st.nats != nil {
		_ = st.js.DeleteStream(ctx, st.name)
		st.nats.Close()
	}
	if st.temporal != nil {
		st.temporal.Close()
	}
	return errors.Join(errs...)
}

// cell is where the program finds everything.
func (st *Stage) cell() kit.Cell {
	server := st.server
	if st.proxy != nil {
		server = st.proxy.url()
	}
	return kit.Cell{Server: server, Name: st.name, World: st.provider.url, Redelivery: Policy.Redelivery}
}

// Forget makes the provider forget all keys. What it refused before it accepts from now
// on, if it is asked anew: a card that was declined has money again.
func (st *Stage) Forget() {
	st.mu.Lock()
	st.relented = true
	st.mu.Unlock()
	st.provider.forget()
}

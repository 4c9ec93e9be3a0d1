package stage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/load"
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

// customers have names, because the messages are about them.
var customers = []string{"Ada", "Grace", "Alan", "Edsger", "Barbara", "Leslie", "Frances", "Donald", "Radia", "Tony", "Mary", "Edgar"}

// Order makes an order that must come to an ending. Which call is refused follows from
// that, and what is ordered from the seed.
func (st *Stage) Order(ending food.Ending) food.Order {
	st.mu.Lock()
	defer st.mu.Unlock()
	n := len(st.orders)
	o := load.Mix{Scenario: "learn", Seed: st.Seed}.Order(n)
	draw := rand.New(rand.NewPCG(st.Seed, uint64(n)))
	o.ID = fmt.Sprintf("o-%s%d", strconv.FormatUint(draw.Uint64N(36*36), 36), n)
	o.Customer = customers[draw.IntN(len(customers))]
	st.orders = append(st.orders, o)
	st.endings[o.ID] = ending
	return o
}

// Orders makes several orders, in an order that follows from the seed.
func (st *Stage) Orders(endings ...food.Ending) (all []food.Order) {
	for _, e := range endings {
		all = append(all, st.Order(e))
	}
	draw := rand.New(rand.NewPCG(st.Seed, uint64(len(all))))
	draw.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// OnceMore makes an order of the same customer for the same things.
func (st *Stage) OnceMore(o food.Order) food.Order {
	again := st.Order(food.Completed)
	again.Customer, again.Restaurant, again.Items = o.Customer, o.Restaurant, o.Items
	st.mu.Lock()
	defer st.mu.Unlock()
	st.orders[len(st.orders)-1] = again
	return again
}

// all are the stage's orders.
func (st *Stage) all() []food.Order {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.Clone(st.orders)
}

// order returns one of the stage's orders, or nil.
func (st *Stage) order(id string) *food.Order {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, o := range st.orders {
		if o.ID == id {
			return &o
		}
	}
	return nil
}

// named returns the order whose id is in a key, or "".
func (st *Stage) named(key string) string {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, o := range st.orders {
		if strings.Contains(key, o.ID) {
			return o.ID
		}
	}
	return ""
}

// event reads the subject of an event.
func (st *Stage) event(subject string) (kind, order string, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 || parts[0] != st.name || parts[1] != "order" {
		return "", "", false
	}
	return parts[2], parts[3], true
}

// refuse makes a service refuse the call at which an order's ending is decided.
func (st *Stage) refuse(ctx context.Context, c food.Call, next func(context.Context) error) error {
	st.mu.Lock()
	ending, relented := st.endings[c.Order], st.relented && c.Service == st.service()
	st.mu.Unlock()
	if relented {
		return next(ctx)
	}
	fatal := map[food.Ending]food.Action{
		food.PaymentDeclined: food.Charge, food.RestaurantFailed: food.Confirm, food.NoPartner: food.Assign,
	}
	reasons := map[food.Action]string{food.Charge: "card_declined", food.Confirm: "kitchen_closed", food.Assign: "no_courier"}
	if fatal[ending] == c.Action {
		ctx = food.Refusing(ctx, reasons[c.Action])
	}
	return next(ctx)
}

// Place submits orders, one after the other.
func (st *Stage) Place(ctx context.Context, orders ...food.Order) error {
	for _, o := range orders {
		st.journal.note(fact{what: asked, order: o.ID, text: "places the order"})
		if err := st.placing.Submit(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// Cancel asks for a customer that an order be taken back.
func (st *Stage) Cancel(ctx context.Context, o food.Order) error {
	st.journal.note(fact{what: asked, order: o.ID, text: "the customer cancels"})
	st.mu.Lock()
	st.want[o.ID] = true
	st.mu.Unlock()
	return st.placing.Cancel(ctx, o)
}

// Forget makes the provider forget all keys. What it refused before it accepts from now
// on, if it is asked anew: a card that was declined has money again.
func (st *Stage) Forget() {
	st.mu.Lock()
	st.relented = true
	st.mu.Unlock()
	st.provider.forget()
}

// Landed waits until everything that was held has taken effect, or found that it can't.
func (st *Stage) Landed(ctx context.Context) error {
	return st.Until(ctx, func() bool { return st.landed.Load() == int64(st.Fired(Hold)) })
}

// Release lets what is held go on, and holds none of it from now on: the requests and calls
// of these actions, or of all.
func (st *Stage) Release(actions ...string) {
	if len(actions) == 0 {
		actions = []string{everything}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, a := range actions {
		gate := st.gate(a)
		select {
		case <-gate:
		default:
			close(gate)
		}
	}
}

// everything is no action: its gate is that of all.
const everything = ""

// gate is closed when an action is released. It is asked for with the stage locked.
func (st *Stage) gate(action string) chan struct{} {
	if st.gates[action] == nil {
		st.gates[action] = make(chan struct{})
	}
	return st.gates[action]
}

// await keeps a request on its way.
func (st *Stage) await(action string) {
	st.mu.Lock()
	own, all := st.gate(action), st.gate(everything)
	st.mu.Unlock()
	select {
	case <-own:
	case <-all:
	case <-st.life.Done():
	}
}

// Hits decides from now on what becomes of the program's requests and messages. It is
// called from several goroutines. Without it all pass.
func (st *Stage) Hits(decide func(Point) Hit) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.decide = decide
}

// at asks what becomes of a point.
func (st *Stage) at(p Point) Hit {
	st.mu.Lock()
	decide := st.decide
	st.mu.Unlock()
	if decide == nil {
		return Pass
	}
	hit := decide(p)
	if hit != Pass {
		st.journal.hit(hit)
	}
	return hit
}

// Fired is how often there was such a hit.
func (st *Stage) Fired(h Hit) int { return st.journal.fired(h) }

// Count is how often something passed such a point, or was hit there.
func (st *Stage) Count(where Where, order, name string) int {
	st.journal.mu.Lock()
	defer st.journal.mu.Unlock()
	return st.journal.counts[Point{Where: where, Order: order, Name: name}]
}

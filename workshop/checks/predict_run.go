package checks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/story"
	"github.com/sagabench/sagabench/internal/twins"
	"github.com/sagabench/sagabench/workshop"
)

// predictPolicy has short waits, and a redelivery that no slow machine comes close to:
// nothing is to be delivered again but where the case has it.
var predictPolicy = food.Policy{
	Attempts: 8, UndoAttempts: 60, FirstBackoff: 10 * time.Millisecond, MaxBackoff: 50 * time.Millisecond,
	CallTimeout: 16 * time.Second, Redelivery: 20 * time.Second, Concurrency: 16,
}

// predictPatience is how long one order may take. On an idle machine it is a second.
const predictPatience = 15 * time.Second

// A predictRun is one order in one style, and all that was seen of it.
type predictRun struct {
	predictCase
	twin        twins.Twin
	server      twins.Endpoint
	coordinator twins.Coordinator
	operator    twins.Operator

	mu       sync.Mutex
	changed  chan struct{} // closed at every change
	attempts []*predictAttempt
	gate     int  // how many of the closing calls may go on, see the gate constants
	released bool // the call that was held
	kept     story.Story
	atGate   story.Moment // the newest, when all closing calls had begun
	counters map[string]float64
	rows     []food.Row
}

// Where the closing calls are let on: none; refund alone; all.
const (
	gateClosed = iota
	gateRefund
	gateOpen
)

// A predictAttempt is one attempt at a call.
type predictAttempt struct {
	food.Call
	at, end time.Time
	gate    int  // when it began
	after   bool // it began when the pivot had its answer
	ended   bool // it is over, with
	err     error
	row     food.Row // that it wrote or found
	found   bool
}

// predictTried plays the order in one style.
func predictTried(ctx context.Context, c predictCase, m workshop.Machine, t twins.Twin) (_ *predictRun, err error) {
	r := &predictRun{predictCase: c, twin: t, changed: make(chan struct{})}
	serve := m.NATS
	if t.Style == record.Orchestration {
		serve = m.Temporal
	}
	if r.server.Address, err = serve(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, predictPatience)
	defer cancel()
	if err := r.staged(ctx); err != nil {
		return nil, fmt.Errorf("%s, order %s: %w", t.Style, c.order.ID, err)
	}
	return r, nil
}

// staged opens both sides, plays, and closes them.
func (r *predictRun) staged(ctx context.Context) (err error) {
	store := ledger.NewMemory(ledger.Options{})
	defer func() { err = errors.Join(err, store.Close()) }()
	services := food.NewServices(store, predictPolicy, r.around)
	defer services.Close()

	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	traffic := twins.Traffic{
		Endpoint: r.server, Name: "predict-" + strings.ToLower(rand.Text()[:12]), Failed: fail,
		Env: bench.Env{Config: world.Config{Policy: predictPolicy, Durability: durability.Memory}},
	}
	shut := func(side twins.Closer) { err = errors.Join(err, side.Close(context.WithoutCancel(ctx))) }
	if r.coordinator, err = r.twin.Place(ctx, traffic); err != nil {
		return err
	}
	defer func() { shut(r.coordinator) }()
	if r.operator, err = r.twin.Operate(ctx, r.server, traffic.Name); err != nil {
		return err
	}
	defer func() { shut(r.operator) }()
	side, err := r.twin.Work(ctx, traffic, services)
	if err != nil {
		return err
	}
	defer func() { shut(side) }()
	defer r.letGo() // of calls that are held, or the side would wait for them

	if err := r.play(ctx); err != nil {
		return err
	}
	if r.counters, err = r.coordinator.Counters(ctx); err != nil {
		return err
	}
	return store.Replay(ctx, 1, func(rows []food.Row) error {
		r.rows = append(r.rows, rows...)
		return nil
	})
}

// play places the order, and lets happen what is to happen.
func (r *predictRun) play(ctx context.Context) error {
	if err := r.coordinator.Submit(ctx, r.order); err != nil {
		return err
	}
	held := fmt.Sprintf("%s is under way, and what is beside it is answered", r.held())
	if err := r.await(ctx, held, func() bool { return r.underWay() && r.answered(r.beside()...) }); err != nil {
		return err
	}
	if err := r.poll(ctx, "the engine knows these answers", r.knowsBeside); err != nil {
		return err
	}
	if r.cancelled == "" {
		r.set(func() { r.released = true })
	} else if err := r.coordinator.Cancel(ctx, r.order); err != nil {
		return err
	}
	if err := r.close(ctx); err != nil {
		return err
	}
	others := lists.Filter(r.made(), func(a food.Action) bool { return a != r.held() })
	if err := r.await(ctx, "all but "+string(r.held())+" is answered", func() bool { return r.answered(others...) }); err != nil {
		return err
	}
	r.set(func() { r.released = true })
	if err := r.await(ctx, "all is answered", func() bool { return r.answered(r.made()...) }); err != nil {
		return err
	}
	return r.poll(ctx, "the engine is at rest", r.atRest)
}

// close lets the closing calls on when all have begun. So they do begin side by side.
// Refund goes first, and what needs its answer alone begins before the others go on.
func (r *predictRun) close(ctx context.Context) (err error) {
	if err := r.await(ctx, predictSet(r.closing())+" have begun", func() bool { return r.begun(r.closing()...) }); err != nil {
		return err
	}
	if r.kept, err = r.operator.Story(ctx, r.order.ID); err != nil {
		return err
	}
	r.atGate = r.kept.Moments[len(r.kept.Moments)-1]
	r.set(func() { r.gate = gateRefund })
	if r.makes(food.MailRefunded) {
		err = r.await(ctx, "mail-refunded has begun", func() bool { return r.begun(food.MailRefunded) })
	}
	r.set(func() { r.gate = gateOpen })
	return err
}

// poll asks until something is so.
func (r *predictRun) poll(ctx context.Context, what string, is func(context.Context) (bool, error)) error {
	for {
		so, err := is(ctx)
		if so || err != nil {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("it never came about that %s: %w", what, context.Cause(ctx))
		}
	}
}

// knowsBeside says whether the history has the answers of the calls beside the one that
// is held: its own is to be the last before what follows. A stream keeps no answers that
// nothing follows from.
func (r *predictRun) knowsBeside(ctx context.Context) (bool, error) {
	if r.twin.Style != record.Orchestration {
		return true, nil
	}
	kept, err := r.operator.Story(ctx, r.order.ID)
	missing := slices.ContainsFunc(r.beside(), func(call food.Action) bool {
		return !slices.ContainsFunc(kept.Moments, func(m story.Moment) bool { return m.What == "ActivityTaskCompleted" && m.Call == call })
	})
	return !missing, err
}

// atRest says whether the engine has nothing more to do for the order, and reads what it
// kept of it.
func (r *predictRun) atRest(ctx context.Context) (done bool, err error) {
	if r.kept, err = r.operator.Story(ctx, r.order.ID); err != nil {
		return false, err
	}
	if r.twin.Style == record.Orchestration {
		last := r.kept.Moments[len(r.kept.Moments)-1]
		return last.What == "WorkflowExecutionCompleted", nil
	}
	left, err := r.coordinator.LeftOver(ctx, 1)
	for _, n := range left {
		if n > 0 {
			return false, err
		}
	}
	return err == nil, err
}

package checks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/flow"
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

// around is the interceptor of all calls.
func (r *predictRun) around(ctx context.Context, c food.Call, next func(context.Context) error) error {
	a := &predictAttempt{Call: c, at: time.Now()}
	r.set(func() {
		a.gate, a.after = r.gate, r.answered(r.pivot())
		r.attempts = append(r.attempts, a)
	})
	err := r.attempt(ctx, a, next)
	r.set(func() { a.ended, a.end, a.err = true, time.Now(), err })
	return err
}

// attempt does with an attempt what the case has for it.
func (r *predictRun) attempt(ctx context.Context, a *predictAttempt, next func(context.Context) error) error {
	if err := r.await(ctx, "it may go on", func() bool { return r.mayGoOn(a) }); err != nil {
		return fmt.Errorf("%w: %w", food.ErrFailure, err)
	}
	if a.Action == r.failing && a.Attempt <= r.fails {
		return food.ErrFailure
	}
	if a.Action == r.refused {
		ctx = food.Refusing(ctx, "not today")
	}
	var row food.Row
	asked := time.Now()
	if err := next(food.Observing(ctx, func(seen food.Row) { row = seen })); err != nil {
		return err
	}
	found := row.At.Before(asked)
	r.set(func() { a.row, a.found = row, found })
	if a.Action == r.lost && !found {
		return food.ErrNoAnswer
	}
	return nil
}

// mayGoOn says whether an attempt is held no longer.
func (r *predictRun) mayGoOn(a *predictAttempt) bool {
	switch {
	case a.Action == r.held():
		return r.released
	case a.Action == food.Refund:
		return r.gate >= gateRefund
	case slices.Contains(r.closing(), a.Action):
		return r.gate == gateOpen
	}
	return true
}

// letGo holds nothing any more.
func (r *predictRun) letGo() { r.set(func() { r.gate, r.released = gateOpen, true }) }

// set changes what is known, and lets those look who wait.
func (r *predictRun) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

// await waits until something is so. What is asked runs under the lock.
func (r *predictRun) await(ctx context.Context, what string, is func() bool) error {
	for {
		r.mu.Lock()
		so, changed := is(), r.changed
		r.mu.Unlock()
		if so {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("it never came about that %s: %w", what, context.Cause(ctx))
		}
	}
}

// of are the attempts at a call.
func (r *predictRun) of(call food.Action) []*predictAttempt {
	return lists.Filter(r.attempts, func(a *predictAttempt) bool { return a.Action == call })
}

func (r *predictRun) begun(calls ...food.Action) bool {
	return !slices.ContainsFunc(calls, func(call food.Action) bool { return len(r.of(call)) == 0 })
}

// underWay says whether the call that is held has begun.
func (r *predictRun) underWay() bool { return r.begun(r.held()) }

func (r *predictRun) answered(calls ...food.Action) bool {
	return !slices.ContainsFunc(calls, func(call food.Action) bool {
		return !slices.ContainsFunc(r.of(call), func(a *predictAttempt) bool { return a.ended && a.err == nil })
	})
}

// found is what the run shows for each question, in the words of its right answer.
func (r *predictRun) found() map[string]string {
	var tally food.Tally
	rows, mails := map[food.Action]flow.Answer{}, []food.Action{}
	found := map[string]string{"rows": strconv.Itoa(len(r.rows)), "refund": "none"}
	for _, row := range r.rows {
		tally.Add(row)
		if row.Action == r.failing {
			found["attempt"] = strconv.Itoa(row.Attempt)
		}
		if row.Action == food.Refund {
			found["refund"] = row.Amount.String()
		}
		if predictMail(row.Action) && row.TookEffect() {
			mails = append(mails, row.Action)
		}
		if row.Service != food.OrderService && row.Service != food.Notification {
			rows[row.Action] = flow.AnswerOf(row)
		}
	}
	ending, _ := tally.Ending()
	found["which"], found["mails"], found["ending"] = predictRows(rows), predictMails(mails), string(ending)
	found["lost"], found["beside"], found["after"] = r.lostFound(), predictSet(r.besideFound()), r.afterFound()
	if r.twin.Style == record.Choreography {
		found["messages"], found["deliveries"] = fmt.Sprint(r.counters["messages"]), fmt.Sprint(r.counters["deliveries"])
		found["cause-events"] = predictEach(r.atGate.What)
	} else {
		found["activities"], found["cause-workflow"] = strconv.Itoa(len(r.scheduled())), r.causeFound()
	}
	return found
}

// lostFound is what happened after the reply that was lost.
func (r *predictRun) lostFound() string {
	all := lists.Filter(r.rows, func(row food.Row) bool { return row.Action == r.lost })
	tries := r.of(r.lost)
	if len(all) == 1 && len(tries) == 2 && tries[1].found && tries[1].row.Seq == all[0].Seq {
		return predictAbsorbed
	}
	return fmt.Sprintf("%d attempts, %d rows", len(tries), len(all))
}

// besideFound lists the calls that began when the pivot's answer was there and before
// any of them had one.
func (r *predictRun) besideFound() (calls []food.Action) {
	for _, a := range r.attempts {
		if a.after && a.gate == gateClosed {
			calls = append(calls, a.Action)
		}
	}
	return calls
}

// afterFound is which calls began later, and what they had waited for.
func (r *predictRun) afterFound() string {
	var calls []string
	for _, a := range r.attempts {
		if a.gate == gateClosed || a.Attempt > 1 {
			continue
		}
		when := "all of them are"
		if a.gate == gateRefund {
			when = "refund is"
		}
		calls = append(calls, fmt.Sprintf("%s, when %s done", a.Action, when))
	}
	if calls == nil {
		return predictNothing
	}
	return strings.Join(calls, "; ")
}

// scheduled are the activities, by the history.
func (r *predictRun) scheduled() []story.Moment {
	return lists.Filter(r.kept.Moments, func(m story.Moment) bool { return m.What == "ActivityTaskScheduled" })
}

// causeFound is whose code scheduled the closing calls, and the last answer that was
// in the history then.
func (r *predictRun) causeFound() string {
	last := food.Action("")
	for _, m := range r.kept.Moments {
		switch {
		case m.What == "ActivityTaskCompleted":
			last = m.Call
		case m.What == "ActivityTaskScheduled" && slices.Contains(r.closing(), m.Call):
			if m.By != "workflow" || !strings.HasPrefix(m.ID, "place.") {
				return fmt.Sprintf("%s, by %s", m.ID, m.By)
			}
			return predictWorkflow(last)
		}
	}
	return "no one"
}

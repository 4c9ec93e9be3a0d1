package bench_test

import (
	"cmp"
	"context"
	"maps"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/conformance"
	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// The least that is a style: what follows each answer, as a table, and a goroutine for
// each call. It keeps nothing, so it guarantees nothing about a crash, nor about an order
// that comes while it closes.

// A flow lists which calls follow what took effect, and what was rejected: "no " before
// it.
type flow map[food.Action][]food.Action

var meal = flow{
	food.Charge:          {food.Confirm},
	"no " + food.Charge:  {food.StatusCancelled, food.MailPaymentFailed},
	food.Confirm:         {food.Assign, food.Award, food.StatusConfirmed, food.MailConfirmed},
	"no " + food.Confirm: {food.Refund, food.StatusCancelled, food.MailCancelled},
	food.Assign:          {food.StatusCompleted, food.MailPartnerAssigned},
	"no " + food.Assign:  {food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled},
	food.Refund:          {food.MailRefunded},

	food.Cancel:               {food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled},
	"no " + food.Refund:       {food.MailEscalated},
	"no " + food.CancelTicket: {food.MailEscalated},
	"no " + food.Revoke:       {food.MailEscalated},
}

type toy struct {
	flow   flow
	policy food.Policy
	steps  map[food.Action]food.Step
	slots  map[food.Action]chan struct{} // one a call that its service executes
	calls  sync.WaitGroup
	closed atomic.Bool

	escalated sync.Map // bool, by order that was accepted
}

func (f flow) coordinator(s *food.Services, p food.Policy) food.Coordinator {
	t := &toy{flow: f, policy: p, steps: s.Steps(), slots: map[food.Action]chan struct{}{}}
	for _, actions := range food.Actions {
		slots := make(chan struct{}, p.Concurrency)
		for _, a := range actions {
			t.slots[a] = slots
		}
	}
	return t
}

func (t *toy) Submit(_ context.Context, o food.Order) error {
	if err := o.Validate(); err != nil || t.closed.Load() {
		return cmp.Or(err, net.ErrClosed)
	}
	t.escalated.LoadOrStore(o.ID, false)
	t.calls.Go(func() { t.follow(o, t.call(o, food.Charge)) })
	return nil
}

func (t *toy) Cancel(_ context.Context, o food.Order) error {
	if _, known := t.escalated.Load(o.ID); !known {
		return food.ErrUnknownOrder
	}
	t.calls.Go(func() { t.follow(o, t.call(o, food.Cancel)) })
	return nil
}

func (t *toy) Resolve(_ context.Context, o food.Order) error {
	switch escalated, known := t.escalated.Load(o.ID); {
	case !known:
		return food.ErrUnknownOrder
	case escalated != true:
		return food.ErrNotEscalated
	}
	t.calls.Go(func() { t.call(o, food.Resolve) })
	return nil
}

func (t *toy) follow(o food.Order, answer food.Action) {
	for _, a := range t.flow[answer] {
		if a == food.MailEscalated {
			t.escalated.Store(o.ID, true)
		}
		t.calls.Go(func() { t.follow(o, t.call(o, a)) })
	}
}

// call repeats a call until it has an answer. Waiting takes no slot.
func (t *toy) call(o food.Order, a food.Action) (answer food.Action) {
	for attempt := 1; ; attempt++ {
		t.slots[a] <- struct{}{}
		row, err := t.steps[a](context.Background(), o, attempt)
		<-t.slots[a]
		switch {
		case err != nil:
			time.Sleep(t.policy.Backoff(attempt))
		case row.TookEffect():
			return a
		case row.Rejected():
			return "no " + a
		default:
			return "" // another call has blocked it, or there was nothing to undo
		}
	}
}

// Close waits for the orders under way.
func (t *toy) Close(context.Context) error {
	t.closed.Store(true)
	t.calls.Wait()
	return nil
}

// A style is judged by the suite …
func TestToyStyleConforms(t *testing.T) { conformance.Run(t, harness(meal)) }

// … which finds the refund that is missing …
func TestToyStyleThatKeepsTheMoney(t *testing.T) {
	greedy := maps.Clone(meal)
	greedy["no "+food.Confirm] = []food.Action{food.StatusCancelled, food.MailCancelled}
	h := harness(greedy)
	h.Patience = 3 * time.Second // it waits in vain
	if err := conformance.Check(t.Context(), h, "every ending"); err == nil {
		t.Error("a style without a refund conforms")
	}
}

func harness(f flow) conformance.Harness {
	var both food.Coordinator // takes orders, and works
	return conformance.Harness{
		Volatile: true, Patience: 10 * time.Second,
		Work: func(_ context.Context, c conformance.Cell, s *food.Services) (conformance.Worker, error) {
			both = f.coordinator(s, c.Policy)
			return both, nil
		},
		Open: func(context.Context, conformance.Cell) (food.Coordinator, error) { return both, nil },
	}
}

// … and it is run, measured and judged by the bench, as any other.
func TestToyStyleIsMeasured(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	_, err := bench.Run(t.Context(), plan.Plan{
		Name: "own", Styles: []string{"toy"}, Repeats: 1, Durability: durability.Memory, Seed: 1, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{{
			Name: "load", Kind: record.KindCustom, Rate: 200, During: time.Second,
			Faults: []string{"restaurant.confirm:refuse@20%", "loyalty.award:lose-reply@10%", "delivery.assign:fail(2)@10%"},
		}},
	}, bench.Options{
		ID: "own", Dir: dir, Data: dir + ".data",
		Styles: map[string]bench.Style{"toy": bench.InProcess(meal.coordinator)},
	})
	if err != nil {
		t.Fatal(err)
	}
	judged, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := judged.Results
	c := r.Cells[0]
	timed := 0 // by the raw file: of a busy machine, which delays the generator, no latency is claimed
	for _, o := range judged.Orders[c.ID] {
		if o.Settled > 0 {
			timed++
		}
	}
	if r.Verdict != invariant.Holds || c.Orders.Settled != 200 || timed != 200 {
		t.Errorf("verdict %v (%v), %+v, %q: want it to hold, with 200 orders settled and timed", r.Verdict, r.Reasons, c.Orders, c.Claims)
	}
}

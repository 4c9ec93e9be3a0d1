package conformance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/bench/conformance"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A suite that has never caught anything is unproved. Each of these
// coordinators and worlds is bad in one way, and the scenario beside it reports it
// in these words.
func TestBadOnesAreCaught(t *testing.T) {
	for _, c := range []struct {
		bad      string
		scenario string
		harness  conformance.Harness
		want     string // or one of several, apart by " | "
	}{
		{"loses orders", "every ending", hasty(plain(newLossy)), "is unsettled, its rows: none"},
		{"accepts anything", "what is no order", plain(newGullible), "was accepted"},
		{"makes two orders of one", "the same order many times", plain(newDoubling), "was never placed"},
		{"takes orders when it is closed", "both sides are closed", plain(newGullible), "a closed coordinator accepted an order"},
		{"leaves a goroutine behind", "both sides are closed", plain(newLeaky(t)), "goroutine"},

		{"retries too soon", "every call fails twice", plain(withPolicy(func(p *food.Policy) { p.FirstBackoff = time.Millisecond })), "want 20ms"},
		{"waits twice as long", "a failed call comes again when the policy asks", plain(withPolicy(func(p *food.Policy) { p.FirstBackoff, p.MaxBackoff = 2*p.FirstBackoff, 2*p.MaxBackoff })), "delivery: half of"},
		{"knows no longest wait", "a failed call comes again when the policy asks", plain(withPolicy(func(p *food.Policy) { p.MaxBackoff *= 2 })), "attempt 3: half of"},
		{"executes too many calls", "as many calls run at a time as the policy allows", plain(withPolicy(func(p *food.Policy) { p.Concurrency++ })), "up to 17 calls"},
		{"executes too few calls", "as many calls run at a time as the policy allows", hasty(plain(withPolicy(func(p *food.Policy) { p.Concurrency-- }))), "is unsettled"},

		{"calls one after the other", "calls run side by side", hasty(plain(newClerk)), "is unsettled"},
		{"waits in a slot", "a call that waits for its next attempt takes no slot", hasty(plain(newHogging)), "wait until every slot could be taken"},
		{"retries too late", "retries come in time where many calls fail", plain(withPolicy(func(p *food.Policy) { p.FirstBackoff += 600 * time.Millisecond; p.MaxBackoff *= 4 })), "later than the policy's back-off"},
		{"reports a refund before it is made", "every ending", plain(newRash), "checker: causes-first"},
		{"gives up at once", "a deciding call is given up", plain(newResigned), "1 attempts to charge, want 4"},
		{"gives up undos", "a call that does not decide bears fifty failures", hasty(plain(newResigned)), "is unsettled"},

		{"has no idempotency keys", "every reply is lost once", hasty(in(keyless)), "is unsettled"},
		{"has no idempotency keys", "no deciding call ever answers", hasty(in(keyless)), "happened twice | is unsettled"}, // as cancellations come in time or not
		{"has no barrier", "an award comes after its undo", in(noBarrier), "revoke of"},
		{"has no barrier", "good news comes after bad news", in(noBarrier), "is done, want blocked"},
		{"skips refunds", "every ending", hasty(in(noRefund)), "is unsettled"},
		{"refunds a cent less", "every ending", in(lessRefund), "refund of"},
		{"cooks twice", "every ending", in(extraTicket), "cancel-ticket has no place in it"},
		{"hides its first row", "every ending", hasty(in(hidden)), "follows row 0"},

		{"forgets who cancels", "every ending", hasty(plain(newForgetful)), "is unsettled"},
		{"cancels what has its partner", "a customer cancels after the assignment", hasty(in(noBarrier)), "is unsettled"},
		{"takes back what has its partner", "a customer cancels after the assignment", plain(newObliging), "refund has no place in it"},
		{"cancels what it does not know", "what is not known can't be cancelled", plain(newClerk), "cancel an order that was never placed: <nil>"},
		{"resolves what is not escalated", "what is not known can't be cancelled", plain(newOfficious), "resolve: <nil>"},
		{"forgets what a person did", "a person resolves what was escalated", hasty(plain(newClerk)), "is unsettled"},
		{"tells no one that it can't undo", "every ending", hasty(plain(newSilent)), "is unsettled"},
		{"tells everyone that it can't undo", "every ending", in(alarmed), "mail-escalated has no place in it"},
		{"refunds what was blocked", "a customer cancels during the charge, which comes too late", in(generous), "refund of"},
		{"forgets cancellations", "the worker is killed when customers have cancelled", hasty(newToy(t, oblivious).harness()), "wait for"},

		{"delivers at most once", "the worker is killed at known points", hasty(newToy(t, atMostOnce).harness()), "wait for orders to settle"},
		{"delivers at most once", "the worker is killed again and again", hasty(newToy(t, atMostOnce).harness()), "not over"},
		{"drops orders without a subscriber", "a worker comes late and another one after it", hasty(newToy(t, careless).harness()), "wait for the first row"},
		{"drops orders without a subscriber", "the server is killed with orders in flight", hasty(newToy(t, careless).harness()), "wait for orders to settle"},
		{"is slow to deliver again", "the calls of a dead worker come again in time", newToy(t, dilatory).harness(), "after a worker died"},
		{"takes any order for the one it knows", "another order under the same id", newToy(t, credulous).harness(), "want the id stands for another order"},
		{"can't start its worker", "every ending", nowhere(t), "start the worker"},
		{"can't start its worker", "the worker is killed at known points", nowhere(t), "start the worker process: start the worker"},
	} {
		t.Run(c.bad+"/"+c.scenario, func(t *testing.T) {
			if c.scenario != "both sides are closed" { // which counts the goroutines of all
				t.Parallel()
			}
			err := conformance.Check(t.Context(), c.harness, c.scenario)
			if err == nil {
				t.Fatal("it passed")
			}
			if !slices.ContainsFunc(strings.Split(c.want, " | "), func(want string) bool { return strings.Contains(err.Error(), want) }) {
				t.Errorf("it failed without %q in its error:\n%v", c.want, err)
			}
		})
	}
}

// The bad ones are bad in nothing but what they are there for.
func TestBadOnesAreOtherwiseGood(t *testing.T) {
	if err := conformance.Check(t.Context(), plain(newClerk), "every ending"); err != nil {
		t.Errorf("clerk: %v", err)
	}
	if err := conformance.Check(t.Context(), newToy(t, atMostOnce).harness(), "every ending"); err != nil {
		t.Errorf("a toy that delivers at most once: %v", err)
	}
}

func TestHarnessIsChecked(t *testing.T) {
	h := plain(baseline.New)
	if err := conformance.Check(t.Context(), h, "evry ending"); err == nil {
		t.Error("an unknown scenario was played")
	}
	h.Volatile = false
	if err := conformance.Check(t.Context(), h, "every ending"); err == nil {
		t.Error("a style without a server to kill passed as durable")
	}
}

// hasty is for those who never get there.
func hasty(h conformance.Harness) conformance.Harness {
	h.Patience = 3 * time.Second
	return h
}

// in puts a good coordinator into a bad world.
func in(world func(ledger.Options) ledger.Store) conformance.Harness {
	h := plain(baseline.New)
	h.Ledger = world
	return h
}

// nowhere is a style whose worker can't start.
func nowhere(t *testing.T) conformance.Harness {
	h := newToy(t, none).harness()
	h.Endpoint = ""
	return h
}

// Coordinators that are the baseline but for one thing.

type lossy struct{ *baseline.Coordinator }

func newLossy(s *food.Services, p food.Policy) lossy { return lossy{baseline.New(s, p)} }

func (c lossy) Submit(ctx context.Context, o food.Order) error {
	if strings.HasSuffix(o.ID, "2") {
		return nil
	}
	return c.Coordinator.Submit(ctx, o)
}

type gullible struct{ *baseline.Coordinator }

func newGullible(s *food.Services, p food.Policy) gullible { return gullible{baseline.New(s, p)} }

func (c gullible) Submit(ctx context.Context, o food.Order) error {
	c.Coordinator.Submit(ctx, o)
	return nil
}

type doubling struct {
	*baseline.Coordinator
	seen *sync.Map
}

func newDoubling(s *food.Services, p food.Policy) doubling {
	return doubling{baseline.New(s, p), new(sync.Map)}
}

func (c doubling) Submit(ctx context.Context, o food.Order) error {
	if _, again := c.seen.LoadOrStore(o.ID, true); again {
		o.ID += "-again"
	}
	return c.Coordinator.Submit(ctx, o)
}

type forgetful struct{ *baseline.Coordinator }

func newForgetful(s *food.Services, p food.Policy) forgetful { return forgetful{baseline.New(s, p)} }

func (forgetful) Cancel(context.Context, food.Order) error { return nil }

// obliging takes an order back without asking Delivery first.
type obliging struct {
	*baseline.Coordinator
	services *food.Services
}

func newObliging(s *food.Services, p food.Policy) obliging { return obliging{baseline.New(s, p), s} }

func (c obliging) Cancel(ctx context.Context, o food.Order) error {
	if _, err := c.services.Refund(ctx, o, 1); err != nil {
		return err
	}
	return c.Coordinator.Cancel(ctx, o)
}

// officious has no objection to a person's answer.
type officious struct{ *baseline.Coordinator }

func newOfficious(s *food.Services, p food.Policy) officious { return officious{baseline.New(s, p)} }

func (c officious) Resolve(ctx context.Context, o food.Order) error {
	if err := c.Coordinator.Resolve(ctx, o); !errors.Is(err, food.ErrNotEscalated) {
		return err
	}
	return nil
}

func newLeaky(t *testing.T) func(*food.Services, food.Policy) *baseline.Coordinator {
	return func(s *food.Services, p food.Policy) *baseline.Coordinator {
		go func() { <-t.Context().Done() }()
		return baseline.New(s, p)
	}
}

// withPolicy is a baseline that misunderstands its policy.
func withPolicy(change func(*food.Policy)) func(*food.Services, food.Policy) *baseline.Coordinator {
	return func(s *food.Services, p food.Policy) *baseline.Coordinator {
		change(&p)
		return baseline.New(s, p)
	}
}

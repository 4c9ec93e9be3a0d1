package fault_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// notBegun is the measured window before it is open.
func notBegun() time.Time { return time.Time{} }

// ago is a window that was opened that long ago.
func ago(d time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(-d) }
}

// A call that panics has no effect, and the fault is on file before.
func TestPanic(t *testing.T) {
	j, path := journal(t)
	in := fault.NewPlan(1, parse(t, "restaurant.confirm:slow(1ms)@100%", "restaurant.confirm:panic@100%")).Interceptor(notBegun, j)
	effects := 0
	attempt := func(n int) (panicked any) {
		defer func() { panicked = recover() }()
		c := confirm
		c.Attempt = n
		in(t.Context(), c, func(context.Context) error { effects++; return nil })
		return nil
	}
	if got := attempt(1); got != "planned by restaurant.confirm:panic@100%" || effects != 0 || kinds(t, path) != "panic" {
		t.Errorf("attempt 1 panics with %v, %d effects, fired %s: want the panic alone", got, effects, kinds(t, path))
	}
	if got := attempt(2); got != nil || effects != 1 {
		t.Errorf("attempt 2 panics with %v, %d effects: want it to succeed", got, effects)
	}
}

// What happens to a process is no fault of a call.
func TestNoCallMeetsADeath(t *testing.T) {
	j, path := journal(t)
	p := fault.NewPlan(1, parse(t, "worker:kill@0s", "server:pause@0s+24h"))
	if err := p.Interceptor(ago(time.Second), j)(t.Context(), confirm, func(context.Context) error { return nil }); err != nil || kinds(t, path) != "" {
		t.Errorf("got %v, fired %s", err, kinds(t, path))
	}
	if hit := p.Picks("o-1", food.Restaurant, food.Confirm); hit != nil {
		t.Errorf("%v are drawn for a call", hit)
	}
}

var confirm = food.Call{Order: "o-1", Service: food.Restaurant, Action: food.Confirm, Attempt: 1}

func TestTheShareIsRight(t *testing.T) {
	const n = 20_000
	for _, percent := range []float64{0.5, 5, 20, 50, 100} {
		p := fault.NewPlan(1, parse(t, fmt.Sprintf("restaurant.confirm:refuse@%g%%", percent)))
		hit := 0
		for i := range n {
			hit += len(p.Picks(fmt.Sprintf("refused-12-1-%06d", i), food.Restaurant, food.Confirm))
		}
		q := percent / 100
		if got, sigma := float64(hit), math.Sqrt(n*q*(1-q)); math.Abs(got-n*q) > 4*sigma {
			t.Errorf("%g%% of %d orders are %d, want %.0f ± %.0f", percent, n, hit, n*q, 4*sigma)
		}
	}
}

func TestWhichOrders(t *testing.T) {
	rule := "restaurant.confirm:refuse@20%"
	picked := func(seed uint64, rule string) string {
		p := fault.NewPlan(seed, parse(t, rule))
		var ids []string
		for i := range 20 {
			if len(p.Picks(fmt.Sprintf("o-%d", i), food.Restaurant, food.Confirm)) > 0 {
				ids = append(ids, fmt.Sprint(i))
			}
		}
		return strings.Join(ids, " ")
	}
	// Old reports are reproduced from their seeds, so the lottery must not change.
	if got, want := picked(1, rule), "4 8 10 11 15 19"; got != want {
		t.Errorf("seed 1 picks %s, want %s as ever", got, want)
	}
	if picked(1, rule) == picked(2, rule) {
		t.Error("two seeds pick the same orders")
	}
	if picked(1, rule) == picked(1, "restaurant.confirm:fail(1)@20%") {
		t.Error("two rules pick the same orders")
	}
}

// The attempt is not in the lottery: an order that is refused stays refused.
func TestEveryAttemptIsHitAlike(t *testing.T) {
	in := fault.NewPlan(1, parse(t, "restaurant.confirm:fail(100)@50%")).Interceptor(notBegun, nil)
	for i := range 50 {
		c := confirm
		c.Order = fmt.Sprintf("o-%d", i)
		var hits []bool
		for n := range 100 {
			c.Attempt = n + 1
			err := in(t.Context(), c, func(context.Context) error { return nil })
			hits = append(hits, err != nil)
			if hits[0] != (err != nil) {
				t.Fatalf("%v: %v", c, hits)
			}
		}
	}
}

// All rules hit every call here, and what stands first must win.
func TestPrecedence(t *testing.T) {
	all := []string{
		"restaurant.confirm:lose-reply(4)@100%",
		"restaurant.confirm:refuse@100%",
		"restaurant.confirm:slow(1ms,3)@100%",
		"restaurant.confirm:fail(2)@100%",
		"restaurant:outage@10s+5s",
	}
	for _, c := range []struct {
		name    string
		since   time.Duration
		attempt int
		want    error
		fired   string
	}{
		{"before the outage", 9 * time.Second, 1, food.ErrFailure, "fail"},
		{"in the outage", 11 * time.Second, 1, food.ErrFailure, "outage"},
		{"in the outage, later attempt", 14 * time.Second, 9, food.ErrFailure, "outage"},
		{"after the outage", 16 * time.Second, 2, food.ErrFailure, "fail"},
		{"after the failures", 0, 3, food.ErrNoAnswer, "slow refuse lose-reply"},
		{"no longer slow", 0, 4, food.ErrNoAnswer, "refuse lose-reply"},
		{"only refused", 0, 5, nil, "refuse"},
	} {
		j, path := journal(t)
		call := confirm
		call.Attempt = c.attempt
		err := fault.NewPlan(1, parse(t, all...)).Interceptor(ago(c.since), j)(t.Context(), call, func(context.Context) error { return nil })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if got := kinds(t, path); got != c.fired {
			t.Errorf("%s: fired %s, want %s", c.name, got, c.fired)
		}
	}
}

func TestOutageWaitsForTheWindow(t *testing.T) {
	in := fault.NewPlan(1, parse(t, "restaurant:outage@0s+24h")).Interceptor(notBegun, nil)
	if err := in(t.Context(), confirm, func(context.Context) error { return nil }); err != nil {
		t.Errorf("an outage before the window is open: %v", err)
	}
}

// A slow call is detached: its caller leaves when the context ends, and it has its
// effect all the same.
func TestSlowIgnoresTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start, took := time.Now(), make(chan time.Duration, 1)
		err := fault.NewPlan(1, parse(t, "restaurant.confirm:slow(3s)@100%")).Interceptor(notBegun, nil)(ctx, confirm, func(ctx context.Context) error {
			if _, deadline := ctx.Deadline(); deadline || ctx.Err() != nil {
				t.Errorf("the effect can be cancelled: %v", ctx.Err())
			}
			took <- time.Since(start)
			return nil
		})
		if waited := time.Since(start); !errors.Is(err, food.ErrNoAnswer) || waited != time.Second {
			t.Errorf("returned %v after %v, want no answer after a second", err, waited)
		}
		if got := <-took; got != 3*time.Second {
			t.Errorf("the effect came after %v, want 3s", got)
		}
	})
}

// The services as they are, over a ledger in memory.
func TestOnServices(t *testing.T) {
	order := food.Order{ID: "o-1", Customer: "c", Restaurant: "r", Items: []food.Item{{Dish: "d", Quantity: 1, Price: 100}}}
	for _, c := range []struct {
		rule    string
		attempt int
		want    string // outcome and reason, or the error's kind
	}{
		{"restaurant.confirm:refuse@100%", 1, "refused kitchen closed"},
		{"restaurant.confirm:fail(1)@100%", 1, "failure"},
		{"restaurant.confirm:fail(1)@100%", 2, "done "},
		{"restaurant.confirm:fail(8)@100%", 7, "failure"},
		{"restaurant.confirm:fail(8)@100%", 8, "blocked gave_up"},
		{"restaurant.confirm:lose-reply(8)@100%", 1, "no answer"},
		{"restaurant.confirm:lose-reply(8)@100%", 8, "done "}, // giving up finds the row
		{"restaurant:outage@0s+5s", 8, "blocked gave_up"},     // and that is why plans are validated
	} {
		store := ledger.NewMemory(ledger.Options{})
		services := food.NewServices(store, food.DefaultPolicy, fault.NewPlan(1, parse(t, c.rule)).Interceptor(ago(0), nil))
		row, err := services.Confirm(t.Context(), order, c.attempt)
		got := fmt.Sprintf("%s %s", row.Outcome, row.Reason)
		switch {
		case errors.Is(err, food.ErrFailure):
			got = "failure"
		case errors.Is(err, food.ErrNoAnswer):
			got = "no answer"
		}
		if got != c.want {
			t.Errorf("%s, attempt %d: %s (%v), want %s", c.rule, c.attempt, got, err, c.want)
		}
		services.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A fault must be on file before it acts, or a kill in between hides it.
func TestJournalComesFirst(t *testing.T) {
	j, path := journal(t)
	p := fault.NewPlan(1, parse(t, "restaurant.confirm:refuse@100%", "restaurant.confirm:lose-reply@100%"))
	err := p.Interceptor(notBegun, j)(t.Context(), confirm, func(context.Context) error {
		if got := kinds(t, path); got != "refuse" {
			t.Errorf("during the effect the journal has %q, want the refusal alone", got)
		}
		return nil
	})
	if !errors.Is(err, food.ErrNoAnswer) {
		t.Error(err)
	}
	faults, err := fault.ReadJournal(path)
	if err != nil || len(faults) != 2 {
		t.Fatal(faults, err)
	}
	want := record.Fault{Cell: "cell-1", Rule: "restaurant.confirm:refuse@100%", Kind: "refuse", Order: "o-1",
		Service: "restaurant", Action: "confirm", Attempt: 1, At: faults[0].At}
	if faults[0] != want || time.Since(want.At) > time.Minute {
		t.Errorf("got %+v, want %+v", faults[0], want)
	}
}

func TestJournalOfManyCallers(t *testing.T) {
	j, path := journal(t)
	in := fault.NewPlan(1, parse(t, "*:fail(1)@100%")).Interceptor(notBegun, j)
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for k := range 50 {
				c := confirm
				c.Order = fmt.Sprintf("o-%d-%d", i, k)
				in(t.Context(), c, nil)
			}
		})
	}
	callers.Wait()
	if faults, err := fault.ReadJournal(path); err != nil || len(faults) != 400 {
		t.Errorf("%d faults on file, want 400: %v", len(faults), err)
	}
}

// The run folder lists rules as they were given, so the journal must name them
// in the same way. Which orders they pick does not hang on the form.
func TestJournalNamesTheRuleAsGiven(t *testing.T) {
	j, path := journal(t)
	const given = " restaurant.confirm:lose-reply( 1 )@100.0%"
	p := fault.NewPlan(1, parse(t, given))
	p.Interceptor(notBegun, j)(t.Context(), confirm, func(context.Context) error { return nil })
	if faults, err := fault.ReadJournal(path); err != nil || len(faults) != 1 || faults[0].Rule != given {
		t.Errorf("%+v, %v", faults, err)
	}
	long, short := fault.NewPlan(1, parse(t, "*:lose-reply(1)@50.0%")), fault.NewPlan(1, parse(t, "*:lose-reply@50%"))
	for i := range 100 {
		id := fmt.Sprint(i)
		if len(long.Picks(id, food.Loyalty, food.Award)) != len(short.Picks(id, food.Loyalty, food.Award)) {
			t.Errorf("order %s is picked by one form alone", id)
		}
	}
}

// A process that is killed in the middle of a line leaves a fault that never
// acted. The next one goes on after the last whole line.
func TestJournalAfterAKill(t *testing.T) {
	j, path := journal(t)
	in := fault.NewPlan(1, parse(t, "*:fail(9)@100%")).Interceptor(notBegun, j)
	in(t.Context(), confirm, nil)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"cell":"cell-1","ru`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got := kinds(t, path); got != "fail" {
		t.Errorf("read %q, want the whole line alone", got)
	}
	again, err := fault.OpenJournal(path, "cell-1")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	fault.NewPlan(1, parse(t, "*:fail(9)@100%")).Interceptor(notBegun, again)(t.Context(), confirm, nil)
	if got := kinds(t, path); got != "fail fail" {
		t.Errorf("read %q, want two faults", got)
	}
}

// What can't be written down does not happen, and Close returns why.
func TestJournalThatCannotBeWritten(t *testing.T) {
	j, err := fault.OpenJournal(filepath.Join(t.TempDir(), "faults.jsonl"), "cell-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	err = fault.NewPlan(1, parse(t, "*:fail(9)@100%")).Interceptor(notBegun, j)(t.Context(), confirm, func(context.Context) error { return nil })
	if err != nil {
		t.Errorf("an unwritten fault acted: %v", err)
	}
	if j.Close() == nil {
		t.Error("Close hides that a fault was lost")
	}
}

// A resubmission is drawn for a whole order, and no call knows of it.
func TestResubmitted(t *testing.T) {
	r, err := fault.Parse("order:resubmit@20%")
	if err != nil {
		t.Fatal(err)
	}
	p, n := fault.NewPlan(1, []fault.Rule{r}), 0
	for i := range 1000 {
		order := fmt.Sprint("o-", i)
		n += len(p.Resubmitted(order))
		if hit := p.Picks(order, food.OrderService, food.StatusConfirmed); len(hit) > 0 {
			t.Fatalf("%s: a call is hit by %v", order, hit)
		}
	}
	if n < 150 || n > 250 {
		t.Errorf("%d of 1000 are resubmitted, want about 200", n)
	}
}

// A customer cancels once, by the drawn rule with the shortest delay, and of equal ones
// by the first.
func TestCancelled(t *testing.T) {
	late, first, second := "order:cancel@50%+2s", "order:cancel@30%+1s", "order:cancel@40%+1s"
	p, times := fault.NewPlan(1, parse(t, late, first, second)), map[string]int{}
	drawn := func(rule, order string) bool {
		_, is := fault.NewPlan(1, parse(t, rule)).Cancelled(order)
		return is
	}
	for i := range 1000 {
		order, want := fmt.Sprint("o-", i), ""
		for _, rule := range []string{first, second, late} {
			if want == "" && drawn(rule, order) {
				want = rule
			}
		}
		by, is := p.Cancelled(order)
		if by.Written != want || is != (want != "") {
			t.Fatalf("%s is cancelled by %q, want %q", order, by.Written, want)
		}
		times[want]++
		if hit := p.Picks(order, food.Delivery, food.Cancel); len(hit) > 0 {
			t.Fatalf("%s: a call is hit by %v", order, hit)
		}
	}
	for rule, about := range map[string]int{first: 300, second: 280, late: 210, "": 210} {
		if n := times[rule]; n < about-50 || n > about+50 {
			t.Errorf("%q cancels %d of 1000, want about %d", rule, n, about)
		}
	}
}

func TestOutagesAreInOrder(t *testing.T) {
	got := fault.Outages(parse(t, "restaurant:outage@10s+5s", "*:fail(1)@1%", "payment:outage@1s+2s"))
	if len(got) != 2 || got[0].Service != food.Payment || got[1].After != 10*time.Second {
		t.Errorf("got %v", got)
	}
}

func TestDeathsAreInOrder(t *testing.T) {
	got := fault.Deaths(parse(t, "worker:pause@10s+5s", "restaurant:outage@1s+1s", "server:kill@2s", "*:fail(1)@1%"))
	if len(got) != 2 || got[0].Kind != fault.Kill || got[0].Over() != 3*time.Second || got[1].Over() != 15*time.Second {
		t.Errorf("got %v", got)
	}
}

func journal(t *testing.T) (*fault.Journal, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "faults.jsonl")
	j, err := fault.OpenJournal(path, "cell-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, path
}

// kinds is what a journal holds, in short.
func kinds(t *testing.T, path string) string {
	t.Helper()
	faults, err := fault.ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Kind)
	}
	return strings.Join(got, " ")
}

func BenchmarkInterceptor(b *testing.B) {
	in := fault.NewPlan(1, parse(b, "restaurant.confirm:refuse@20%")).Interceptor(notBegun, nil)
	ctx := context.Background()
	for b.Loop() {
		in(ctx, confirm, func(context.Context) error { return nil })
	}
}

package choreography_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// If the server waited for the back-off, a hundred failing calls a second would hold up
// every retry: their naks are less than 10 ms apart. Here 500 charges a second fail, each
// once, because messages that fail again and again come in bunches, with pauses between.
// Meanwhile refunds, which payment makes too, fail once, and another worker has died with
// charges. All come in their time: on an idle machine within 5 ms, and on one that is busy
// with other tests half of them do.
func TestRetriesAreOnTime(t *testing.T) {
	const (
		rate    = 500
		seconds = 4
		allowed = 50 * time.Millisecond
	)
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy = food.DefaultPolicy
	c.Policy.Redelivery, c.Policy.CallTimeout = 2*time.Second, time.Second
	w := newWorld(t)
	co := open(t, c)

	victims := orderIDs("victim", 20)
	place(t, co, victims...)
	taken := take(t, server.URL(), c, food.Payment, len(victims))

	calls := newAttempts()
	onceFailing := failing(func(c food.Call) bool {
		doomed := strings.HasPrefix(c.Order, "doomed") // they are charged at once, so that their refunds fail meanwhile
		return c.Attempt == 1 && (c.Action == food.Charge && !doomed || c.Action == food.Refund)
	})
	work(t, c, w, calls.watch, onceFailing, refuse(food.Assign, "doomed"))
	bare := bareTimers(t, c.Policy.FirstBackoff)
	var ids []string
	begin := time.Now()
	for n := range rate * seconds {
		time.Sleep(time.Until(begin.Add(time.Second / rate * time.Duration(n))))
		id := fmt.Sprintf("o-%d", n)
		if n%20 == 0 {
			id = fmt.Sprintf("doomed-%d", n)
		}
		ids = append(ids, id)
		place(t, co, id)
	}
	w.settled(t, ids...)
	w.settled(t, victims...)

	limit := allowed + 4*p99(bare())
	for _, action := range []food.Action{food.Charge, food.Refund} {
		late := calls.late(action, c.Policy, ids)
		slices.Sort(late)
		if len(late) == 0 {
			t.Fatalf("no %s was tried again", action)
		}
		half := late[len(late)/2]
		t.Logf("%d retries of %s were late by %v (p50), %v (p99)", len(late), action, half, p99(late))
		if half > limit || p99(late) > limit+time.Second {
			t.Errorf("retries of %s were late by %v (p50) and %v (p99), want at most %v and a second more", action, half, p99(late), limit)
		}
	}
	var after time.Duration
	for _, id := range victims {
		after = max(after, calls.of(id, food.Charge)[0].began.Sub(taken))
	}
	if after > c.Policy.Redelivery+time.Second {
		t.Errorf("what a dead worker had taken came again after %v, want at most %v", after, c.Policy.Redelivery+time.Second)
	}
}

// What a dead worker has tried counts. The message is its own record.
func TestAttemptsSurviveAWorker(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	place(t, co, "o-1")
	take(t, server.URL(), c, food.Payment, 1)
	calls := newAttempts()
	work(t, c, w, calls.watch, failing(func(c food.Call) bool { return c.Action == food.Charge }))
	if got := w.settled(t, "o-1"); got != food.PaymentDeclined {
		t.Errorf("ended as %s, want payment_declined", got)
	}
	var numbers []int
	for _, a := range calls.of("o-1", food.Charge) {
		numbers = append(numbers, a.number)
	}
	if want := []int{2, 3, 4}; !slices.Equal(numbers, want) {
		t.Errorf("attempts %v, want %v: the first was the dead worker's", numbers, want)
	}
}

// A worker that is closed leaves what waits for its retry to the next one, which makes
// the call neither before its time nor only after the redelivery timeout.
func TestRetriesOutliveAWorker(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy.FirstBackoff, c.Policy.MaxBackoff, c.Policy.Redelivery = time.Second, time.Second, 10*time.Second
	w := newWorld(t)
	co := open(t, c)
	calls := newAttempts()
	around := []food.Interceptor{calls.watch, failing(func(c food.Call) bool { return c.Action == food.Charge && c.Attempt == 1 })}
	first, _ := work(t, c, w, around...)
	ids := orderIDs("o", 200)
	place(t, co, ids...)
	eventually(t, "every charge has failed", func() bool { return calls.ended(food.Charge) == len(ids) })
	closeWorker(t, first)
	closeWorker(t, first)
	work(t, c, w, around...)
	w.settled(t, ids...)
	for _, late := range calls.late(food.Charge, c.Policy, ids) {
		if late < 0 || late > 5*time.Second {
			t.Errorf("a retry was late by %v", late)
		}
	}
}

// A server that comes back knows when messages were delivered only from what they were
// sent since: here they are older than the redelivery timeout. No retry is early.
func TestRetriesOutliveAServer(t *testing.T) {
	t.Parallel()
	server := devservertest.NATS(t)
	c := config(server.URL())
	c.Policy.FirstBackoff, c.Policy.MaxBackoff, c.Policy.Redelivery = 3*time.Second, 3*time.Second, 2*time.Second
	w := newWorld(t)
	co := open(t, c)
	ids := orderIDs("o", 200)
	place(t, co, ids...)
	time.Sleep(c.Policy.Redelivery)
	calls := newAttempts()
	work(t, c, w, calls.watch, failing(func(c food.Call) bool { return c.Action == food.Charge && c.Attempt == 1 }))
	eventually(t, "every charge has failed", func() bool { return calls.ended(food.Charge) == len(ids) })
	time.Sleep(c.Policy.Redelivery / 4) // the server writes deliveries down a moment later, and nothing shows when
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.settled(t, ids...)
	late := calls.late(food.Charge, c.Policy, ids)
	slices.Sort(late)
	if len(late) != len(ids) || late[0] < 0 || late[len(late)-1] > c.Policy.Redelivery+time.Second {
		t.Errorf("%d retries, late by %v to %v, want %d that are not early", len(late), late[0], late[len(late)-1], len(ids))
	}
}

// take fetches messages of a participant and neither handles nor acks them, as a worker
// does that dies, and returns when that was.
func take(t *testing.T, url string, c choreography.Config, s food.Service, n int) time.Time {
	t.Helper()
	consumer, err := stream(t, url).Consumer(t.Context(), c.Name, string(s))
	if err != nil {
		t.Fatal(err)
	}
	batch, err := consumer.Fetch(n, jetstream.FetchMaxWait(patience))
	if err != nil {
		t.Fatal(err)
	}
	for range batch.Messages() {
		n--
	}
	if n > 0 {
		t.Fatalf("%d messages are missing: %v", n, batch.Error())
	}
	return time.Now()
}

// failing makes calls fail before they have an effect.
func failing(hit func(food.Call) bool) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if hit(c) {
			return food.ErrFailure
		}
		return next(ctx)
	}
}

// attempts are all that were made at the calls, in order.
type attempts struct {
	mu  sync.Mutex
	all map[string]map[food.Action][]attempt
}

type attempt struct {
	number       int
	began, ended time.Time
}

func newAttempts() *attempts { return &attempts{all: map[string]map[food.Action][]attempt{}} }

func (a *attempts) watch(ctx context.Context, c food.Call, next func(context.Context) error) error {
	began := time.Now()
	err := next(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all[c.Order] == nil {
		a.all[c.Order] = map[food.Action][]attempt{}
	}
	a.all[c.Order][c.Action] = append(a.all[c.Order][c.Action], attempt{c.Attempt, began, time.Now()})
	return err
}

func (a *attempts) of(order string, action food.Action) []attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all[order][action])
}

// ended counts the attempts at an action.
func (a *attempts) ended(action food.Action) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for calls := range maps.Values(a.all) {
		n += len(calls[action])
	}
	return n
}

// late is by how much each retry came later than its back-off.
func (a *attempts) late(action food.Action, p food.Policy, orders []string) (all []time.Duration) {
	for _, id := range orders {
		made := a.of(id, action)
		for n := 1; n < len(made); n++ {
			all = append(all, made[n].began.Sub(made[n-1].ended)-p.Backoff(made[n-1].number))
		}
	}
	return all
}

// bareTimers starts timers of the same length, and returns by how much they were late.
// That is the machine's part.
func bareTimers(t *testing.T, wait time.Duration) func() []time.Duration {
	stop := make(chan struct{})
	var all []time.Duration
	var running sync.WaitGroup
	running.Go(func() {
		for {
			began := time.Now()
			select {
			case <-time.After(wait):
				all = append(all, time.Since(began)-wait)
			case <-stop:
				return
			}
		}
	})
	end := sync.OnceFunc(func() { close(stop); running.Wait() })
	t.Cleanup(end)
	return func() []time.Duration { end(); return all }
}

func p99(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)*99/100]
}

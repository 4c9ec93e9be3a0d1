package choreography_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// The ceiling is the same work for the server: for each order as many messages and
// deliveries as the choreography has when nothing goes wrong.
func TestCeilingIsTheSameWork(t *testing.T) {
	const orders = 300
	url := devservertest.NATS(t).URL()
	c := choreography.Config{URL: url, Name: "bare", Policy: food.DefaultPolicy}
	coordinator := open(t, c)

	var mu sync.Mutex
	left := map[string]int{}
	all := make(chan struct{})
	w, err := choreography.Ceiling(t.Context(), c, func(order string) {
		mu.Lock()
		defer mu.Unlock()
		if left[order]--; left[order] == 0 {
			delete(left, order)
		}
		if len(left) == 0 {
			close(all)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ids := orderIDs("o", orders)
	for _, id := range ids {
		left[id] = len(food.Required[food.Completed])
	}
	for _, id := range ids {
		if err := coordinator.Submit(t.Context(), meal(id)); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-all:
	case <-time.After(patience):
		t.Fatalf("after %v still without their acks: %v", patience, left)
	}
	closeWorker(t, w)
	got := counters(t, coordinator)
	delete(got, "bytes")
	want := map[string]float64{
		"messages": 4 * orders, "deliveries": 8 * orders,
		"redeliveries": 0, "unacked": 0, "pending": 0, "dead_letters": 0,
	}
	if !maps.Equal(got, want) {
		t.Errorf("the ceiling has %v, want %v", got, want)
	}
}

// What the counters say comes from the server. Without a fault a completed order
// takes four messages and eight deliveries, all of which are acked.
func TestCounters(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	ids := orderIDs("o", 50)
	place(t, co, ids...)
	worker, _ := work(t, c, w)
	w.settled(t, ids...)
	closeWorker(t, worker)
	got := counters(t, co)
	for name, want := range map[string]float64{
		"messages": 200, "deliveries": 400, "redeliveries": 0, "dead_letters": 0, "unacked": 0, "pending": 0,
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if got["bytes"] == 0 {
		t.Error("bytes = 0")
	}
}

// Remove takes the streams of one run and no others.
func TestRemove(t *testing.T) {
	s := devservertest.NATS(t)
	js := stream(t, s.URL())
	for _, name := range []string{"food-r1-a", "food-r1-a-dlq", "food-r12-a", "food-r1", "other-food-r1-a"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name + ".>"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"", "-", "food", "food-r1"} {
		if n, err := choreography.Remove(t.Context(), s.URL(), prefix); err == nil {
			t.Errorf("prefix %q was accepted, and %d streams are gone", prefix, n)
		}
	}
	if n, err := choreography.Remove(t.Context(), s.URL(), "food-r1-"); n != 2 || err != nil {
		t.Errorf("removed %d streams, want 2: %v", n, err)
	}
	var left []string
	for name := range js.StreamNames(t.Context()).Name() {
		left = append(left, name)
	}
	slices.Sort(left)
	if want := []string{"food-r1", "food-r12-a", "other-food-r1-a"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}

func TestAddress(t *testing.T) {
	for url, want := range map[string]string{
		"nats://127.0.0.1:4222":            "nats://127.0.0.1:4222",
		"127.0.0.1":                        "nats://127.0.0.1",
		"tls://cook:p@pper@127.0.0.1:4222": "tls://127.0.0.1:4222",
		"token@127.0.0.1":                  "nats://127.0.0.1",
		"nats://a:b@127.0.0.1:1, nats://token@127.0.0.1:2": "nats://127.0.0.1:1,nats://127.0.0.1:2",
	} {
		if got := choreography.Address(url); got != want {
			t.Errorf("Address(%q) is %q, want %q", url, got, want)
		}
	}
}

package choreography_test

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// The ceiling is the same traffic: for each order as many messages and
// deliveries as the choreography has when nothing goes wrong.
func TestCeilingIsTheSameTraffic(t *testing.T) {
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
		t.Fatalf("after %v still unheard: %v", patience, left)
	}
	closeWorker(t, w)
	got, err := coordinator.Counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	delete(got, "bytes")
	want := map[string]float64{
		"messages": 4 * orders, "deliveries": 8 * orders,
		"redeliveries": 0, "unacked": 0, "pending": 0, "dead_letters": 0,
	}
	if !maps.Equal(got, want) {
		t.Errorf("the ceiling has %v, want %v", got, want)
	}
}

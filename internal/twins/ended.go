package twins

import (
	"sync"

	"github.com/sagabench/sagabench/food"
)

// afterLastCall is for traffic that knows its calls and not its orders: it receives
// each call, and reports an order when its last has been made.
func afterLastCall(ended func()) func(order string) {
	var mu sync.Mutex
	calls := map[string]int{}
	return func(order string) {
		mu.Lock()
		defer mu.Unlock()
		if calls[order]++; calls[order] == len(food.Required[food.Completed]) {
			delete(calls, order)
			ended()
		}
	}
}

package bench

import (
	"sync"
	"testing"
	"time"
)

// However many pass while the window starts, none of the warm-up is in it or near it,
// and none of the others before it.
func TestTurnstile(t *testing.T) {
	for range 200 {
		var clock turnstile
		var all sync.WaitGroup
		var early, late [50]time.Time
		for i := range early {
			all.Go(func() {
				if now, warmup := clock.pass(); warmup {
					early[i] = now
				} else {
					late[i] = now
				}
			})
		}
		start := clock.start()
		all.Wait()
		for i := range early {
			if e := early[i]; !e.IsZero() && start.Sub(e) < apart {
				t.Fatalf("a warm-up %v before the window", start.Sub(e))
			}
			if l := late[i]; !l.IsZero() && l.Before(start) {
				t.Fatalf("a measured order %v before the window", start.Sub(l))
			}
		}
	}
}

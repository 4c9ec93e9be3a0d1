package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Turn is the moment of one order.
type Turn struct {
	N    int       // the order's number in the schedule
	Due  time.Time // when it should have been sent: latency counts from here, against coordinated omission
	Sent time.Time // when it was
}

// Stats is how well the load was offered. Lateness is sent minus due. It is
// the generator's own failing and never the system's: an order that the system
// takes long to accept makes no other order late.
type Stats struct {
	Offered int   // orders that came due
	Dropped []int // numbers of those that were not sent, because too many were in flight
	Cut     bool  // the context ended before the schedule did

	LateP99, LateMax time.Duration
}

// Offer sends each order of the schedule when it is due, counted from start,
// and returns when the last submit has returned. The load is open-loop: each
// submit has a goroutine of its own, so a submit that stalls delays no other
// order. While maxInFlight are running, an order that comes due is dropped and
// listed: at such an overload the system is far behind anyway, and the machine
// must survive to report it. When ctx ends nothing more is sent; submit sees the
// same context and should return.
//
// If this process itself falls behind, the orders that came due meanwhile are
// sent at once. They are late, and the statistics show it.
func Offer(ctx context.Context, start time.Time, s Schedule, maxInFlight int, submit func(context.Context, Turn)) Stats {
	var (
		stats    Stats
		late     = lateness{Histogram: hdrhistogram.New(1, int64(latest), 3)}
		inFlight atomic.Int64
		running  sync.WaitGroup
	)
	wake := newAlarm(ctx)
	defer wake.close()
	for n := 0; ; n++ {
		offset, ok := s(n)
		if !ok {
			break
		}
		due := start.Add(offset)
		wake.at(due)
		if ctx.Err() != nil {
			stats.Cut = true
			break
		}
		stats.Offered++
		if inFlight.Add(1) > int64(maxInFlight) {
			inFlight.Add(-1)
			stats.Dropped = append(stats.Dropped, n)
			continue
		}
		running.Go(func() {
			defer inFlight.Add(-1)
			sent := time.Now()
			late.record(sent.Sub(due))
			submit(ctx, Turn{N: n, Due: due, Sent: sent})
		})
	}
	running.Wait()
	stats.LateP99, stats.LateMax = late.quantile(99), late.quantile(100)
	return stats
}

// lateness keeps times up to a minute with three digits.
type lateness struct {
	mu sync.Mutex
	*hdrhistogram.Histogram
}

const latest = time.Minute

func (l *lateness) record(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// In range by construction, so there is no error.
	_ = l.RecordValue(int64(min(max(d, 1), latest)))
}

func (l *lateness) quantile(q float64) time.Duration {
	return time.Duration(l.ValueAtQuantile(q))
}

package ledger_test

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// callers is how many goroutines the benchmarks call from.
const callers = 128

// BenchmarkDo writes the eight rows of completed orders, a caller per order,
// and reports CPU of the whole process, callers included.
func BenchmarkDo(b *testing.B) {
	for _, kind := range kinds {
		b.Run(kind.name, func(b *testing.B) {
			var commits atomic.Int64
			s := kind.open(b, ledger.Options{Committed: func(ledger.Commit) { commits.Add(1) }})
			defer s.Close()
			completed := food.Required[food.Completed]
			var order atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(callers / 2)
			before := cpu(b)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				var id string
				for n := 0; pb.Next(); n++ {
					if n%len(completed) == 0 {
						id = fmt.Sprintf("bench-%08d", order.Add(1))
					}
					c := food.Call{Order: id, Service: food.Payment, Action: completed[n%len(completed)].Action, Attempt: 1}
					if _, _, err := s.Do(b.Context(), c, food.Proposal{Outcome: food.Done, Amount: 23_90}); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(b.N)/float64(commits.Load()), "rows/commit")
			b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/row")
		})
	}
}

// cpu is what this process has used, in user and system mode.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

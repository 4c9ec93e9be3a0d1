package selftest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/threshold"
)

// checker judges a made run, and one with a tenth of its orders.
func checker(ctx context.Context, dir string, o Options) ([]threshold.Finding, error) {
	of := func(n int) (judging, error) {
		if err := ctx.Err(); err != nil {
			return judging{}, err
		}
		fmt.Fprintf(o.Progress, "making and judging a run of %d orders …\n", n)
		run := fmt.Sprintf("%s-%d", dir, n)
		if err := Write(run, n); err != nil {
			return judging{}, err
		}
		j, err := judge(run)
		if err == nil && j.verdict != invariant.Holds {
			err = fmt.Errorf("the made run of %d orders is %v", n, j.verdict)
		}
		return j, errors.Join(err, os.RemoveAll(run))
	}
	few, err := of(o.Orders / 10)
	if err != nil {
		return nil, err
	}
	many, err := of(o.Orders)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("checker, %d orders: ", o.Orders)
	return []threshold.Finding{
		threshold.Show(what+"reading alone", many.scan.Seconds(), "s"),
		threshold.Hold(what+"reading and judging", many.judge.Seconds(), "s", "<", 30),
		threshold.Hold(what+"memory", float64(many.peak)/(1<<20), "MiB", "<", 1024),
		threshold.Show(what+"CPU time of each", many.perOrder(), "µs"),
		threshold.Hold("  as a multiple of that with a tenth of the orders", many.perOrder()/few.perOrder(), "×", "<=", 1.2),
	}, nil
}

// judging is what it took to judge a run folder.
type judging struct {
	orders  int
	scan    time.Duration // to read the folder and do nothing
	judge   time.Duration // to read it and judge each order
	cpu     float64       // CPU time of that, over all cores, in ms
	peak    uint64        // bytes that the process held at most while it judged
	verdict invariant.Verdict
}

// perOrder is the CPU time of one, in µs.
func (j judging) perOrder() float64 { return 1000 * j.cpu / float64(j.orders) }

// judge reads the folder twice, the second time for the checker.
func judge(dir string) (j judging, err error) {
	f, err := record.Open(dir)
	if err != nil {
		return j, err
	}
	debug.FreeOSMemory() // what came before does not count
	began := time.Now()
	j.orders, err = count(f.Orders())
	_, errEffects := count(f.Effects())
	_, errCalls := count(f.Calls())
	_, errFaults := count(f.Faults())
	if err := cmp.Or(err, errEffects, errCalls, errFaults); err != nil {
		return j, err
	}
	j.scan = time.Since(began)

	debug.FreeOSMemory()
	stop := watchMemory()
	before, errBefore := bench.CPUTime(os.Getpid())
	began = time.Now()
	judgement, err := invariant.Judge(f)
	j.judge, j.verdict = time.Since(began), judgement.Verdict
	after, errAfter := bench.CPUTime(os.Getpid())
	j.cpu, j.peak = after-before, stop()
	return j, cmp.Or(err, errBefore, errAfter)
}

func count[T any](rows iter.Seq2[T, error]) (n int, err error) {
	for _, err := range rows {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// watchMemory looks at the memory of this process every few milliseconds until
// it is stopped, and then returns how much it was at most.
func watchMemory() (stop func() (peak uint64)) {
	var peak uint64
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, resident())
			select {
			case <-tick.C:
			case <-quit:
				return
			}
		}
	}()
	return func() uint64 {
		close(quit)
		<-done
		return max(peak, resident())
	}
}

// resident is what the Go runtime has from the system and has not given back.
func resident() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

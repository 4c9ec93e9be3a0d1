package scale

import (
	"cmp"
	"iter"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// Judging is what it took to judge a run folder.
type Judging struct {
	Orders  int
	Scan    time.Duration // to read the folder and do nothing
	Judge   time.Duration // to read it and judge each order
	CPU     time.Duration // processor time of that, over all cores
	Peak    uint64        // bytes that the process held at most while it judged
	Verdict invariant.Verdict
}

// Judge reads the folder twice, the second time for the checker.
func Judge(dir string) (Judging, error) {
	var j Judging
	f, err := record.Open(dir)
	if err != nil {
		return j, err
	}
	debug.FreeOSMemory() // what came before does not count
	began := time.Now()
	if j.Orders, err = count(f.Orders()); err != nil {
		return j, err
	}
	if _, err := count(f.Effects()); err != nil {
		return j, err
	}
	if _, err := count(f.Faults()); err != nil {
		return j, err
	}
	j.Scan = time.Since(began)

	debug.FreeOSMemory()
	stop := watchMemory()
	before, errBefore := processorTime()
	began = time.Now()
	judgement, err := invariant.Judge(f)
	j.Judge, j.Verdict = time.Since(began), judgement.Verdict
	after, errAfter := processorTime()
	j.CPU, j.Peak = after-before, stop()
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
// it is stopped, and then says how much it was at most.
func watchMemory() (stop func() (peak uint64)) {
	var peak uint64
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			peak = max(peak, held())
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
		return max(peak, held())
	}
}

// processorTime is what this process has computed so far.
func processorTime() (time.Duration, error) {
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return 0, err
	}
	t, err := p.Times()
	if err != nil {
		return 0, err
	}
	return time.Duration((t.User + t.System) * 1e9), nil
}

// held is what the Go runtime has from the system and has not given back.
func held() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

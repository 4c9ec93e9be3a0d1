package orchestration_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// BenchmarkUnloaded places one order after the other.
func BenchmarkUnloaded(b *testing.B) {
	c := start(b, devservertest.Temporal(b).Addr(), food.DefaultPolicy)
	c.submit(b, "warm-up")
	if err := c.settled(b.Context(), "warm-up"); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		id := fmt.Sprintf("o-%d", len(took))
		began := time.Now()
		c.submit(b, id)
		if err := c.settled(b.Context(), id); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// BenchmarkPlaceOrder keeps many orders in flight. The CPU of the server is the
// limit; the worker shares this process with the benchmark.
func BenchmarkPlaceOrder(b *testing.B) {
	const inFlight = 64
	server := devservertest.Temporal(b)
	c := start(b, server.Addr(), food.DefaultPolicy)
	atServer, here := cpu(b, server.PID()), cpu(b, os.Getpid())

	began := time.Now()
	free := make(chan struct{}, inFlight)
	var all sync.WaitGroup
	for n := 0; b.Loop(); n++ {
		free <- struct{}{}
		all.Go(func() {
			id := fmt.Sprintf("o-%d", n)
			if err := errors.Join(c.Submit(b.Context(), meal(id)), c.settled(b.Context(), id)); err != nil {
				b.Error(err)
			}
			<-free
		})
	}
	all.Wait()
	// The benchmark's own clock stops before the last orders have settled.
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "orders/s")
	b.ReportMetric(1000*(cpu(b, server.PID())-atServer)/float64(b.N), "server-ms/order")
	b.ReportMetric(1000*(cpu(b, os.Getpid())-here)/float64(b.N), "worker-ms/order")
}

// cpu is the time in seconds that a process has computed.
func cpu(b *testing.B, pid int) float64 {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		b.Fatal(err)
	}
	t, err := p.Times()
	if err != nil {
		b.Fatal(err)
	}
	return t.User + t.System
}

package selftest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

const (
	// fewStored is how much less the other system has stored.
	fewStored = 100

	// closeWithin is how long a system may take to close.
	closeWithin = 30 * time.Second

	// storedInFlight orders are under way at a time while a system is
	// filled: enough to keep it busy.
	storedInFlight = 1000

	// storedProbes orders are timed on each, one at a time.
	storedProbes = 1000
)

// stored fills two systems of a style, each with a server, a worker and a
// ledger of its own, and then places one order at a time on either in turn. So
// whatever else the machine does is shared by both.
func stored(ctx context.Context, dir string, o Options) (_ []threshold.Finding, err error) {
	sizes := []int{o.Orders / fewStored, o.Orders}
	var systems []*filledSystem
	defer func() {
		for _, f := range systems {
			err = errors.Join(err, f.close(ctx))
		}
	}()
	for _, n := range sizes {
		f, err := openFilled(ctx, o.Styles[o.Stored], filepath.Join(dir, fmt.Sprint(n)))
		if err != nil {
			return nil, err
		}
		systems = append(systems, f)
		if err := f.fill(ctx, n, o.Progress); err != nil {
			return nil, err
		}
	}
	took := make([][]float64, len(systems))
	for range storedProbes {
		for i, f := range systems {
			ms, err := f.probe(ctx)
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], ms)
		}
	}
	few, _ := measure.NewSample(took[0]).Quantile(0.5)
	many, _ := measure.NewSample(took[1]).Quantile(0.5)
	return []threshold.Finding{
		threshold.Show(fmt.Sprintf("%s with %d orders stored: p50 unloaded", o.Stored, sizes[0]), few, "ms"),
		threshold.Show(fmt.Sprintf("%s with %d orders stored: p50 unloaded", o.Stored, sizes[1]), many, "ms"),
		threshold.Hold("  as a multiple of the one before", many/few, "×", "<=", 1.5),
	}, nil
}

// A filledSystem keeps what it was given.
type filledSystem struct {
	server  bench.Server
	system  bench.System
	mix     load.Mix
	next    int
	tallies map[string]food.Tally // of the orders that are open; the feed's alone
	settled chan time.Time        // the commit with which each order was settled
}

func openFilled(ctx context.Context, style bench.Style, dir string) (*filledSystem, error) {
	f := &filledSystem{
		mix:     load.Mix{Scenario: "stored", Rate: 1, Seed: 1},
		tallies: map[string]food.Tally{},
		settled: make(chan time.Time, storedInFlight), // room for all that are open: the feed never waits
	}
	for _, sub := range []string{"server", "ledger"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	var err error
	f.server, err = style.Start(ctx, bench.Block{Dir: filepath.Join(dir, "server"), Setup: plan.Setup{Durability: durability.Process}})
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(dir, "ledger")
	f.system, err = f.server.Open(ctx, bench.Env{Rows: f.receive, Config: world.Config{
		Cell: "stored", Dir: folder, Durability: durability.Process, Policy: food.DefaultPolicy, Seed: 1,
	}})
	if err != nil {
		return nil, errors.Join(err, f.server.Close())
	}
	return f, nil
}

func (f *filledSystem) receive(c ledger.Commit) {
	for _, r := range c.Rows {
		t := f.tallies[r.Order]
		if !t.Add(r) {
			f.tallies[r.Order] = t
			continue
		}
		delete(f.tallies, r.Order)
		f.settled <- c.At
	}
}

// order is the next that was not placed yet.
func (f *filledSystem) order() food.Order {
	f.next++
	return f.mix.Order(f.next)
}

// fill places n orders and waits until all of them are settled. It reports
// at once that it has begun, and then every so often how far it has come.
func (f *filledSystem) fill(ctx context.Context, n int, errs io.Writer) error {
	fmt.Fprintf(errs, "storing %d orders …\n", n)
	window := make(chan struct{}, storedInFlight)
	placing, ctx := errgroup.WithContext(ctx)
	placing.Go(func() error {
		began := time.Now()
		reported := began
		for done := range n {
			select {
			case <-f.settled:
				<-window
			case <-ctx.Done():
				return ctx.Err()
			}
			if time.Since(reported) > 10*time.Second {
				reported = time.Now()
				left := reported.Sub(began) / time.Duration(done+1) * time.Duration(n-done-1)
				fmt.Fprintf(errs, "stored %d of %d orders, about %v left …\n", done+1, n, left.Round(time.Second))
			}
		}
		return nil
	})
	for range n {
		select {
		case window <- struct{}{}:
		case <-ctx.Done():
			return placing.Wait()
		}
		o := f.order()
		placing.Go(func() error { return f.system.Submit(ctx, o) })
	}
	return placing.Wait()
}

// probe places one order and returns the milliseconds until it was settled.
func (f *filledSystem) probe(ctx context.Context) (ms float64, err error) {
	o := f.order()
	began := time.Now()
	if err := f.system.Submit(ctx, o); err != nil {
		return 0, err
	}
	select {
	case at := <-f.settled:
		return float64(at.Sub(began)) / 1e6, nil
	case <-time.After(time.Minute):
		return 0, fmt.Errorf("order %s was not settled within a minute", o.ID)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// close ends the system. What is still under way settles first.
func (f *filledSystem) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	err := f.system.Close(ctx)
	// The server's data is not read again, and putting away millions of
	// messages takes longer than a server is given to stop.
	for _, server := range f.server.Processes() {
		err = errors.Join(err, server.Kill())
	}
	return errors.Join(err, f.server.Close())
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

const (
	// fewStored is how many orders the choreography has stored with which the
	// other one is compared.
	fewStored = 100

	// storedInFlight orders are under way at a time while a choreography is
	// filled: enough to keep it busy.
	storedInFlight = 1000

	// storedProbes orders are timed on each, one at a time.
	storedProbes = 1000
)

// scaleStored fills two choreographies, each with a server, a worker and a
// ledger of its own, and then places one order at a time on either in turn. So
// whatever else the machine does is shared by both.
func scaleStored(ctx context.Context, dir string, orders int, errs io.Writer) (_ []figure, err error) {
	sizes := []int{orders / fewStored, orders}
	var pantries []*pantry
	defer func() {
		for _, p := range pantries {
			err = errors.Join(err, p.close(ctx))
		}
	}()
	for _, n := range sizes {
		p, err := openPantry(ctx, filepath.Join(dir, fmt.Sprint(n)))
		if err != nil {
			return nil, err
		}
		pantries = append(pantries, p)
		if err := p.fill(ctx, n, errs); err != nil {
			return nil, err
		}
	}
	took := make([][]float64, len(pantries))
	for range storedProbes {
		for i, p := range pantries {
			ms, err := p.probe(ctx)
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], ms)
		}
	}
	median := func(i int) float64 {
		slices.Sort(took[i])
		return took[i][len(took[i])/2]
	}
	few, many := median(0), median(1)
	return []figure{
		{What: fmt.Sprintf("choreography with %d orders stored: p50 unloaded", sizes[0]), Value: few, Unit: "ms"},
		{What: fmt.Sprintf("choreography with %d orders stored: p50 unloaded", sizes[1]), Value: many, Unit: "ms"},
		figure{What: "  as a multiple of the one before", Value: many / few, Unit: "×"}.atMost(1.5),
	}, nil
}

// A pantry is a choreography that keeps what it was given.
type pantry struct {
	server  bench.Server
	system  bench.System
	mix     load.Mix
	next    int
	tallies map[string]food.Tally // of the orders that are open; the feed's alone
	settled chan time.Time        // the commit with which each order was settled
}

func openPantry(ctx context.Context, dir string) (*pantry, error) {
	p := &pantry{
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
	style := styles(endpoints{}, io.Discard)[record.Choreography]
	p.server, err = style.Start(ctx, bench.Block{Dir: filepath.Join(dir, "server"), Durability: durability.Process})
	if err != nil {
		return nil, err
	}
	ledger := filepath.Join(dir, "ledger")
	p.system, err = p.server.Open(ctx, bench.Env{
		Cell: "stored", Dir: ledger, Durability: durability.Process, Policy: food.DefaultPolicy, Seed: 1,
		Fired: filepath.Join(ledger, "faults.jsonl"), Rows: p.hear,
	})
	if err != nil {
		return nil, errors.Join(err, p.server.Close())
	}
	return p, nil
}

func (p *pantry) hear(c bench.Commit) {
	for _, r := range c.Rows {
		t := p.tallies[r.Order]
		if t.Add(r); !t.Settled() {
			p.tallies[r.Order] = t
			continue
		}
		delete(p.tallies, r.Order)
		p.settled <- c.At
	}
}

// order is the next that was not placed yet.
func (p *pantry) order() food.Order {
	p.next++
	return p.mix.Order(p.next)
}

// fill places n orders and waits until all of them are settled. It says at once
// that it has begun, and then every so often how far it has come.
func (p *pantry) fill(ctx context.Context, n int, errs io.Writer) error {
	fmt.Fprintf(errs, "storing %d orders …\n", n)
	window := make(chan struct{}, storedInFlight)
	placing, ctx := errgroup.WithContext(ctx)
	placing.Go(func() error {
		began := time.Now()
		said := began
		for done := range n {
			select {
			case <-p.settled:
				<-window
			case <-ctx.Done():
				return ctx.Err()
			}
			if time.Since(said) > 10*time.Second {
				said = time.Now()
				left := said.Sub(began) / time.Duration(done+1) * time.Duration(n-done-1)
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
		o := p.order()
		placing.Go(func() error { return p.system.Submit(ctx, o) })
	}
	return placing.Wait()
}

// probe places one order and returns the milliseconds until it was settled.
func (p *pantry) probe(ctx context.Context) (ms float64, err error) {
	o := p.order()
	began := time.Now()
	if err := p.system.Submit(ctx, o); err != nil {
		return 0, err
	}
	select {
	case at := <-p.settled:
		return float64(at.Sub(began)) / 1e6, nil
	case <-time.After(time.Minute):
		return 0, fmt.Errorf("order %s was not settled within a minute", o.ID)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// close ends the choreography. What is still under way settles first.
func (p *pantry) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := p.system.Close(ctx)
	// Nobody will read the server's data again, and putting away millions of
	// messages takes longer than a server is given to stop.
	for _, server := range p.server.Processes() {
		err = errors.Join(err, server.Kill())
	}
	return errors.Join(err, p.server.Close())
}

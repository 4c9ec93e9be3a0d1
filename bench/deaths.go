package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
)

// reviveLimit bounds how long a process may take to work again.
const reviveLimit = 30 * time.Second

// reviveAgain is the wait before a process is started that could not be started.
const reviveAgain = 50 * time.Millisecond

// deaths lets processes die and stand still as a plan has it. The worker and the
// server each have a timeline of their own, so both can be away at once.
type deaths struct {
	guard  *guard
	before func() // called before a process is killed: what it used is lost with it

	mu       sync.Mutex
	away     int // processes that are killed or paused now
	begun    int // deaths so far
	happened []death
	pending  sync.WaitGroup
}

// A death has happened, and the process works again.
type death struct {
	rule     fault.Rule
	from, to time.Time
}

// start lets the rules come true, timed from begin. When soft ends no further death
// comes and a pause is over; a process that was killed is started again all the same.
func (d *deaths) start(soft, hard context.Context, rules []fault.Rule, all []Process, begin time.Time) error {
	timelines := map[Process][]fault.Rule{}
	for _, r := range fault.Deaths(rules) {
		i := slices.IndexFunc(all, func(p Process) bool { return p.Role() == r.Process })
		if i < 0 {
			return fmt.Errorf("%v: the %s has no %s here", r, d.guard.style, r.Process)
		}
		timelines[all[i]] = append(timelines[all[i]], r)
	}
	for p, timeline := range timelines {
		d.pending.Go(func() {
			for _, r := range timeline {
				if !sleep(soft, time.Until(begin.Add(r.After))) {
					return
				}
				d.let(soft, hard, p, r)
			}
		})
	}
	return nil
}

// all waits for what has begun, and returns what has happened, earliest first.
func (d *deaths) all() []death {
	d.pending.Wait()
	slices.SortFunc(d.happened, func(a, b death) int { return a.from.Compare(b.from) })
	return d.happened
}

// let lets one death happen.
func (d *deaths) let(soft, hard context.Context, p Process, r fault.Rule) {
	d.mu.Lock()
	d.away++
	d.begun++
	d.mu.Unlock()
	var from time.Time
	var err error
	if r.Kind == fault.Kill {
		from, err = d.kill(hard, p)
	} else {
		from, err = pause(soft, p, r.For)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away--
	if err != nil {
		d.guard.fail(p, fmt.Sprintf("did not work again after %v", r), err)
		return
	}
	d.happened = append(d.happened, death{r, from, time.Now()})
}

func (d *deaths) kill(ctx context.Context, p Process) (from time.Time, err error) {
	d.guard.release(p)
	d.before()
	from = time.Now()
	if err := p.Kill(); err != nil {
		return from, err
	}
	if err := d.revive(ctx, p); err != nil {
		return from, err
	}
	d.guard.watch(ctx, p)
	return from, nil
}

// revive starts a process again. One that can't start while another one is away, as a
// worker can't without its server, is tried again.
func (d *deaths) revive(ctx context.Context, p Process) error {
	ctx, cancel := context.WithTimeout(ctx, reviveLimit)
	defer cancel()
	for {
		alone, begun := d.state()
		err := p.Restart(ctx)
		if err == nil {
			return nil
		}
		if _, now := d.state(); alone && now == begun {
			return err
		}
		if !sleep(ctx, reviveAgain) {
			return err
		}
	}
}

func (d *deaths) state() (alone bool, begun int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.away == 1, d.begun
}

// pause lets a process stand still for a while, or until ctx ends.
func pause(ctx context.Context, p Process, d time.Duration) (from time.Time, err error) {
	from = time.Now()
	if err := p.Pause(); err != nil {
		return from, err
	}
	sleep(ctx, d)
	return from, p.Resume()
}

// sleep returns after a while, and reports whether ctx has not ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

package bench

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A guard watches the processes of a measurement, and ends the work when one of them
// dies that was not meant to.
type guard struct {
	style string
	end   context.CancelCauseFunc

	mu       sync.Mutex
	watching map[Process]context.CancelFunc
}

// guarded calls work with two contexts that end when one of the processes dies.
// The first ends with ctx as well: it is for what an interruption stops. A death
// is returned instead of an error that followed from it.
func guarded(ctx context.Context, style string, all []Process, work func(soft, hard context.Context, g *guard) error) error {
	hard, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	soft, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(hard, stop)
	g := &guard{style: style, end: end, watching: map[Process]context.CancelFunc{}}
	for _, p := range all {
		g.watch(hard, p)
	}
	err := work(soft, hard, g)
	if err == nil {
		return nil
	}
	select {
	case <-hard.Done():
		return context.Cause(hard)
	case <-time.After(time.Second): // a process breaks its pipes a moment before its end is noticed
		return err
	}
}

// watch ends the work when the present life of a process ends, unless release is
// called before.
func (g *guard) watch(ctx context.Context, p Process) {
	watching, stop := context.WithCancel(ctx)
	g.mu.Lock()
	g.watching[p] = stop
	g.mu.Unlock()
	done := p.Done()
	go func() {
		select {
		case <-done:
			if watching.Err() == nil {
				g.lost(p)
			}
		case <-watching.Done():
		}
	}()
}

// release lets a process die. One that is dead by then was not meant to.
func (g *guard) release(p Process) {
	g.mu.Lock()
	g.watching[p]()
	g.mu.Unlock()
	select {
	case <-p.Done():
		g.lost(p)
	default:
	}
}

func (g *guard) lost(p Process) { g.fail(p, "died", p.Err()) }

// fail ends the work because of a process.
func (g *guard) fail(p Process, what string, cause error) {
	g.end(fmt.Errorf("the %s of the %s %s: %w", p.Role(), g.style, what, cause))
}

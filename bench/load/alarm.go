package load

import (
	"context"
	"time"
)

// An alarm wakes its caller at a moment, or when its context ends. One goroutine
// uses it.
type alarm interface {
	at(time.Time)
	close()
}

// timerAlarm is as precise as the runtime's timers. On macOS that is well below
// a millisecond. On Linux an idle runtime waits in whole milliseconds, which
// alone would make the typical order half a millisecond late.
type timerAlarm struct {
	ctx   context.Context
	timer *time.Timer
}

func newTimerAlarm(ctx context.Context) *timerAlarm {
	return &timerAlarm{ctx: ctx, timer: time.NewTimer(0)}
}

func (a *timerAlarm) at(t time.Time) {
	wait := time.Until(t)
	if wait <= 0 {
		return
	}
	a.timer.Reset(wait)
	select {
	case <-a.timer.C:
	case <-a.ctx.Done():
	}
}

func (a *timerAlarm) close() { a.timer.Stop() }

package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
)

// An actor plays a process. A worker needs 0.7 s to start, and a server a second.
type actor struct {
	role  string
	needs *actor // can't start without it

	mu     sync.Mutex
	alive  chan struct{} // closed when it has ended
	paused bool
	broken bool // never starts again
	events []string
	since  time.Time
}

func act(role string) *actor {
	return &actor{role: role, alive: make(chan struct{}), since: time.Now()}
}

func (a *actor) note(event string) {
	a.events = append(a.events, fmt.Sprintf("%s at %v", event, time.Since(a.since)))
}

func (a *actor) Role() string { return a.role }
func (a *actor) PID() int     { return 0 }
func (a *actor) Err() error   { return errors.New("of old age") }

func (a *actor) Done() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.alive
}

func (a *actor) Kill() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.note("killed")
	close(a.alive)
	return nil
}

func (a *actor) Restart(ctx context.Context) error {
	time.Sleep(map[string]time.Duration{fault.Worker: 700 * time.Millisecond, fault.Server: time.Second}[a.role])
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken || a.needs != nil && a.needs.isDead() {
		return errors.New("no beans")
	}
	a.note("back")
	a.alive = make(chan struct{})
	return nil
}

func (a *actor) isDead() bool {
	select {
	case <-a.Done():
		return true
	default:
		return false
	}
}

func (a *actor) Pause() error  { return a.pause(true, "paused") }
func (a *actor) Resume() error { return a.pause(false, "resumed") }

func (a *actor) pause(p bool, event string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paused = p
	a.note(event)
	return nil
}

// live lets the rules come true until the end or an interruption, and returns what
// has happened and why it ended early.
func live(t *testing.T, interrupt time.Duration, rules string, all ...Process) ([]death, error) {
	t.Helper()
	parsed, err := fault.ParseAll(strings.Fields(rules))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), interrupt)
	defer stop()
	var happened []death
	err = guarded(ctx, "toy", all, func(soft, hard context.Context, g *guard) error {
		d := &deaths{guard: g, before: func() {}}
		if err := d.start(soft, hard, parsed, all, time.Now()); err != nil {
			return err
		}
		sleep(soft, 20*time.Second)
		happened = d.all()
		return context.Cause(hard)
	})
	return happened, err
}

func TestDeaths(t *testing.T) {
	for name, c := range map[string]struct {
		rules          string
		interrupt      time.Duration
		worker, server string // what happens to them
		err            string
	}{
		"a kill":                    {"worker:kill@3s", time.Minute, "[killed at 3s back at 3.7s]", "[]", ""},
		"two kills":                 {"worker:kill@6s worker:kill@3s", time.Minute, "[killed at 3s back at 3.7s killed at 6s back at 6.7s]", "[]", ""},
		"a pause":                   {"server:pause@3s+8s", time.Minute, "[]", "[paused at 3s resumed at 11s]", ""},
		"both at once":              {"server:kill@3s worker:kill@3s", time.Minute, "[killed at 3s back at 4.45s]", "[killed at 3s back at 4s]", ""},
		"the server dies meanwhile": {"worker:kill@3s server:kill@3500ms", time.Minute, "[killed at 3s back at 5.2s]", "[killed at 3.5s back at 4.5s]", ""},
		"interrupted in a pause":    {"worker:pause@3s+8s", 5 * time.Second, "[paused at 3s resumed at 5s]", "[]", ""},
		"interrupted while dead":    {"worker:kill@3s", 3500 * time.Millisecond, "[killed at 3s back at 3.7s]", "[]", ""},
		"interrupted before":        {"worker:kill@3s server:pause@4s+1s", 2 * time.Second, "[]", "[]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				worker, server := act(fault.Worker), act(fault.Server)
				worker.needs = server
				happened, err := live(t, c.interrupt, c.rules, server, worker)
				if err != nil {
					t.Error(err)
				}
				if got := fmt.Sprint(worker.events); got != c.worker {
					t.Errorf("the worker is %s, want %s", got, c.worker)
				}
				if got := fmt.Sprint(server.events); got != c.server {
					t.Errorf("the server is %s, want %s", got, c.server)
				}
				if 2*len(happened) != len(worker.events)+len(server.events) {
					t.Errorf("%d are on record: %v", len(happened), happened)
				}
				for i, d := range happened {
					if !d.to.After(d.from) || i > 0 && d.from.Before(happened[i-1].from) {
						t.Errorf("%v is out of order", happened)
					}
				}
			})
		})
	}
}

// Whatever dies of itself ends the work, also in the middle of what is planned.
func TestUnplannedDeaths(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		spoil func(worker, server *actor)
		want  string
	}{
		"before the plan has it":       {"worker:kill@3s", func(w, _ *actor) { time.AfterFunc(time.Second, func() { w.Kill() }) }, "the worker of the toy died: of old age"},
		"in its second life":           {"worker:kill@3s", func(w, _ *actor) { time.AfterFunc(6*time.Second, func() { w.Kill() }) }, "the worker of the toy died: of old age"},
		"while it stands still":        {"worker:pause@3s+8s", func(w, _ *actor) { time.AfterFunc(6*time.Second, func() { w.Kill() }) }, "the worker of the toy died: of old age"},
		"while the other stands still": {"worker:pause@3s+8s", func(_, s *actor) { time.AfterFunc(6*time.Second, func() { s.Kill() }) }, "the server of the toy died: of old age"},
		"it does not come back":        {"worker:kill@3s", func(w, _ *actor) { w.broken = true }, "the worker of the toy did not work again after worker:kill@3s: no beans"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				worker, server := act(fault.Worker), act(fault.Server)
				c.spoil(worker, server)
				start := time.Now()
				_, err := live(t, time.Minute, c.rules, server, worker)
				if err == nil || err.Error() != c.want {
					t.Errorf("got %v, want %s", err, c.want)
				}
				if took := time.Since(start); took > 8*time.Second {
					t.Errorf("it took %v", took)
				}
				if worker.paused || server.paused {
					t.Error("a process was left standing still")
				}
				time.Sleep(time.Minute) // let what the test has planned happen
			})
		})
	}
}

// What was released may die, and only what died before was not meant to, however
// close in time the two are.
func TestReleasedInTime(t *testing.T) {
	for range 50 {
		for _, late := range []bool{false, true} {
			worker := act(fault.Worker)
			err := guarded(t.Context(), "toy", []Process{worker}, func(_, hard context.Context, g *guard) error {
				if late {
					worker.Kill()
					g.release(worker)
				} else {
					g.release(worker)
					worker.Kill()
				}
				sleep(hard, time.Millisecond)
				return context.Cause(hard)
			})
			if late != (err != nil) {
				t.Fatalf("released too late: %v, and the work ends with %v", late, err)
			}
		}
	}
}

// A rule for a process that is not there is not passed over.
func TestNoSuchProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, err := live(t, time.Minute, "server:kill@3s", act(fault.Worker)); err == nil || !strings.Contains(err.Error(), "the toy has no server here") {
			t.Errorf("got %v", err)
		}
	})
}

// An engine is asked what is left over until that is nothing, or what was lost has
// had the time to be given out again.
func TestLeftOverIsAskedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		drained bool
		answers []float64 // the last for ever
		err     error
		want    float64
		took    time.Duration
	}{
		"nothing":            {true, []float64{0}, nil, 0, 0},
		"late acks":          {true, []float64{7, 2, 0}, nil, 0, 2 * askAgain},
		"never":              {true, []float64{7, 2}, nil, 2, 4 * time.Second},
		"after a vain drain": {false, []float64{7, 0}, nil, 7, 0},
		"no answer":          {true, []float64{7}, errors.New("gone"), math.NaN(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cell := &cell{}
				cell.plan.Policy.Redelivery = time.Second
				cell.rec.Drained = c.drained
				start := time.Now()
				got, err := cell.leftOver(t.Context(), &leaver{answers: c.answers, err: c.err}, 3)
				if took := time.Since(start); took < c.took || took > c.took+2*askAgain {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				if !errors.Is(err, c.err) || err == nil && got["messages"] != c.want {
					t.Errorf("got %v (%v), want %v", got, err, c.want)
				}
			})
		})
	}
}

// A leaver is a System with an engine that leaves something over.
type leaver struct {
	System
	answers []float64
	err     error
}

func (l *leaver) LeftOver(_ context.Context, accepted int) (map[string]float64, error) {
	if accepted != 3 {
		return nil, errors.New("it is not asked about the orders that were accepted")
	}
	n := l.answers[0]
	l.answers = l.answers[min(1, len(l.answers)-1):]
	return map[string]float64{"messages": n, "others": 0}, l.err
}

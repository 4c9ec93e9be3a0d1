package worker

import (
	"cmp"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/ledger"
)

// Config is which worker to start, and who receives its news.
type Config struct {
	Command  []string // a program that calls Serve, and its arguments
	Settings any      // for it, as JSON
	From     int64    // seq from which the ledger's rows are replayed; 0 is none
	Stderr   io.Writer

	// Lasting is for a ledger that outlives the worker, so that it can be started
	// again.
	Lasting bool

	// Commit, Failed and Ended receive the news, from one goroutine. Nil is for what
	// a worker never reports.
	Commit func(ledger.Commit)
	Failed func(food.Call, error)
	Ended  func(n int)
}

// A Process is the parent's end of a worker. It can be killed and started again,
// and has another PID then.
type Process struct {
	config Config
	last   int64 // seq of the last row received; the receiving goroutine's

	mu    sync.Mutex
	life  *life
	begin time.Time // of the measured window, once it was sent
}

// A life of a worker is one process.
type life struct {
	process *child.Process
	working chan struct{} // closed when it works
	drained chan struct{} // closed when its last news has been received
	failed  error         // why it ended; read after drained
}

// Start starts a worker and returns when it works. When it does not come to that,
// no process is left behind.
func Start(ctx context.Context, c Config) (*Process, error) {
	p := &Process{config: c, last: c.From - 1}
	if err := p.start(ctx, c.From); err != nil {
		return nil, err
	}
	return p, nil
}

// Restart starts the worker again on its ledger, when its process has ended. The
// feed goes on where it stopped, and the measured window is the same.
func (p *Process) Restart(ctx context.Context) error {
	if !p.config.Lasting {
		return errors.New("a worker without a lasting ledger has nothing to come back to")
	}
	return p.start(ctx, p.last+1)
}

func (p *Process) start(ctx context.Context, from int64) error {
	p.mu.Lock()
	begin := p.begin
	p.mu.Unlock()
	line, err := json.Marshal(opening{p.config.Settings, Past{from, begin}})
	if err != nil {
		return err
	}
	c, _, err := child.Start(ctx, p.config.Stderr, append(line, '\n'), p.config.Command[0], p.config.Command[1:]...)
	if err != nil {
		return err
	}
	l := &life{process: c, working: make(chan struct{}), drained: make(chan struct{})}
	go p.receive(l)
	select {
	case <-l.working:
	case <-l.drained:
		<-c.Done()
		return cmp.Or(l.failed, child.ErrNeverReady)
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), c.Kill())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.life = l
	return nil
}

// receive takes the news of one life until it ends.
func (p *Process) receive(l *life) {
	defer close(l.drained)
	for dec := gob.NewDecoder(l.process.Output()); ; {
		var n News
		err := dec.Decode(&n)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return // a process that was killed sends half a message
		case err != nil:
			l.failed = cmp.Or(l.failed, err)
			return
		case n.Commit.Rows != nil:
			p.last = n.Commit.Rows[len(n.Commit.Rows)-1].Seq
			p.config.Commit(n.Commit)
		case n.Attempt.Order != "":
			p.config.Failed(n.Attempt, errors.New(n.Failed))
		case n.Ended > 0:
			p.config.Ended(n.Ended)
		case n.Working:
			close(l.working)
		case n.Failed != "":
			l.failed = errors.New(n.Failed)
		}
	}
}

func (p *Process) now() *life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life
}

// Role is what reports call the process.
func (p *Process) Role() string { return "worker" }

// PID is that of the present process.
func (p *Process) PID() int { return p.now().process.PID() }

// Done is closed when the present process has ended.
func (p *Process) Done() <-chan struct{} { return p.now().process.Done() }

// Kill sends SIGKILL and waits until the last of what was sent has been received.
func (p *Process) Kill() error {
	l := p.now()
	err := l.process.Kill()
	<-l.drained
	return err
}

// Pause stops the present process where it stands, with SIGSTOP, until Resume.
func (p *Process) Pause() error { return p.now().process.Pause() }

// Resume lets a process that was paused go on.
func (p *Process) Resume() error { return p.now().process.Resume() }

// Err is why the present process has ended, when it has: what it reported, or what
// the system knows.
func (p *Process) Err() error {
	l := p.now()
	<-l.drained
	return cmp.Or(l.failed, l.process.Err())
}

// Begin sends when the measured window starts, or started. A worker that is started
// again knows it.
func (p *Process) Begin(t time.Time) error {
	p.mu.Lock()
	p.begin = t
	p.mu.Unlock()
	return p.now().order(order{Begin: t})
}

func (l *life) order(o order) error { return json.NewEncoder(l.process).Encode(o) }

// Close asks the worker to end, and waits until its last news has been received.
func (p *Process) Close(ctx context.Context) error {
	l := p.now()
	err := l.process.Stop(ctx)
	<-l.drained
	return errors.Join(err, l.failed)
}

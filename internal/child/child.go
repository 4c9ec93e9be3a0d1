// Package child starts processes that can't outlive their parent.
//
// A child's standard input is a pipe that the parent holds open and never
// closes while it lives. When the parent dies, however it dies, the kernel
// closes the pipe and the child reads end-of-file. (Linux's parent-death signal
// is no substitute: it follows the thread that started the child, not the
// process.) A child that is asked to stop reads a line first, so it can distinguish
// an orderly end from an orphan's: an orphan has no one to finish for, and ends at
// once.
//
// A child prints one line when it is ready. What it prints after that is the
// caller's to read.
package child

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// ReadyPrefix begins the line that a child prints when it is ready. The rest of
// the line is for the parent, an address for instance.
const ReadyPrefix = "ready "

// A Process is a started child.
type Process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	words  lastWords
	done   chan struct{} // closed when the process has been waited for
	err    error         // of the wait; read after done
	write  sync.Mutex
}

// stopLine is the last thing that a child reads.
const stopLine = "stop"

// ErrOrphan means that the parent is gone without having asked the child to stop.
var ErrOrphan = errors.New("the parent is gone")

// ErrNeverReady means that a child ended before its ready line.
var ErrNeverReady = errors.New("ended before it was ready")

// Start runs the command and waits for its ready line, which it returns without
// the prefix. Standard error goes to stderr. When ctx ends first, or the child
// exits first, no process is left behind.
func Start(ctx context.Context, stderr io.Writer, input []byte, name string, args ...string) (*Process, string, error) {
	cmd := exec.Command(name, args...)
	p := &Process{cmd: cmd, done: make(chan struct{})}
	cmd.Stderr = &p.words
	if stderr != nil {
		cmd.Stderr = io.MultiWriter(&p.words, stderr)
	}
	// A group of its own keeps the terminal's Ctrl-C away: the parent decides
	// when a child stops.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	// The pipe is ours and not the command's, because Wait would close that
	// one under a reader that still has lines to read.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		return nil, "", errors.Join(err, r.Close(), w.Close())
	}
	w.Close()
	p.stdin, p.stdout = stdin, bufio.NewReaderSize(r, 1<<16)
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()

	ready := make(chan error, 1)
	var line string
	go func() {
		_, err := stdin.Write(input)
		if err == nil {
			line, err = p.stdout.ReadString('\n')
		}
		if err == nil && !strings.HasPrefix(line, ReadyPrefix) {
			err = fmt.Errorf("first line is %q, want one that begins with %q", strings.TrimSpace(line), ReadyPrefix)
		}
		ready <- err
	}()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		p.Kill()
		if ctx.Err() == nil {
			// A child that has ended has closed its end of both pipes, and we ours of the first.
			if errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
				err = ErrNeverReady
			}
			err = fmt.Errorf("%w (%v)", err, p.cmd.ProcessState)
		}
		return nil, "", fmt.Errorf("start %s: %w", name, err)
	}
	return p, strings.TrimSpace(strings.TrimPrefix(line, ReadyPrefix)), nil
}

// PID of the child.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output is what the child prints after its ready line, until it ends.
func (p *Process) Output() io.Reader { return p.stdout }

// Write sends bytes to the child's standard input.
func (p *Process) Write(b []byte) (int, error) {
	p.write.Lock()
	defer p.write.Unlock()
	return p.stdin.Write(b)
}

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Kill sends SIGKILL and waits for the end.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Pause stops the child where it stands, with SIGSTOP, until Resume. If its parent
// dies meanwhile, so does the child: the kernel wakes up what has been stopped in a
// group that no one is left to control, with a SIGHUP.
func (p *Process) Pause() error { return p.signal(syscall.SIGSTOP) }

// Resume lets a child that was paused go on. To any other it does nothing.
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT) }

func (p *Process) signal(s syscall.Signal) error {
	err := p.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Err is why the child has ended, when it has: what it panicked with, or else how the
// system describes its end.
func (p *Process) Err() error {
	<-p.done
	if line := p.words.String(); line != "" {
		return errors.New(line)
	}
	return errors.New(p.cmd.ProcessState.String())
}

// Stop asks the child to end and waits. When ctx ends first the child is killed
// and ctx's error returned.
func (p *Process) Stop(ctx context.Context) error {
	p.Write([]byte(stopLine + "\n")) // fails when the child has ended, which is as good
	p.stdin.Close()
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), p.Kill())
	}
}

// Ready prints the ready line. It is the child's side of Start.
func Ready(format string, args ...any) {
	fmt.Printf(ReadyPrefix+format+"\n", args...)
}

// WithParent returns a context that ends when the parent asks the child to stop.
// When the parent dies the child exits. Lines that the parent sends are dropped;
// a child that wants them uses [Lines] instead.
func WithParent(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		if err := Lines(os.Stdin, func([]byte) error { return nil }); errors.Is(err, ErrOrphan) {
			os.Exit(1)
		}
	}()
	return ctx, cancel
}

// Lines calls receive for each line that the parent sends. It returns nil when the
// parent asks the child to stop, and [ErrOrphan] when the input ends without that.
func Lines(in io.Reader, receive func([]byte) error) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 1<<16), 1<<24)
	for sc.Scan() {
		if sc.Text() == stopLine {
			return nil
		}
		if err := receive(sc.Bytes()); err != nil {
			return err
		}
	}
	return errors.Join(ErrOrphan, sc.Err())
}

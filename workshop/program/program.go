package program

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/sagabench/sagabench/workshop/kit"
)

// Limits are what a program may take. Zero is the default.
type Limits struct {
	Ready  time.Duration // until it is ready, or gives its first answer; 7 s
	Quiet  time.Duration // between two answers, see [Pipe]; 2 s
	Memory uint64        // bytes of all processes of its group; 1 GiB
	Output int           // bytes that it prints, and bytes that it answers; 8 MiB
}

func (l Limits) orDefault() Limits {
	return Limits{
		Ready:  cmp.Or(l.Ready, 7*time.Second),
		Quiet:  cmp.Or(l.Quiet, 2*time.Second),
		Memory: cmp.Or(l.Memory, 1<<30),
		Output: cmp.Or(l.Output, 8<<20),
	}
}

// A Program is a learner's, and runs in a process group of its own.
type Program struct {
	exe     string
	limits  Limits
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	cwd     string
	printed printed
	answers answers
	ready   chan struct{} // closed when the first line has come on descriptor 3
	done    chan struct{} // closed when the process has ended and all that it printed was read

	mu     sync.Mutex
	asked  bool   // to end
	reason string // why it was killed from here: wanted, or a sentence
	ended  *Ended // after done; nil if the end was wanted
}

// wanted is the reason of a kill that is no fault of the program.
const wanted = "wanted"

// Start runs a program as one part of a cell, and returns when it is ready. When it does
// not get ready the error is an [*Ended], and nothing of it is left.
func Start(ctx context.Context, exe string, cell kit.Cell, limits Limits) (*Program, error) {
	at, err := json.Marshal(cell)
	if err != nil {
		return nil, err
	}
	p, err := launch(exe, limits, "SAGABENCH_CELL="+string(at))
	if err != nil {
		return nil, err
	}
	late := time.NewTimer(p.limits.Ready)
	defer late.Stop()
	select {
	case <-p.ready:
		return p, nil
	case <-p.done:
		return nil, p.Err()
	case <-late.C:
		return nil, p.standstill(fmt.Sprintf("your program was not ready within %v", p.limits.Ready))
	case <-ctx.Done():
		p.Kill()
		return nil, ctx.Err()
	}
}

// Pipe runs a program that is no part of a cell: it reads the input to its end, and
// answers on descriptor 3. What it has answered is returned also when it fails, then with
// an [*Ended]. A program that does not answer for too long is ended.
func Pipe(ctx context.Context, exe string, input []byte, limits Limits) (answers []byte, printed string, err error) {
	p, err := launch(exe, limits)
	if err != nil {
		return nil, "", err
	}
	go func() {
		p.stdin.Write(input) // fails when the program ends before, which is seen below
		p.stdin.Close()
	}()
	err = p.awaitAnswers(ctx)
	return p.answers.bytes(), p.Printed(), err
}

// awaitAnswers returns when the program has ended, or has been ended.
func (p *Program) awaitAnswers(ctx context.Context) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-p.done:
			if e := p.ended; e != nil && e.Status != 0 {
				return e
			}
			return nil
		case <-ctx.Done():
			p.Kill()
			return ctx.Err()
		case <-look.C:
			quiet, limit := p.answers.quietFor(), p.limits.Quiet
			if !p.isReady() {
				limit = p.limits.Ready
			}
			if quiet > limit {
				return p.standstill(fmt.Sprintf("your program gave no answer for %v", limit))
			}
		}
	}
}

func (p *Program) isReady() bool {
	select {
	case <-p.ready:
		return true
	default:
		return false
	}
}

// standstill ends a program that does not go on, and says where it stood.
func (p *Program) standstill(sentence string) *Ended {
	before := p.Printed()
	places := p.Dump()
	if p.ended != nil {
		return p.ended // it panicked at that moment
	}
	if len(places) > 0 {
		sentence += ": it stood at " + places[0].String()
	}
	return &Ended{Sentence: sentence, Places: places, Printed: before, Status: -1}
}

// launch starts the process and those who watch it.
func launch(exe string, limits Limits, env ...string) (*Program, error) {
	p := &Program{exe: exe, limits: limits.orDefault(), cmd: exec.Command(exe), ready: make(chan struct{}), done: make(chan struct{})}
	var err error
	if p.cwd, err = os.MkdirTemp("", "sagabench-program-"); err != nil {
		return nil, err
	}
	p.answers.last = time.Now()
	output, answers, err := p.start(env)
	if err != nil {
		os.RemoveAll(p.cwd)
		return nil, fmt.Errorf("start %s: %w", exe, err)
	}
	go p.watchMemory()
	go p.await(output, answers)
	return p, nil
}

// start starts the process and returns what comes from it. Its pipes are files and not
// the command's own, because the command waits for whoever holds those, and that may be
// a grandchild.
func (p *Program) start(env []string) (output, answers *os.File, err error) {
	output, printedTo, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	answers, answeredTo, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, output.Close(), printedTo.Close())
	}
	c := p.cmd
	c.Dir = p.cwd
	c.Env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+p.cwd, "TMPDIR="+p.cwd)
	c.Stdout, c.Stderr, c.ExtraFiles = printedTo, printedTo, []*os.File{answeredTo}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.stdin, err = c.StdinPipe(); err == nil {
		err = c.Start()
	}
	printedTo.Close()
	answeredTo.Close()
	if err != nil {
		output.Close()
		answers.Close()
	}
	return output, answers, err
}

// await reads what comes from the process until it has ended, and with it its group.
func (p *Program) await(output, answers *os.File) {
	var reading sync.WaitGroup
	reading.Go(func() { p.collect(output) })
	reading.Go(func() { p.listen(answers) })
	p.cmd.Wait()
	p.killGroup() // to whom it has started and left behind
	// Who has left the group may hold the pipes for as long as it likes.
	for _, pipe := range []*os.File{output, answers} {
		pipe.SetReadDeadline(time.Now().Add(time.Second))
	}
	reading.Wait()
	output.Close()
	answers.Close()
	os.RemoveAll(p.cwd)
	p.ended = p.judge()
	close(p.done)
}

func (p *Program) collect(output io.Reader) {
	io.Copy(&counted{to: &p.printed, left: p.limits.Output, tooMuch: func() {
		p.kill(fmt.Sprintf("your program printed more than %s, and was ended", size(uint64(p.limits.Output))))
	}}, output)
}

// listen collects what comes on descriptor 3.
func (p *Program) listen(answers io.Reader) {
	to := &counted{to: &p.answers, left: p.limits.Output, tooMuch: func() {
		p.kill(fmt.Sprintf("your program answered more than %s, and was ended", size(uint64(p.limits.Output))))
	}}
	first := bufio.NewReader(answers)
	line, err := first.ReadString('\n')
	io.WriteString(to, line)
	if err == nil {
		close(p.ready)
	}
	io.Copy(to, first)
}

// ask notes that the program has been asked to end.
func (p *Program) ask() {
	p.mu.Lock()
	p.asked = true
	p.mu.Unlock()
}

// kill ends the program from here. The first reason counts.
func (p *Program) kill(reason string) {
	p.mu.Lock()
	p.reason = cmp.Or(p.reason, reason)
	p.mu.Unlock()
	select {
	case <-p.done: // another group may have its number now
	default:
		p.killGroup()
	}
}

// killGroup fails when there is no group any more, which is as good.
func (p *Program) killGroup() { syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// Done is closed when the program has ended, however it did.
func (p *Program) Done() <-chan struct{} { return p.done }

// Kill ends the program and all that it has started with SIGKILL, and waits. Such an end
// is wanted: it is no error of the program's. Only what has left the process group lives.
func (p *Program) Kill() {
	p.kill(wanted)
	<-p.done
}

// Stop asks the program to end by closing its standard input, and waits. When ctx ends
// first the program is killed and ctx's error returned.
func (p *Program) Stop(ctx context.Context) error {
	p.ask()
	p.stdin.Close()
	select {
	case <-p.done:
		return p.Err()
	case <-ctx.Done():
		p.Kill()
		return ctx.Err()
	}
}

// Dump ends the program with SIGQUIT, and returns where in their own files its goroutines
// stood, the likeliest cause of a standstill first. Such an end is wanted, too.
func (p *Program) Dump() Places {
	p.ask()
	p.answers.dumpFollows()
	p.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-p.done:
	case <-time.After(2 * time.Second):
		p.Kill()
	}
	_, _, death := p.printed.read() // of a program that does not get to the kit's main
	return placesIn(p.answers.dump()+"\n"+death, p.folder())
}

// Err waits for the end of the program and returns nil if it was wanted, and else an
// [*Ended].
func (p *Program) Err() error {
	<-p.done
	if p.ended == nil {
		return nil
	}
	return p.ended
}

// Printed is the end of what the program printed.
func (p *Program) Printed() string {
	all, _, _ := p.printed.read()
	return all
}

package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/kit"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "sagabench-program-test-")
	if err != nil {
		panic(err)
	}
	shared = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

var shared string // folder of what all tests use

const pkg = "9-wrong/choreography"

// source is the program that goes wrong.
func source(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/main.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// learner is a new folder of a learner's with the program.
func learner(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for file, text := range workshop.Base() {
		put(t, dir, file, string(text))
	}
	put(t, dir, pkg+"/main.go", text)
	return dir
}

func put(t *testing.T, dir, file, text string) {
	t.Helper()
	file = filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

var built struct {
	sync.Once
	exe string
	err error
}

// wrong is the program that goes wrong, built once.
func wrong(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		built.exe = filepath.Join(shared, "wrong")
		built.err = Build(t.Context(), learner(t, source(t)), pkg, built.exe, workshop.Base())
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.exe
}

// at is the line of the program that ends with a comment.
func at(t *testing.T, comment string) string {
	t.Helper()
	before, _, found := strings.Cut(source(t), "// "+comment+"\n")
	if !found {
		t.Fatalf("no line ends with %q", comment)
	}
	return fmt.Sprintf("%s/main.go:%d, in ", pkg, strings.Count(before, "\n")+1)
}

func within(t *testing.T, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, how string, limits Limits) (*Program, error) {
	t.Helper()
	p, err := Start(within(t, 20*time.Second), wrong(t), kit.Cell{Name: how}, limits)
	if err == nil {
		t.Cleanup(p.Kill)
	}
	return p, err
}

func started(t *testing.T, how string, limits Limits) *Program {
	t.Helper()
	p, err := start(t, how, limits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ended waits until the program has ended by itself.
func ended(t *testing.T, p *Program) *Ended {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on")
	}
	var e *Ended
	if !errors.As(p.Err(), &e) {
		t.Fatalf("Err is %v, want an Ended", p.Err())
	}
	return e
}

// How a program ends is one sentence.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		how, want, printed string
		limits             Limits
	}{
		{"exit-0", "your program ended by itself with status 0", "", Limits{}},
		{"exit-3", "your program ended by itself with status 3", "", Limits{}},
		{"fatal", "your program ended by itself with status 1, and last printed: ", "no such stream", Limits{}},
		{"panics", "your program panicked: assignment to entry in nil map, at " + at(t, "panics") + "react", "before the panic", Limits{}},
		{"panics-below", "your program panicked: strings.Builder.Grow: negative count, at " + at(t, "panics-below") + "begin", "", Limits{}},
		{"survives", "your program ended by itself with status 2", "panic: survived", Limits{}},
		{"overflows", "your program panicked: stack overflow, at " + at(t, "overflows") + "deeper", "", Limits{}},
		{"hogs", "your program took more than 64 MiB of memory, and was ended", "", Limits{Memory: 64 << 20}},
		{"chats", "your program printed more than 64 KiB, and was ended", "chat chat", Limits{Output: 64 << 10}},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			e := ended(t, started(t, c.how, c.limits))
			if !strings.HasPrefix(e.Sentence, c.want) || strings.Contains(e.Sentence, "\n") {
				t.Errorf("it ended with %q, want %q", e.Sentence, c.want)
			}
			if !strings.Contains(e.Printed, c.printed) || strings.Contains(e.Printed, " [running]:") || len(e.Printed) > kept {
				t.Errorf("printed %q, want it with %q, short and without stacks", e.Printed, c.printed)
			}
		})
	}
}

// A program that does not get ready is an error, and nothing of it is left.
func TestNeverReady(t *testing.T) {
	for _, c := range []struct{ how, want string }{
		{"never-ready", "your program was not ready within 300ms: it stood at " + at(t, "never-ready") + "begin"},
		{"error", "your program ended by itself with status 1, and last printed: no such stream"},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			var e *Ended
			limits := Limits{}
			if c.how == "never-ready" {
				limits.Ready = 300 * time.Millisecond
			}
			_, err := start(t, c.how, limits)
			if !errors.As(err, &e) || e.Sentence != c.want {
				t.Errorf("Start = %v, want %q", err, c.want)
			}
		})
	}
}

// A program ends when whoever checks it does, however that ends, and whatever it waits for.
func TestOrphan(t *testing.T) {
	p, err := launch(wrong(t), Limits{}, `SAGABENCH_CELL={"Name":"never-ready"}`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	p.stdin.Close() // as the kernel does
	select {
	case <-p.Done():
	case <-time.After(20 * time.Second):
		t.Error("it goes on")
	}
}

// A standstill is shown where it is in the learner's file. Goroutines that are idle come
// last, and the compiler knows no line of a loop in which nothing is.
func TestDump(t *testing.T) {
	idle := at(t, "idle") + "idle"
	for how, want := range map[string][]string{
		"loops": {at(t, "loops") + "loop", idle},
		"waits": {at(t, "waits") + "stuck", idle},
		"spins": {pkg + "/main.go, in spin"},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			p := started(t, how, Limits{})
			time.Sleep(50 * time.Millisecond)
			var got []string
			for _, place := range p.Dump() {
				got = append(got, place.String())
			}
			if !slices.Equal(got, want) {
				t.Errorf("it stands at %q, want %q", got, want)
			}
			if err := p.Err(); err != nil {
				t.Errorf("it was ended with a dump: %v", err)
			}
		})
	}
}

// A program that is no part of a cell answers what it reads. What it has answered before
// it went wrong is kept.
func TestPipe(t *testing.T) {
	for _, c := range []struct{ last, want string }{
		{"two", ""},
		{"panic", "your program panicked: assignment to entry in nil map, at " + at(t, "panics") + "react"},
		{"loop", "your program gave no answer for 500ms"},
		{"exit", "your program ended by itself with status 3, and last printed: now one"},
		{"flood", "your program answered more than 64 KiB, and was ended"},
	} {
		t.Run(c.last, func(t *testing.T) {
			t.Parallel()
			input := "one\n" + c.last + "\n" + strings.Repeat(" \n", 1<<10)
			limits := Limits{Output: 64 << 10}
			if c.last == "loop" {
				limits.Quiet = 500 * time.Millisecond
			}
			answers, printed, err := Pipe(within(t, 20*time.Second), wrong(t), []byte(input), limits)
			var e *Ended
			if errors.As(err, &e) != (c.want != "") || e != nil && !strings.HasPrefix(e.Sentence, c.want) {
				t.Errorf("it ended with %v, want %q", err, c.want)
			}
			if !strings.HasPrefix(string(answers), "answer to one\n") || !strings.HasPrefix(printed, "now one") {
				t.Errorf("it answered %.40q and printed %.40q", answers, printed)
			}
			if c.want == "" && strings.Count(string(answers), "\n") != 2+1<<10 {
				t.Errorf("it gave %d answers", strings.Count(string(answers), "\n"))
			}
		})
	}
}

// What a program prints is not taken for the protocol.
func TestNoise(t *testing.T) {
	p := started(t, "noise", Limits{})
	if err := p.Stop(within(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
	if got := p.Printed(); got != "ready\nnothing" {
		t.Errorf("it printed %q", got)
	}
}

// The end that the caller wants is no error.
func TestWantedEnds(t *testing.T) {
	for how, end := range map[string]func(*Program) error{
		"Stop": func(p *Program) error { return p.Stop(within(t, 10*time.Second)) },
		"Kill": func(p *Program) error { p.Kill(); return p.Err() },
	} {
		p := started(t, "works", Limits{})
		if err := end(p); err != nil {
			t.Errorf("%s: %v", how, err)
		}
		if _, err := os.Stat(p.cwd); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: its folder is still there: %v", how, err)
		}
	}
}

// A program that ended by itself did not do so because it was to be killed at that moment.
func TestLateKill(t *testing.T) {
	p := &Program{cmd: exec.Command("sh", "-c", "exit 3"), reason: wanted}
	p.cmd.Run()
	if e := p.judge(); e == nil || e.Status != 3 {
		t.Errorf("it ended with %v, want status 3", e)
	}
}

// What the program has started ends with it, though it holds the program's pipe: when
// the program is killed, and when it ends by itself.
func TestNothingIsLeft(t *testing.T) {
	for how, end := range map[string]func(*Program){
		"child":       (*Program).Kill,
		"child-stays": func(p *Program) { ended(t, p) },
	} {
		t.Run(how, func(t *testing.T) {
			p := started(t, how, Limits{})
			grandchild := grandchildOf(t, p)
			end(p)
			dies(t, grandchild)
		})
	}
}

// What has left the program's group lives on, and no one waits for it.
func TestWhoLeavesTheGroup(t *testing.T) {
	p := started(t, "child-leaves", Limits{})
	grandchild := grandchildOf(t, p)
	defer syscall.Kill(grandchild, syscall.SIGKILL)
	begun := time.Now()
	p.Kill()
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the kill took %v", took)
	}
}

// grandchildOf is the process that the program has started, and printed.
func grandchildOf(t *testing.T, p *Program) int {
	t.Helper()
	for p.Printed() == "" {
		time.Sleep(time.Millisecond)
	}
	pid, err := strconv.Atoi(p.Printed())
	if err != nil || pid <= 1 || !lives(pid) {
		t.Fatalf("it started no process: %q", p.Printed())
	}
	return pid
}

// dies waits for the end of a process that is no child of this one.
func dies(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); lives(pid); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatalf("process %d lives on", pid)
		}
	}
}

// lives reports whether a process runs. One that has ended and was not waited for does not.
func lives(pid int) bool {
	status, err := (&process.Process{Pid: int32(pid)}).Status()
	return err == nil && !slices.Contains(status, process.Zombie)
}

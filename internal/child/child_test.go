package child_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/internal/child"
)

// The test binary is its own child: the first argument selects which.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		goleak.VerifyTestMain(m)
		return
	}
	switch os.Args[1] {
	case "echo": // repeats what it reads
		child.Ready("echo")
		child.Lines(os.Stdin, func(line []byte) error {
			_, err := fmt.Printf("received %s\n", line)
			return err
		})
	case "dies":
		fmt.Fprintln(os.Stderr, "no disk")
		os.Exit(3)
	case "panics":
		child.Ready("")
		fmt.Fprintln(os.Stderr, "a line before")
		panic("no beans")
	case "babbles":
		fmt.Println("hello")
		<-withParent().Done()
	case "silent":
		<-withParent().Done()
	case "parent": // starts a child and prints its PID, then waits to be killed
		p, _, err := child.Start(context.Background(), os.Stderr, nil, os.Args[0], "echo")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		child.Ready("%d", p.PID())
		select {}
	default:
		goleak.VerifyTestMain(m)
	}
}

func withParent() context.Context {
	ctx, _ := child.WithParent(context.Background())
	return ctx
}

func start(t *testing.T, which string, input string) (*child.Process, string) {
	t.Helper()
	p, ready, err := child.Start(t.Context(), os.Stderr, []byte(input), os.Args[0], which)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p, ready
}

// A child receives its input, and its output is received.
func TestTalk(t *testing.T) {
	p, ready := start(t, "echo", "one\n")
	if ready != "echo" {
		t.Errorf("ready line is %q, want echo", ready)
	}
	if _, err := p.Write([]byte("two\n")); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewScanner(p.Output())
	for _, want := range []string{"received one", "received two"} {
		if !out.Scan() || out.Text() != want {
			t.Errorf("received %q, want %q", out.Text(), want)
		}
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// What a child had printed before it was killed can still be read.
func TestKill(t *testing.T) {
	p, _ := start(t, "echo", "last words\n")
	r := bufio.NewReader(p.Output())
	if line, err := r.ReadString('\n'); err != nil || line != "received last words\n" {
		t.Errorf("received %q, %v", line, err)
	}
	if err := p.Kill(); err != nil {
		t.Errorf("Kill: %v", err)
	}
	if _, err := r.ReadString('\n'); err != io.EOF {
		t.Errorf("after the kill: %v, want EOF", err)
	}
	if err := p.Kill(); err != nil {
		t.Errorf("second Kill: %v", err)
	}
}

// Why a child has ended is what it panicked with, or what the system knows.
func TestErr(t *testing.T) {
	p, _, err := child.Start(t.Context(), nil, nil, os.Args[0], "panics")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Err().Error(); got != "panic: no beans" {
		t.Errorf("a child that panicked: %q", got)
	}
	p, _ = start(t, "echo", "")
	p.Kill()
	if got := p.Err().Error(); got != "signal: killed" {
		t.Errorf("a child that was killed: %q", got)
	}
}

// A child that is paused answers when it goes on, and not before.
func TestPause(t *testing.T) {
	p, _ := start(t, "echo", "")
	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	awaitStopped(t, p.PID())
	if _, err := p.Write([]byte("now\n")); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() { line, _ := bufio.NewReader(p.Output()).ReadString('\n'); answer <- line }()
	select {
	case line := <-answer:
		t.Fatalf("a paused child answered %q", line)
	case <-time.After(100 * time.Millisecond):
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	if line := <-answer; line != "received now\n" {
		t.Errorf("received %q", line)
	}
	p.Pause()
	if err := errors.Join(p.Kill(), p.Pause(), p.Resume()); err != nil {
		t.Errorf("a paused child, killed: %v", err)
	}
}

func TestStartFails(t *testing.T) {
	for _, c := range []struct{ which, want string }{
		{"dies", "ended before it was ready (exit status 3)"},
		{"babbles", `first line is "hello"`},
	} {
		_, _, err := child.Start(t.Context(), io.Discard, nil, os.Args[0], c.which)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Start(%s) = %v, want %q", c.which, err, c.want)
		}
	}
	if _, _, err := child.Start(t.Context(), io.Discard, nil, "/nowhere/to/be/found"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start of nothing = %v, want not exist", err)
	}
}

// A child that never gets ready does not outlive the wait for it.
func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, err := child.Start(ctx, io.Discard, nil, os.Args[0], "silent"); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, want canceled", err)
	}
}

// SIGKILL of the parent ends the child, with no handler running anywhere.
func TestNoChildOutlivesItsParent(t *testing.T) {
	t.Run("running", func(t *testing.T) { outlives(t, func(int) {}) })
	t.Run("paused", func(t *testing.T) {
		outlives(t, func(pid int) {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			awaitStopped(t, pid) // the kernel looks for what is stopped when the parent dies, and not after
		})
	})
}

func outlives(t *testing.T, before func(grandchild int)) {
	p, ready := start(t, "parent", "")
	grandchild, err := strconv.Atoi(ready)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(grandchild, 0); err != nil {
		t.Fatalf("the grandchild does not live: %v", err)
	}
	before(grandchild)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	// It is no child of this process now, so there is no event to wait for.
	for deadline := time.Now().Add(10 * time.Second); alive(grandchild); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			syscall.Kill(grandchild, syscall.SIGKILL)
			t.Fatal("the grandchild lives on")
		}
	}
}

// awaitStopped waits until a process stands still. The signal for that is not handled at
// once: a thread on another core may run on for a moment.
func awaitStopped(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.HasPrefix(state(pid), "T"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is in state %q, and not stopped", state(pid))
		}
	}
}

// alive reports whether a process runs. One that ended and was not waited for by
// whoever inherited it does not.
func alive(pid int) bool {
	s := state(pid)
	return s != "" && !strings.HasPrefix(s, "Z")
}

// state is what ps says of a process, or nothing if there is none.
func state(pid int) string {
	out, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return strings.TrimSpace(string(out))
}

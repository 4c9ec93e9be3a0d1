package program

import (
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

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

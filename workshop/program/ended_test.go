package program

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

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

package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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

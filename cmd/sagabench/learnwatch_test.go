package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

// A save is answered within three seconds, for the style whose file it is, and Ctrl-C is
// how a watch ends.
func TestWatch(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	ctx, interrupt := context.WithCancel(t.Context())
	var out lines
	ended := make(chan int, 1)
	go func() { ended <- execute(ctx, []string{"learn", "watch", "9", "--dir", l.dir}, &out, &out) }()
	at := out.await(t, 0, "✗ 9 Toy · choreography")
	at = out.await(t, at, "✗ 9 Toy · orchestration")
	saved := time.Now()
	l.solves("choreography")
	at = out.await(t, at, "✓ 9 Toy · choreography")
	if took := time.Since(saved); took > 3*time.Second {
		t.Errorf("a save was answered after %v", took)
	}
	at = out.await(t, at, "check 9 --style orchestration")
	l.writes("9-toy/orchestration/main.go", strings.Replace(toyProgram, "return n", "return m", 1))
	at = out.await(t, at, "undefined: m")
	l.solves("orchestration")
	at = out.await(t, at, "✓ 9 Toy · orchestration")
	at = out.await(t, at, "every exercise has passed")
	// Both styles follow from the answers.
	l.writes("9-toy/answers.yaml", "parity: odd\ntwice: 14\n")
	at = out.await(t, at, "✗ 9 Toy · choreography · your answers")
	out.await(t, at, "✗ 9 Toy · orchestration · your answers")
	interrupt()
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
	all := out.text.String()
	if first := all[:strings.Index(all, "✓")]; strings.Count(first, "─ \n") > 0 || strings.Count(all, "✗ 9 Toy · orchestration · small") != 1 {
		t.Errorf("a style was checked whose files were not saved:\n%s", all)
	}
}

// lines collects what is printed, for whoever waits for it.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// await waits until something is printed after the first so many bytes.
func (l *lines) await(t *testing.T, from int, want string) (end int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(10 * time.Millisecond) {
		l.mu.Lock()
		text := l.text.String()
		l.mu.Unlock()
		if i := strings.Index(text[from:], want); i >= 0 {
			return from + i + len(want)
		}
	}
	t.Fatalf("never printed %q, but\n%s", want, l.text.String())
	return 0
}

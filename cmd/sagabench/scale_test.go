package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Both choreographies really store what they are asked to, and both are timed.
func TestScaleStored(t *testing.T) {
	figures, err := scaleStored(t.Context(), filepath.Join(t.TempDir(), "stored"), 1000, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 3 || figures[2].Bound == nil {
		t.Fatalf("%v", figures)
	}
	for _, f := range figures {
		if f.Value <= 0 {
			t.Errorf("%v", f)
		}
	}
}

// An interrupted fill ends, and closing after it does not wait for orders that
// nobody hears of.
func TestScaleStoredInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // any moment will do
	defer cancel()
	p, err := openPantry(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.fill(ctx, 1_000_000, io.Discard); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("fill: %v, want the deadline", err)
	}
	if err := p.close(ctx); err != nil {
		t.Error(err)
	}
}

// Ctrl-C while the orders are being stored ends the command soon, with the exit
// code that says so, and takes its data and its processes along.
func TestScaleInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	errs := &watchful{word: "storing 100000 orders", then: interrupt}
	dir := t.TempDir()
	code := run(ctx, []string{"scale", "stored", "--orders", "100000", "--data", dir}, io.Discard, errs)
	if code != exitInterrupted || !strings.Contains(errs.String(), "scale stored: interrupted") {
		t.Errorf("exit %d, want %d:\n%s", code, exitInterrupted, errs.String())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v was left behind (%v)", left, err)
	}
	if left := alive(descendants(t, os.Getpid())); len(left) > 0 {
		t.Errorf("processes %v live on", left)
	}
}

// watchful is written to until a word has been seen.
type watchful struct {
	strings.Builder
	word string
	then func()
}

func (w *watchful) Write(p []byte) (int, error) {
	defer func() {
		if strings.Contains(w.String(), w.word) {
			w.then()
		}
	}()
	return w.Builder.Write(p)
}

// A figure on the wrong side of its bound says so, and one without never does.
func TestFigureBounds(t *testing.T) {
	f := figure{What: "checker", Value: 30, Unit: "s"}
	for _, c := range []struct {
		name   string
		figure figure
		missed bool
	}{
		{"no bound", f, false},
		{"under, just not", f.under(30), true},
		{"under", f.under(30.1), false},
		{"at most", f.atMost(30), false},
		{"at most, above", f.atMost(29.9), true},
		{"at least", f.atLeast(30), false},
		{"at least, below", f.atLeast(30.1), true},
	} {
		if c.figure.missed() != c.missed {
			t.Errorf("%s: missed %v, want %v", c.name, c.figure.missed(), c.missed)
		}
		if marked := strings.HasPrefix(c.figure.String(), "MISS"); marked != c.missed {
			t.Errorf("%s: %q", c.name, c.figure)
		}
	}
}

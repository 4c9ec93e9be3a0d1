package main

import (
	"context"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/selftest"
	"github.com/sagabench/sagabench/bench/threshold"
)

// Both choreographies really store what they are asked to, and both are timed.
func TestSelftestStored(t *testing.T) {
	t.Parallel()
	var figures []threshold.Finding
	o := selftest.Options{Orders: 1000, Styles: benchStyles(nil, io.Discard), Stored: record.Choreography, Progress: io.Discard}
	err := selftest.Run(t.Context(), t.TempDir(), []string{"stored"}, o, func(f []threshold.Finding) { figures = append(figures, f...) })
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 3 || figures[2].Threshold == "" {
		t.Fatalf("%v", figures)
	}
	for _, f := range figures {
		if !(f.Value > 0) {
			t.Errorf("%v", f)
		}
	}
}

// Ctrl-C while the orders are being stored ends the command soon, with the exit
// code for that, and takes its data and its processes along. Closing does not wait
// for orders that no one receives any more.
func TestSelftestInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	errs := &watchful{word: "storing 100000 orders", then: interrupt}
	dir := t.TempDir()
	code := execute(ctx, []string{"selftest", "stored", "--orders", "100000", "--data", dir}, io.Discard, errs)
	if code != exitInterrupted || !strings.Contains(errs.String(), "selftest interrupted: stored") {
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

// A figure on the wrong side of its bound is marked, and one without a bound is not.
func TestFigureLines(t *testing.T) {
	for want, f := range map[string]threshold.Finding{
		"     checker": threshold.Show("checker", 30, "s"),
		"ok   checker": threshold.Hold("checker", 29, "s", "<", 30),
		"MISS checker": threshold.Hold("checker", 30, "s", "<", 30),
		"MISS nothing": threshold.Hold("nothing", math.NaN(), "s", "<", 30),
	} {
		if got := figureLine(f); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want it to begin with %q", got, want)
		}
	}
}

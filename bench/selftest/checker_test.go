package selftest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(tb testing.TB, orders int) (dir string) {
	tb.Helper()
	dir = filepath.Join(tb.TempDir(), "run")
	if err := Write(dir, orders); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// A made run is one that holds, and the checker has looked at each of its
// orders, also at those that lie across the batches in which files are read.
func TestMadeRunHolds(t *testing.T) {
	const orders = 5000
	dir := write(t, orders)
	j, err := judge(dir)
	if err != nil {
		t.Fatal(err)
	}
	if j.verdict != invariant.Holds || j.orders != orders {
		t.Errorf("%+v", j)
	}
	if j.scan <= 0 || j.judge <= 0 || j.peak == 0 {
		t.Errorf("something was not measured: %+v", j)
	}
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	judgement, err := invariant.Judge(f)
	if err != nil {
		t.Fatal(err)
	}
	charged := 0
	for o := range rows(t, f.Orders()) {
		if o.Outcome != "payment_declined" {
			charged++
		}
	}
	for _, c := range judgement.Counts {
		want := map[string]int{"not-lost": orders, "settles": orders, "same-story": orders / 2, "refunded-if-cancelled": charged}[c.Invariant]
		if want > 0 && c.Of != want {
			t.Errorf("%s was put to the test %d times, want %d", c.Invariant, c.Of, want)
		}
	}
}

// Each row has a call that came shortly before it, is for someone, and is refused
// exactly when the lottery says so, which is drawn here anew.
func TestMadeRunIsAsDrawn(t *testing.T) {
	f, err := record.Open(write(t, 5000))
	if err != nil {
		t.Fatal(err)
	}
	type key struct{ cell, order, action string }
	called := map[key]float64{}
	for c := range rows(t, f.Calls()) {
		called[key{c.Cell, c.Order, c.Action}] = c.At
	}
	refused, n := 0, 0
	for e := range rows(t, f.Effects()) {
		n++
		at, ok := called[key{e.Cell, e.Order, e.Action}]
		if !ok || at > e.At || e.At > e.Committed || e.At-at > 1 {
			t.Fatalf("called %v at %v: %+v", ok, at, e)
		}
		if e.For == "" {
			t.Fatalf("for no one: %+v", e)
		}
		draw := sha256.Sum256(fmt.Appendf(nil, "%d\n%s.%s:refuse@7%%\n%s\n%s", f.Run.Seed, e.Service, e.Action, e.Order, e.Action))
		drawn := float64(binary.BigEndian.Uint64(draw[:])>>11)/(1<<53) < 0.07 && slices.Contains([]string{"charge", "confirm", "assign"}, e.Action)
		if drawn != (e.Outcome == "refused") {
			t.Fatalf("drawn %v: %+v", drawn, e)
		}
		if drawn {
			refused++
		}
	}
	if n != len(called) || refused < 500 {
		t.Errorf("%d rows and %d calls, %d refused", n, len(called), refused)
	}
	if f.Run.Retry.Attempts != 8 || f.Run.Retry.Redelivery != 5000 {
		t.Errorf("retries: %+v", f.Run.Retry)
	}
}

// rows yields what can be read without an error.
func rows[T any](t *testing.T, all iter.Seq2[T, error]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for row, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			if !yield(row) {
				return
			}
		}
	}
}

// The same number of orders makes the same folder, so that figures of two
// versions are about the same work.
func TestWriteRepeats(t *testing.T) {
	a, b := write(t, 1000), write(t, 1000)
	for _, name := range []string{record.RunFile, record.OrdersFile, record.CallsFile, record.EffectsFile, record.FaultsFile, record.StoriesFile} {
		x, errX := os.ReadFile(filepath.Join(a, name))
		y, errY := os.ReadFile(filepath.Join(b, name))
		if err := errors.Join(errX, errY); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs", name)
		}
	}
}

// When one file breaks off, the readers of the others must not be left behind.
// That is what TestMain looks for.
func TestDamagedFileStopsAll(t *testing.T) {
	for _, name := range []string{record.OrdersFile, record.CallsFile, record.EffectsFile} {
		dir := write(t, 5000)
		if err := os.Truncate(filepath.Join(dir, name), 5000); err != nil {
			t.Fatal(err)
		}
		f, err := record.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := invariant.Judge(f); !errors.Is(err, record.ErrDamaged) {
			t.Errorf("%s was cut: %v, want ErrDamaged", name, err)
		}
	}
}

func TestWriteRefusesOddNumbers(t *testing.T) {
	for _, orders := range []int{-10, 0, 190, 1001} {
		dir := filepath.Join(t.TempDir(), "run")
		if err := Write(dir, orders); err == nil {
			t.Errorf("%d orders were made", orders)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%d orders left a folder", orders)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	const orders = 100_000
	dir := write(b, orders)
	var j judging
	for b.Loop() {
		var err error
		if j, err = judge(dir); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(j.scan.Nanoseconds())/1e3/orders, "scan-µs/order")
	b.ReportMetric(float64(j.judge.Nanoseconds())/1e3/orders, "judge-µs/order")
	b.ReportMetric(float64(j.peak)/1e6, "peak-MB")
}

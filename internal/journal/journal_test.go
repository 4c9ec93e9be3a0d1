package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sagabench/sagabench/internal/journal"
)

// The test binary is its own victim: a process that writes until it is killed.
const victimFile = "SAGABENCH_JOURNAL"

func TestMain(m *testing.M) {
	if path := os.Getenv(victimFile); path != "" {
		victim(path)
	}
	os.Exit(m.Run())
}

func open(t testing.TB, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func write(t testing.TB, j *journal.Journal, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := j.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
}

func lines(t testing.TB, path string) string {
	t.Helper()
	text, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Many writers, over many times what is mapped at once, with the file closed and
// opened in between: each line is there once and whole, and nothing else is.
func TestWhatIsWrittenIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	const lives, writers, each = 3, 8, 2000
	for life := range lives {
		j := open(t, path)
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for n := range each {
					line := fmt.Sprintf("%d %d %d %s\n", life, w, n, strings.Repeat("x", n%97))
					if err := j.Write([]byte(line)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]int]bool{}
	for line := range bytes.Lines(raw) {
		var key [3]int
		var rest string
		fmt.Sscanf(string(line), "%d %d %d %s", &key[0], &key[1], &key[2], &rest)
		if seen[key] || rest != strings.Repeat("x", key[2]%97) {
			t.Fatalf("line %q", line)
		}
		seen[key] = true
	}
	if len(seen) != lives*writers*each {
		t.Errorf("%d lines, want %d", len(seen), lives*writers*each)
	}
}

// While it is written, and however it was left, a file reads as its whole lines.
// The next process goes on after the last of them.
func TestTornLineIsCutOff(t *testing.T) {
	for name, torn := range map[string]string{
		"nothing":       "",
		"its beginning": "thi",
		"its end":       "\x00\x00\x00rd\n",
		"no middle":     "th\x00rd\n",
		"no newline":    "third",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal")
			if err := os.WriteFile(path, []byte("first\nsecond\n"+torn+strings.Repeat("\x00", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := lines(t, path); got != "first\nsecond\n" {
				t.Errorf("as it was left: %q", got)
			}
			j := open(t, path)
			write(t, j, "next\n")
			if got := lines(t, path); got != "first\nsecond\nnext\n" {
				t.Errorf("as it is written: %q", got)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if raw, _ := os.ReadFile(path); string(raw) != "first\nsecond\nnext\n" {
				t.Errorf("closed: %q", raw)
			}
		})
	}
}

// victim writes lines and prints how many after each, until it is killed.
func victim(path string) {
	j, err := journal.Open(path)
	for n := 1; err == nil; n++ {
		err = j.Write(fmt.Appendf(nil, "line %d\n", n))
		fmt.Println(n)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Every line that was written before a kill -9 is there.
func TestLinesSurviveAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimFile+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	last := 0
	for last < 50_000 { // some of them beyond what is mapped at first
		if _, err := fmt.Fscanln(out, &last); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	text := lines(t, path)
	n := 0
	for line := range strings.Lines(text) {
		if n++; line != fmt.Sprintf("line %d\n", n) {
			t.Fatalf("line %d is %q", n, line)
		}
	}
	if n < last {
		t.Errorf("%d lines are there, and %d were written", n, last)
	}
}

// What can't be written is an error, at once and at Close, and so is all that
// follows. There is no line after one that is missing.
func TestFailureStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	write(t, j, "first\n")
	if j.Write(bytes.Repeat([]byte("x"), 1<<20)) == nil {
		t.Error("a line that is longer than what is mapped was written")
	}
	if j.Write([]byte("third\n")) == nil {
		t.Error("after a failure a line was written")
	}
	if j.Close() == nil {
		t.Error("Close hides that a line was lost")
	}
	if j.Write([]byte("late\n")) == nil {
		t.Error("a closed journal was written to")
	}
	if got := lines(t, path); got != "first\n" {
		t.Errorf("got %q", got)
	}
}

// A disk that is full is an error and no signal.
func TestFullDisk(t *testing.T) {
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	if info, err := os.Stat(path); err != nil || info.Sys().(*syscall.Stat_t).Blocks*512 < info.Size() {
		t.Errorf("%v: what is mapped has holes, to be filled when the disk may be full", err)
	}
	tight := old
	tight.Cur = 1 << 19
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &tight); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old)
	line := []byte(strings.Repeat("x", 99) + "\n")
	var err error
	n := 0
	for ; err == nil && n < 1<<16; n++ {
		err = j.Write(line)
	}
	if !errors.Is(err, syscall.EFBIG) || n < 1<<18/100 {
		t.Errorf("after %d lines: %v, want that the file is too large", n, err)
	}
	if j.Close() == nil {
		t.Error("Close hides that a line was lost")
	}
}

func TestOpenWhatIsNoFile(t *testing.T) {
	if _, err := journal.Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := journal.Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// BenchmarkWrite is what 64 goroutines pay for a line, in CPU time over all cores,
// against a system call for each.
func BenchmarkWrite(b *testing.B) {
	line := []byte("1763805137000000000 1 notification mail-partner-assigned \"steady-2000-1-00012345\"\n")
	b.Run("mapped", func(b *testing.B) {
		j := open(b, filepath.Join(b.TempDir(), "journal"))
		defer j.Close()
		crowd(b, func() error { return j.Write(line) })
	})
	b.Run("system call", func(b *testing.B) {
		f, err := os.OpenFile(filepath.Join(b.TempDir(), "file"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		crowd(b, func() error {
			_, err := f.Write(line)
			return err
		})
	})
}

func crowd(b *testing.B, write func() error) {
	b.ReportAllocs()
	before := cpuTime(b)
	var all sync.WaitGroup
	var begun atomic.Int64
	for range 64 {
		all.Go(func() {
			for begun.Add(1) <= int64(b.N) {
				if err := write(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
}

func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

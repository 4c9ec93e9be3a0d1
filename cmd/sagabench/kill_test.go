package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

// What is killed here is a real process under load, with SIGKILL. No accepted
// order may be lost.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	rates := map[string]float64{record.Choreography: 200, record.Orchestration: 15}
	for _, style := range []string{record.Choreography, record.Orchestration} {
		for _, role := range []string{"worker", "server"} {
			t.Run(style+"/"+role, func(t *testing.T) {
				t.Parallel()
				killUnderLoad(t, style, role, rates[style])
			})
		}
	}
}

func killUnderLoad(t *testing.T, style, role string, rate float64) {
	const during = 3 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	server, err := benchStyles(nil, io.Discard)[style].Start(ctx, bench.Block{Dir: t.TempDir(), Setup: plan.Setup{Durability: durability.Process}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			t.Errorf("close server: %v", err)
		}
	}()
	book := newBook()
	dir := t.TempDir()
	system, err := server.Open(ctx, bench.Env{Rows: book.receive, Config: world.Config{
		Cell: "kill-" + role, Dir: dir, Durability: durability.Process, Policy: food.DefaultPolicy, Seed: 1,
		Faults: []string{"restaurant.confirm:refuse@20%"}, Fired: filepath.Join(dir, record.FaultsFile),
	}})
	if err != nil {
		t.Fatal(err)
	}

	// The victim dies in the middle of the load and comes back at once.
	var killed sync.WaitGroup
	killed.Go(func() {
		book.waitFor(ctx, func() bool { return book.done > int(rate) })
		for _, p := range append(server.Processes(), system.Processes()...) {
			if p.Role() != role {
				continue
			}
			before := p.PID()
			if err := p.Kill(); err != nil {
				t.Errorf("kill: %v", err)
			}
			if err := p.Restart(ctx); err != nil {
				t.Errorf("restart: %v", err)
			}
			if p.PID() == before {
				t.Errorf("the %s was not restarted", role)
			}
		}
	})
	mix := load.Mix{Scenario: "kill", Rate: rate, Seed: 1}
	stats := load.Offer(ctx, time.Now(), load.Constant(rate, during), 10_000, func(ctx context.Context, turn load.Turn) {
		o := mix.Order(turn.N)
		book.place(o.ID)
		if err := system.Submit(ctx, o); err != nil {
			t.Errorf("submit %s: %v", o.ID, err)
		}
	})
	killed.Wait()
	if !book.waitFor(ctx, func() bool { return len(book.open) == 0 }) {
		t.Errorf("%d of %d orders are unsettled", len(book.open), stats.Offered)
	}
	if err := system.Close(ctx); err != nil {
		t.Errorf("close system: %v", err)
	}
	if book.gaps > 0 {
		t.Errorf("%d rows are missing from the commit feed", book.gaps)
	}
	t.Logf("%d orders, %d settled, %s killed once", stats.Offered, book.done, role)
}

// A book keeps which orders are open.
type book struct {
	mu      sync.Mutex
	open    map[string]*food.Tally
	done    int
	last    int64
	gaps    int
	changed chan struct{}
}

func newBook() *book { return &book{open: map[string]*food.Tally{}, changed: make(chan struct{})} }

func (b *book) place(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[id] = &food.Tally{}
}

func (b *book) receive(c ledger.Commit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range c.Rows {
		if r.Seq != b.last+1 {
			b.gaps++
		}
		b.last = r.Seq
		if t := b.open[r.Order]; t != nil {
			if t.Add(r) {
				delete(b.open, r.Order)
				b.done++
			}
		}
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *book) waitFor(ctx context.Context, cond func() bool) bool {
	for {
		b.mu.Lock()
		ok, changed := cond(), b.changed
		b.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// startBench runs a real bench in a process of its own and returns once it has
// begun to offer load.
func startBench(t *testing.T, dir string, args ...string) (*exec.Cmd, *lockedBuffer) {
	t.Helper()
	var errs lockedBuffer
	cmd := exec.Command(os.Args[0], append([]string{"bench", "--out", filepath.Join(dir, "run")}, args...)...)
	cmd.Dir, cmd.Stderr, cmd.Stdout = dir, &errs, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for deadline := time.Now().Add(time.Minute); len(descendants(t, cmd.Process.Pid)) < 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no server and worker after a minute:\n%s", errs.String())
		}
	}
	return cmd, &errs
}

// waitForRows returns when the only cell of the run in dir has begun to write its
// ledger: everything has started then, and orders are under way.
func waitForRows(t *testing.T, dir string) {
	t.Helper()
	const schema = 64 << 10 // more than an empty ledger takes
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		logs, _ := filepath.Glob(filepath.Join(dir, "run.data", "*", "*", "ledger.db-wal"))
		if len(logs) == 1 {
			if info, err := os.Stat(logs[0]); err == nil && info.Size() > schema {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("no rows after a minute")
		}
	}
}

// endsSoon waits for the end of a process that has something to end for.
func endsSoon(t *testing.T, cmd *exec.Cmd, errs *lockedBuffer) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatalf("still running after 30 s:\n%s", errs.String())
	}
}

// SIGKILL of a running bench leaves no process behind.
func TestKilledBenchLeavesNoProcess(t *testing.T) {
	t.Parallel()
	for _, style := range []string{record.Choreography, record.Orchestration} {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			cmd, _ := startBench(t, t.TempDir(), "--style", style, "--rate", "10/s", "--duration", "60s")
			children := descendants(t, cmd.Process.Pid)
			cmd.Process.Signal(syscall.SIGKILL)
			cmd.Wait()
			for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				left := alive(children)
				if len(left) == 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("processes %v of %v live on", left, children)
				}
			}
		})
	}
}

// Ctrl-C stops the load and leaves a report that can be read and is marked so.
func TestInterruptedBenchLeavesAReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, errs := startBench(t, dir, "--style", record.Choreography, "--rate", "20/s", "--duration", "60s")
	waitForRows(t, dir)
	time.Sleep(3 * time.Second) // past the warm-up, which the first rows belong to; that orders were measured is checked below
	children := descendants(t, cmd.Process.Pid)
	cmd.Process.Signal(os.Interrupt)
	err := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d (%v), want %d:\n%s", code, err, exitInterrupted, errs.String())
	}
	if left := alive(children); len(left) > 0 {
		t.Errorf("processes %v live on", left)
	}
	f, err := record.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if !f.Run.Interrupted || len(f.Run.Cells) != 1 || !f.Run.Cells[0].Cut {
		t.Errorf("interrupted %v, %d cells: want an interrupted run with one cut cell", f.Run.Interrupted, len(f.Run.Cells))
	}
	measured := 0
	for o, err := range f.Orders() {
		if err != nil {
			t.Fatal(err)
		}
		if !o.Warmup {
			measured++
		}
	}
	if measured == 0 {
		t.Error("no order was measured before the interruption")
	}
	page, err := os.ReadFile(filepath.Join(dir, "run", "index.html"))
	if err != nil || !bytes.Contains(bytes.ToLower(page), []byte("interrupted")) {
		t.Errorf("the report is not marked as interrupted (%v)", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "run.data")); err == nil {
		t.Error("the servers' data was left behind")
	}
}

// descendants lists the living children of a process.
func descendants(t *testing.T, pid int) (pids []int) {
	t.Helper()
	out, err := exec.Command("ps", "-o", "pid=,stat=", "--ppid", fmt.Sprint(pid)).Output()
	if err != nil {
		return nil // ps fails when there is none
	}
	for line := range strings.Lines(string(out)) {
		var child int
		var state string
		if n, _ := fmt.Sscan(line, &child, &state); n == 2 && !strings.HasPrefix(state, "Z") {
			pids = append(pids, child)
		}
	}
	return pids
}

// alive returns those of the processes that still run.
func alive(pids []int) (left []int) {
	for _, pid := range pids {
		out, _ := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
		if state := strings.TrimSpace(string(out)); state != "" && !strings.HasPrefix(state, "Z") {
			left = append(left, pid)
		}
	}
	return left
}

// A lockedBuffer is read while a process writes to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

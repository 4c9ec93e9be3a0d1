package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// What dies and stands still as planned costs no order, and the run has it on record:
// a worker, then worker and server at once, then the server standing still.
func TestPlannedDeaths(t *testing.T) {
	t.Parallel()
	rules := []string{"worker:kill@500ms", "server:kill@2s", "worker:kill@2s", "server:pause@4500ms+1500ms", "worker:pause@5s+500ms"}
	const outage = "loyalty:outage@3s+3s" // its clock is older than the worker that it meets
	policy := food.Policy{
		Attempts: 10, UndoAttempts: 60, FirstBackoff: 20 * time.Millisecond, MaxBackoff: 200 * time.Millisecond,
		CallTimeout: 800 * time.Millisecond, Redelivery: time.Second, Concurrency: 16,
	}
	for style, rate := range map[string]float64{record.Choreography: 60, record.Orchestration: 10} {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			p := plan.Plan{
				Name: "deaths", Styles: []string{style}, Repeats: 1, Durability: durability.Process, Seed: 1, Policy: policy,
				Scenarios: []plan.Scenario{{
					Name: "deaths", Kind: record.KindCustom, Rate: rate, During: 7 * time.Second,
					Faults: append(slices.Clone(rules), "restaurant.confirm:refuse@20%", outage),
				}},
			}
			dir := filepath.Join(t.TempDir(), "run")
			_, err := bench.Run(t.Context(), p, bench.Options{ID: "deaths", Dir: dir, Data: dir + ".data", Styles: benchStyles(nil, io.Discard)})
			if err != nil {
				t.Fatal(err)
			}
			f, err := record.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if j, err := results.Open(dir); err != nil || j.Results.Verdict == invariant.Broken {
				t.Errorf("intact, and broken: %v (%v)", j.Results.Violations, err)
			}
			c := f.Run.Cells[0]
			if !c.Drained || c.Died != "" || c.Gaps != 0 || c.LeftOver == nil {
				t.Errorf("drained %v, died %q, %d gaps, left over %v: want all settled and nothing left", c.Drained, c.Died, c.Gaps, c.LeftOver)
			}
			for what, n := range c.LeftOver {
				if n != 0 {
					t.Errorf("left over: %v %s", n, what)
				}
			}
			checkDeaths(t, c, rules)
			if !slices.ContainsFunc(faultsOf(t, f), func(f record.Fault) bool { return f.Rule == outage }) {
				t.Errorf("%s hit no call", outage)
			}
			for o, err := range f.Orders() {
				if err != nil || !record.Came(o.Settled) {
					t.Errorf("order %s is not settled (%v)", o.ID, err)
				}
			}
			checkStories(t, f)
		})
	}
}

func faultsOf(t *testing.T, f *record.Folder) (all []record.Fault) {
	t.Helper()
	for one, err := range f.Faults() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// checkStories looks whether the server has kept what happened before it was killed, and
// that each order began with its customer.
func checkStories(t *testing.T, f *record.Folder) {
	t.Helper()
	kept := map[string]int{}
	for s, err := range f.Stories() {
		if err != nil {
			t.Fatal(err)
		}
		for _, why := range s.Why {
			kept[why]++
		}
		if len(s.Moments) == 0 || s.Moments[0].By != "customer" || s.Moments[0].Cause != "" {
			t.Errorf("the story of %s begins with %+v", s.Order, s.Moments)
		}
	}
	if kept[record.KeptEnding] == 0 || kept[record.KeptFaulted] == 0 {
		t.Errorf("kept %v", kept)
	}
}

// checkDeaths holds what happened against the rules, which are in order of time.
func checkDeaths(t *testing.T, c record.Cell, rules []string) {
	t.Helper()
	if len(c.Deaths) != len(rules) {
		t.Fatalf("%d deaths are on record, want %d: %+v", len(c.Deaths), len(rules), c.Deaths)
	}
	for _, d := range c.Deaths {
		r, err := fault.Parse(d.Rule)
		if err != nil || !slices.Contains(rules, d.Rule) || d.Role != r.Process {
			t.Errorf("%+v was not planned (%v)", d, err)
		}
		late := d.From - c.Begin - float64(r.After.Milliseconds())
		if late < 0 || late > 1500 || d.To-d.From < float64(r.For.Milliseconds()) {
			t.Errorf("%+v comes %v ms late, of a window that began at %v", d, late, c.Begin)
		}
	}
}

// An interruption ends a pause, and the run with it as any other.
func TestInterruptedPause(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, errs := startBench(t, dir, "--style", record.Choreography, "--rate", "20/s", "--duration", "60s", "--fault", "worker:pause@0s+25s")
	children := descendants(t, cmd.Process.Pid)
	for deadline := time.Now().Add(time.Minute); !slices.Contains(states(t, children), "T"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no child stands still:\n%s", errs.String())
		}
	}
	cmd.Process.Signal(os.Interrupt)
	endsSoon(t, cmd, errs)
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d, want %d:\n%s", code, exitInterrupted, errs.String())
	}
	if left := alive(children); len(left) > 0 {
		t.Errorf("processes %v live on", left)
	}
	f, err := record.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if c := f.Run.Cells[0]; !c.Drained || len(c.Deaths) != 1 || c.Deaths[0].To-c.Deaths[0].From >= 25_000 {
		t.Errorf("drained %v, deaths %+v: want all settled after a pause that was cut short", c.Drained, c.Deaths)
	}
}

// states are the first letters that ps prints for processes; T is one that is stopped.
func states(t *testing.T, pids []int) (all []string) {
	t.Helper()
	for _, pid := range pids {
		out, _ := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
		all = append(all, string(out[:min(len(out), 1)]))
	}
	return all
}

// A server or a worker that dies of itself ends the run soon, with a line that names
// it, and what was seen until then is kept.
func TestDeadChildEndsTheRun(t *testing.T) {
	t.Parallel()
	for role, verb := range map[string]string{"server": "nats-server", "worker": "worker"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd, errs := startBench(t, dir, "--style", record.Choreography, "--rate", "20/s", "--duration", "60s")
			waitForRows(t, dir)
			var victim int
			for _, pid := range descendants(t, cmd.Process.Pid) {
				args, _ := exec.Command("ps", "-o", "args=", "-p", fmt.Sprint(pid)).Output()
				if fields := strings.Fields(string(args)); len(fields) > 1 && fields[1] == verb {
					victim = pid
				}
			}
			if victim == 0 {
				t.Fatalf("no %s among the children", role)
			}
			if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			diesOf(t, cmd, errs, dir, "the "+role+" of the choreography died: signal: killed")
		})
	}
}

// diesOf waits for the end of a run that can't go on, and looks at what it leaves.
func diesOf(t *testing.T, cmd *exec.Cmd, errs *lockedBuffer, dir, cause string) {
	t.Helper()
	endsSoon(t, cmd, errs)
	if code := cmd.ProcessState.ExitCode(); code != exitInconclusive || !strings.Contains(errs.String(), cause) {
		t.Errorf("exit %d, want %d and %q:\n%s", code, exitInconclusive, cause, errs.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "run.data")); err != nil {
		t.Errorf("the data was not kept: %v", err)
	}
	f, err := record.Open(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	c := f.Run.Cells[0]
	if f.Run.Interrupted || len(f.Run.Cells) != 1 || !strings.Contains(c.Died, cause) || c.Drained {
		t.Errorf("interrupted %v, %d cells, died %q, drained %v", f.Run.Interrupted, len(f.Run.Cells), c.Died, c.Drained)
	}
	// What the server kept of the orders dies with it, and that is on record.
	warned := slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.Contains(w, "the server's own record is not kept: ") })
	if dead := strings.Contains(cause, "server"); dead != (c.Stories == 0) || dead && !warned {
		t.Errorf("died %q, with %d stories, %d left out, and warnings %q", c.Died, c.Stories, c.LeftOut, c.Warnings)
	}
	var last float64 // sign of life, in ms
	for e, err := range f.Effects() {
		if err != nil {
			t.Fatal(err)
		}
		last = max(last, e.Committed)
	}
	if last == 0 || c.DrainEnd-last > 3000 {
		t.Errorf("the last row came at %v ms, and the cell ended at %v: want a row, and the end within 3 s", last, c.DrainEnd)
	}
}

// diskFull is the environment variable with the size that no file of a worker may
// exceed: to the worker it looks like a disk that is full.
const diskFull = "SAGABENCH_TEST_FILE_SIZE"

func fillDisk() {
	limit, err := strconv.ParseUint(os.Getenv(diskFull), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		panic(err)
	}
}

// A ledger that can't write is no style that loses orders.
func TestFullDiskEndsTheRun(t *testing.T) {
	for _, style := range []string{record.Choreography, record.Orchestration} {
		t.Run(style, func(t *testing.T) {
			t.Setenv(diskFull, fmt.Sprint(300<<10)) // enough for what a journal needs to begin
			dir := t.TempDir()
			cmd, errs := startBench(t, dir, "--style", style, "--rate", "20/s", "--duration", "60s")
			diesOf(t, cmd, errs, dir, "the worker of the "+style+" died: ")
			if want := "the ledger could not write"; !strings.Contains(errs.String(), want) {
				t.Errorf("no word of the cause, want %q:\n%s", want, errs.String())
			}
		})
	}
}

package ledger_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/durability/durabilitytest"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A victim is this test binary in a process of its own, started with a file to
// write. It prints a line for each answer and never stops by itself, but for a
// write that fails.
const (
	victimFile  = "SAGABENCH_TEST_VICTIM"
	victimLimit = "SAGABENCH_TEST_VICTIM_FILE_SIZE" // in bytes, 0 for none
	victimSync  = "SAGABENCH_TEST_VICTIM_SYNC"
	victimFails = "the ledger failed and stays so"
)

// Killed at a random moment, again and again on the same file, the writer
// leaves no gap, no half of a call and no answered call behind.
func TestKilledWriterLosesNoAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	for round := range 8 {
		p := startVictim(t, path, 0)
		answers := acknowledged{}
		answers.read(t, p, rand.IntN(2000))
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		answers.read(t, p, -1)
		answers.checkAgainst(t, path)
		t.Logf("round %d: %d answers before the kill", round, len(answers))
	}
}

// A row that survives kill -9 alone is answered without a sync. A row that survives a
// loss of power is answered after one, which calls may share.
func TestLedgerSyncsWhatItsModeNeeds(t *testing.T) {
	for mode, want := range map[ledger.Sync]bool{ledger.Off: false, ledger.Full: true} {
		t.Run(string(mode), func(t *testing.T) {
			command, syncs := durabilitytest.Syncs(t, nil)
			t.Setenv(victimSync, string(mode))
			p := startVictim(t, filepath.Join(t.TempDir(), "ledger.db"), 0, command...)
			before := syncs() // of the file that was made
			acknowledged{}.read(t, p, 20_000)
			if made := syncs() - before; made > 0 != want {
				t.Errorf("%d syncs in 20,000 answers, %d before", made, before)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			go io.Copy(io.Discard, p.Output()) // what is not read would block it
			if err := p.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// A write that fails, here for a limit on the size of files, is an error for
// its callers and for all who come later. What was answered before is there.
func TestFailedWriteIsFinal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	p := startVictim(t, path, 200_000)
	answers := acknowledged{}
	last := answers.read(t, p, -1)
	<-p.Done()
	if last != victimFails {
		t.Fatalf("the last line is %q, want %q", last, victimFails)
	}
	answers.checkAgainst(t, path)
}

func startVictim(t *testing.T, path string, limit int, command ...string) *child.Process {
	t.Helper()
	t.Setenv(victimFile, path)
	t.Setenv(victimLimit, strconv.Itoa(limit))
	command = append(command, os.Args[0])
	p, _, err := child.Start(t.Context(), os.Stderr, nil, command[0], command[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p
}

// acknowledged is what a victim answered: seq by key.
type acknowledged map[string]int64

// read takes at most n lines of answers, or all of them if n is negative, and
// returns the last line. A line without its end was cut off by the kill.
func (h acknowledged) read(t *testing.T, p *child.Process, n int) (last string) {
	t.Helper()
	out := p.Output().(*bufio.Reader)
	for ; n != 0; n-- {
		line, err := out.ReadString('\n')
		if err != nil {
			return last
		}
		last = strings.TrimSpace(line)
		if key, seq, ok := strings.Cut(last, " is row "); ok {
			if h[key], err = strconv.ParseInt(seq, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	return last
}

// checkAgainst opens what the victim left.
func (h acknowledged) checkAgainst(t *testing.T, path string) {
	t.Helper()
	s := openFile(t, path, ledger.Off, ledger.Options{})
	defer s.Close()
	rows, err := rowsOf(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := gapFree(rows, 1); err != nil {
		t.Error(err)
	}
	seqs := map[string]int64{}
	for i, r := range rows {
		seqs[food.Call{Order: r.Order, Action: r.Action}.Key()] = r.Seq
		// A victim's charge is blocked by its refund, in one step.
		if r.Action == food.Charge && r.Outcome == food.Blocked && (i+1 == len(rows) || rows[i+1].Order != r.Order) {
			t.Errorf("row %d is half a step: %+v", r.Seq, r)
		}
	}
	for key, seq := range h {
		if seqs[key] != seq {
			t.Errorf("%s was answered with row %d, the file has it in row %d", key, seq, seqs[key])
		}
	}
}

// victim writes from many goroutines until it is killed or a write fails.
func victim(path string) int {
	ctx, stop := child.WithParent(context.Background())
	defer stop()
	if limit, _ := strconv.ParseUint(os.Getenv(victimLimit), 10, 64); limit > 0 {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	s, err := ledger.OpenSQLite(path, ledger.Sync(cmp.Or(os.Getenv(victimSync), string(ledger.Off))), ledger.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	child.Ready("")
	var order atomic.Int64
	var failed sync.WaitGroup
	for range 32 {
		failed.Go(func() {
			for ctx.Err() == nil {
				id := fmt.Sprintf("victim-%d-%d", os.Getpid(), order.Add(1))
				for _, a := range []food.Action{food.Refund, food.Confirm, food.Assign} {
					row, _, err := s.Do(ctx, call(id, a), done(1))
					if errors.Is(err, ledger.ErrFailed) {
						return
					}
					if err == nil {
						fmt.Printf("%s is row %d\n", call(id, a).Key(), row.Seq)
					}
				}
			}
		})
	}
	failed.Wait()
	if _, _, err := s.Do(ctx, call("later", food.Charge), done(1)); errors.Is(err, ledger.ErrFailed) {
		fmt.Println(victimFails)
	}
	return 0
}

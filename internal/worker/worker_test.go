package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/worker"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "toy" {
		if err := worker.Serve(context.Background(), os.Stdin, os.Stdout, openToy); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A toy is a side whose ledger is a number of rows. When the window begins it
// writes one more.
type toy struct {
	settings
	feed  *worker.Feed
	rows  atomic.Int64
	begun time.Time
}

type settings struct {
	Rows     int64 // in the ledger already
	NoLedger bool
	Exit     bool // at once, without any news
	BadEnd   bool
	Fails    bool // when the window begins
	Panics   bool // when the window begins
	Ended    int  // orders of a bare worker, when the window begins
}

func openToy(_ context.Context, text []byte, past worker.Past, feed *worker.Feed) (worker.Side, error) {
	t := &toy{feed: feed, begun: past.Begin}
	if err := json.Unmarshal(text, &t.settings); err != nil {
		return nil, err
	}
	switch {
	case t.Exit:
		os.Exit(3)
	case t.NoLedger:
		return nil, errors.New("no room for a ledger")
	}
	t.rows.Store(max(t.Rows, past.From-1)) // the parent has seen as many
	for seq := past.From; seq > 0 && seq <= t.Rows; seq++ {
		t.row(seq)
	}
	return t, nil
}

func (t *toy) row(seq int64) {
	t.feed.Commit(ledger.Commit{Rows: []food.Row{{Seq: seq, At: t.begun}}, At: time.Now()})
}

func (t *toy) Begin(time.Time) {
	if t.Panics {
		panic("no beans")
	}
	t.row(t.rows.Add(1))
	if t.Fails {
		go t.feed.Fail(errors.New("a ledger that is full"))
		t.feed.Fail(errors.New("a ledger that is full"))
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range t.Ended / 4 {
				t.feed.Ended()
			}
		})
	}
	all.Wait()
}

func (t *toy) Close(context.Context) error {
	t.row(t.rows.Add(1))
	if t.BadEnd {
		return errors.New("a disk full of beans")
	}
	return nil
}

// received keeps what a worker sent.
type received struct {
	mu    sync.Mutex
	seqs  []int64
	begun time.Time // as the last row has it
	ended int
}

func (e *received) commit(c ledger.Commit) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range c.Rows {
		e.seqs, e.begun = append(e.seqs, r.Seq), r.At
	}
}

func (e *received) end(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended += n
}

func (e *received) rows() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return fmt.Sprint(e.seqs)
}

func start(t *testing.T, s settings, from int64) (*worker.Process, *received, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	e := &received{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := worker.Start(ctx, worker.Config{
		Command: []string{exe, "toy"}, Settings: s, From: from, Stderr: os.Stderr, Lasting: true, Commit: e.commit, Ended: e.end,
	})
	if err == nil {
		t.Cleanup(func() { p.Kill() })
	}
	return p, e, err
}

func TestWhatWasMissedIsReplayedBeforeStartReturns(t *testing.T) {
	p, e, err := start(t, settings{Rows: 4}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.rows(); got != "[3 4]" {
		t.Errorf("received %v, want rows 3 and 4", got)
	}
	if err := p.Begin(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := e.rows(); got != "[3 4 5 6]" {
		t.Errorf("received %v: the last row comes while it closes", got)
	}
}

func TestRestartGoesOnWhereTheFeedStopped(t *testing.T) {
	p, e, err := start(t, settings{Rows: 3}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Begin(time.Unix(1000, 0)); err != nil {
		t.Fatal(err)
	}
	for e.rows() != "[1 2 3 4]" { // until it has received that
		time.Sleep(time.Millisecond)
	}
	before := p.PID()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if p.Begin(time.Unix(1000, 0)) == nil {
		t.Error("a dead worker was sent the beginning of the window")
	}
	if err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.PID() == before {
		t.Error("the restarted worker has the old PID")
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := e.rows(); got != "[1 2 3 4 5]" {
		t.Errorf("received %v, want each row once", got)
	}
	if !e.begun.Equal(time.Unix(1000, 0)) {
		t.Errorf("the restarted worker has been measured since %v", e.begun)
	}
}

func TestEveryEndedOrderIsCounted(t *testing.T) {
	const orders = 200_000
	p, e, err := start(t, settings{Ended: orders}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Begin(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if e.ended != orders {
		t.Errorf("%d orders ended, want %d", e.ended, orders)
	}
}

func TestAWorkerReportsWhyItEnds(t *testing.T) {
	if _, _, err := start(t, settings{NoLedger: true}, 0); err == nil || !strings.Contains(err.Error(), "no room for a ledger") {
		t.Errorf("error %v: want the worker's own", err)
	}
	if _, _, err := start(t, settings{Exit: true}, 0); err == nil {
		t.Error("a worker that ended at once has started")
	}
	p, _, err := start(t, settings{BadEnd: true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "a disk full of beans") {
		t.Errorf("error %v: want the worker's own", err)
	}
}

// A worker that can't go on ends, with no one asking it to.
func TestAWorkerThatFailsEnds(t *testing.T) {
	for want, s := range map[string]settings{"a ledger that is full": {Fails: true}, "panic: no beans": {Panics: true}} {
		p, e, err := start(t, s, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Begin(time.Now()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.Done():
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it lives on", want)
		}
		if got := p.Err().Error(); got != want {
			t.Errorf("it ended for %q, want %q", got, want)
		}
		if s.Fails && e.rows() != "[1]" {
			t.Errorf("received %v: want the row that came before", e.rows())
		}
	}
}

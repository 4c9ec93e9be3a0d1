package bench_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// life is how long an order of the engine in this test lives.
const life = 10 * time.Millisecond

// An engine is a style whose ceiling is known. Its own orders settle at once.
type engine struct {
	known
	worker  *mortal
	lost    bool // no order ends
	begun   chan struct{}
	under   atomic.Int64 // orders under way
	atClose atomic.Int64 // the same when it was closed
}

func newEngine() *engine {
	return &engine{worker: &mortal{died: make(chan struct{})}, begun: make(chan struct{}, 1<<16)}
}

func (e *engine) Start(context.Context, bench.Block) (bench.Server, error) { return e, nil }

func (e *engine) OpenBare(_ context.Context, env bench.Env, ended func(int)) (bench.Bare, error) {
	if env.Cell == "" || env.Durability != durability.Memory {
		return nil, errors.New("a ceiling that does not know where it is")
	}
	return &bareEngine{engine: e, ended: ended}, nil
}

type bareEngine struct {
	*engine
	ended func(int)
	lives sync.WaitGroup
}

func (b *bareEngine) Submit(context.Context, food.Order) error {
	b.under.Add(1)
	b.begun <- struct{}{}
	if !b.lost {
		b.lives.Add(1)
		time.AfterFunc(life, func() { defer b.lives.Done(); b.under.Add(-1); b.ended(1) })
	}
	return nil
}

func (b *bareEngine) Processes() []bench.Process { return []bench.Process{b.worker} }

func (b *bareEngine) Close(context.Context) error {
	b.atClose.Store(b.under.Load())
	b.lives.Wait()
	return nil
}

// A mortal process can only die.
type mortal struct{ died chan struct{} }

func (m *mortal) Role() string                  { return "worker" }
func (m *mortal) PID() int                      { return os.Getpid() }
func (m *mortal) Done() <-chan struct{}         { return m.died }
func (m *mortal) Kill() error                   { close(m.died); return nil }
func (m *mortal) Restart(context.Context) error { return nil }
func (m *mortal) Pause() error                  { return nil }
func (m *mortal) Resume() error                 { return nil }
func (m *mortal) Err() error                    { return errors.New("as it had to") }

// runCeiling runs a short cell and then a ceiling, three times.
func runCeiling(t *testing.T, ctx context.Context, e *engine, during time.Duration) (record.Run, *record.Folder, error) {
	t.Helper()
	p := plan.Plan{
		Name: "ceilings", Styles: []string{"known"}, Repeats: 3, Durability: durability.Memory, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{
			{Name: "calm", Kind: record.KindCustom, Rate: calibrationRate, During: 50 * time.Millisecond},
			{Name: "top", Kind: record.KindCeiling, InFlight: 10, Warmup: 20 * time.Millisecond, During: during},
		},
	}
	dir := filepath.Join(t.TempDir(), "run")
	run, err := bench.Run(ctx, p, bench.Options{ID: "calibration", Dir: dir, Data: dir + ".data", Styles: map[string]bench.Style{"known": e}})
	folder, openErr := record.Open(dir)
	if openErr != nil {
		t.Fatal(errors.Join(err, openErr))
	}
	return run, folder, err
}

// With ten orders under way that live for ten milliseconds each, at most a
// thousand end in a second. Not one of them is among the orders of the run.
func TestCeilingIsMeasuredInEveryBlock(t *testing.T) {
	_, folder, err := runCeiling(t, t.Context(), newEngine(), 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range folder.Run.Ceilings {
		if c.Style != "known" || c.Scenario != "top" || c.Repeat != i+1 || c.Durability != "memory" || c.InFlight != 10 || c.CPU["harness"] < 0 {
			t.Errorf("ceiling %d is %+v", i, c)
		}
		if c.PerSecond > 1000 || c.PerSecond < 300 {
			t.Errorf("%v orders/s, want somewhat below 1000", c.PerSecond)
		}
	}
	if len(folder.Run.Ceilings) != 3 || len(folder.Run.Cells) != 3 {
		t.Errorf("%d ceilings and %d cells, want 3 of each", len(folder.Run.Ceilings), len(folder.Run.Cells))
	}
	for o, err := range folder.Orders() {
		if err != nil || o.Scenario != "calm" {
			t.Fatalf("order %+v, %v: want only those of the cells", o, err)
		}
	}
}

// After an interruption no order is placed, and those under way end before
// anything is closed. What was measured until then is no ceiling.
func TestInterruptedCeiling(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	e := newEngine()
	go func() { <-e.begun; stop() }()
	run, folder, err := runCeiling(t, ctx, e, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !run.Interrupted || len(folder.Run.Ceilings) != 0 || len(folder.Run.Cells) != 1 {
		t.Errorf("interrupted: %v, %d ceilings, %d cells: want an interrupted run of one cell", run.Interrupted, len(folder.Run.Ceilings), len(folder.Run.Cells))
	}
	if n := e.atClose.Load(); n != 0 {
		t.Errorf("%d orders were under way when it was closed", n)
	}
}

// A process that dies ends the run soon, and is named.
func TestDeathDuringACeiling(t *testing.T) {
	e := newEngine()
	e.lost = true
	go func() { <-e.begun; e.worker.Kill() }()
	_, folder, err := runCeiling(t, t.Context(), e, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "ceiling top-known-1: the worker of the known died: as it had to") {
		t.Errorf("got %v, want the dead worker named", err)
	}
	if !folder.Run.Interrupted || len(folder.Run.Ceilings) != 0 {
		t.Errorf("the run is %+v", folder.Run)
	}
}

// A style without an engine is reported as one.
func TestNoEngineNoCeiling(t *testing.T) {
	p := plan.Plan{
		Name: "ceilings", Styles: []string{"known"}, Repeats: 1, Durability: durability.Memory, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{
			{Name: "calm", Kind: record.KindCustom, Rate: calibrationRate, During: 50 * time.Millisecond},
			{Name: "top", Kind: record.KindCeiling, InFlight: 10, During: time.Second},
		},
	}
	dir := filepath.Join(t.TempDir(), "run")
	var seen []string
	_, err := bench.Run(t.Context(), p, bench.Options{
		ID: "calibration", Dir: dir, Data: dir + ".data", Styles: map[string]bench.Style{"known": known{}},
		Progress: func(p bench.Progress) { seen = append(seen, p.Cell) },
	})
	if err == nil || !strings.Contains(err.Error(), "the known has no engine") {
		t.Errorf("got %v", err)
	}
	if want := []string{"calm-known-1", "top-known-1", ""}; !slices.Equal(seen, want) {
		t.Errorf("progress %q, want %q", seen, want)
	}
}

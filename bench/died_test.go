package bench_test

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// quick gives up soon.
var quick = food.Policy{
	Attempts: 8, UndoAttempts: 60, FirstBackoff: 10 * time.Millisecond, MaxBackoff: 100 * time.Millisecond,
	CallTimeout: 500 * time.Millisecond, Redelivery: time.Second, Concurrency: 8,
}

// runTwice runs a scenario in two repeats and returns what it leaves.
func runTwice(t *testing.T, style bench.Style, s plan.Scenario) (*record.Folder, error) {
	t.Helper()
	p := plan.Plan{Name: "own", Styles: []string{"toy"}, Repeats: 2, Durability: durability.Memory, Seed: 1, Policy: quick, Scenarios: []plan.Scenario{s}}
	dir := filepath.Join(t.TempDir(), "run")
	_, err := bench.Run(t.Context(), p, bench.Options{ID: "own", Dir: dir, Data: dir + ".data", Styles: map[string]bench.Style{"toy": style}})
	f, openErr := record.Open(dir)
	if openErr != nil {
		t.Fatal(errors.Join(err, openErr))
	}
	return f, err
}

// Warm-up orders that are stuck are evidence, and no reason to stop.
func TestStuckWarmUpIsOnRecord(t *testing.T) {
	forgetful := maps.Clone(meal)
	forgetful[food.Assign] = []food.Action{food.StatusCompleted} // and no mail
	start := time.Now()
	f, err := runTwice(t, bench.InProcess(forgetful.coordinator), plan.Scenario{
		Name: "stuck", Kind: record.KindCustom, Rate: 10, During: time.Minute, Warmup: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("two cells took %v: each is stuck after 4 s", took)
	}
	if len(f.Run.Cells) != 2 || f.Run.Interrupted {
		t.Errorf("%d cells, interrupted %v", len(f.Run.Cells), f.Run.Interrupted)
	}
	for _, c := range f.Run.Cells {
		if c.Drained || c.Died != "" || c.LeftOver == nil || !slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.Contains(w, "warm-up orders did not settle") }) {
			t.Errorf("drained %v, died %q, left over %v, warnings %q", c.Drained, c.Died, c.LeftOver, c.Warnings)
		}
	}
	orders := 0
	for o, err := range f.Orders() {
		if err != nil || !o.Warmup || record.Came(o.Settled) {
			t.Errorf("%+v (%v): want warm-up orders that are stuck", o, err)
		}
		orders++
	}
	if orders == 0 {
		t.Error("the orders were not kept")
	}
}

// ailing is a style that can't go on at one point or another.
type ailing struct {
	known
	counters, close error
}

func (a ailing) Start(context.Context, bench.Block) (bench.Server, error) { return a, nil }

func (a ailing) Open(ctx context.Context, env bench.Env) (bench.System, error) {
	s, err := a.known.Open(ctx, env)
	return ailingSystem{s, a}, err
}

type ailingSystem struct {
	bench.System
	ailing
}

func (s ailingSystem) Processes() []bench.Process { return nil }

func (s ailingSystem) Counters(context.Context) (map[string]float64, error) {
	return nil, s.counters
}

func (s ailingSystem) Close(ctx context.Context) error {
	return errors.Join(s.System.Close(ctx), s.ailing.close)
}

// What was seen is kept when a cell can't go on, and no further cell is run.
func TestACellThatDiesIsOnRecord(t *testing.T) {
	for name, a := range map[string]ailing{"counting": {counters: errors.New("no beans")}, "closing": {close: errors.New("no beans")}} {
		t.Run(name, func(t *testing.T) {
			f, err := runTwice(t, a, plan.Scenario{Name: "calm", Kind: record.KindCustom, Rate: calibrationRate, During: 50 * time.Millisecond})
			if died, ok := errors.AsType[*bench.DiedError](err); !ok || died.Cell != "calm-toy-1" || died.Cause != "no beans" {
				t.Errorf("got %v", err)
			}
			if len(f.Run.Cells) != 1 || f.Run.Interrupted {
				t.Fatalf("%d cells, interrupted %v: want the one that died", len(f.Run.Cells), f.Run.Interrupted)
			}
			orders := 0
			for _, err := range f.Orders() {
				if err != nil {
					t.Fatal(err)
				}
				orders++
			}
			if c := f.Run.Cells[0]; c.Died != "no beans" || orders != 100 {
				t.Errorf("died %q, %d orders: want the cause and 100 orders", c.Died, orders)
			}
		})
	}
}

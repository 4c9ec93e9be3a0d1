package bench_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// underWay keeps orders under way whose longest branch is four calls of 10 ms.
func underWay(t *testing.T, ctx context.Context, during time.Duration) (record.Run, measure.Cell) {
	t.Helper()
	p := plan.Plan{
		Name: "under-way", Styles: []string{"plain"}, Repeats: 1, Durability: durability.Memory, Seed: 1, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{
			{Name: "full", Kind: record.KindSaturation, InFlight: 10, Warmup: 100 * time.Millisecond, During: during, ServiceTime: "10ms"},
		},
	}
	plain := bench.InProcess(func(s *food.Services, p food.Policy) food.Coordinator { return baseline.New(s, p) })
	dir := filepath.Join(t.TempDir(), "run")
	run, err := bench.Run(ctx, p, bench.Options{ID: "under-way", Dir: dir, Data: dir + ".data", Styles: map[string]bench.Style{"plain": plain}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	orders := map[string][]record.Order{}
	for o, err := range f.Orders() {
		if err != nil {
			t.Fatal(err)
		}
		orders[o.Cell] = append(orders[o.Cell], o)
	}
	return run, measure.Run(f.Run, orders).Cells[0]
}

// With ten orders under way of 40 ms each, at most 250 end in a second. That is as
// much as the system takes, whatever was not done yet when the window began.
func TestAFixedNumberUnderWay(t *testing.T) {
	_, c := underWay(t, t.Context(), 2*time.Second)
	if !c.Saturated || c.Achieved > 250 || c.Achieved < 100 {
		t.Errorf("saturated: %v, %v orders/s: want it saturated, with somewhat below 250", c.Saturated, c.Achieved)
	}
	if c.Orders.Warmup == 0 || c.Orders.Settled != c.Orders.Offered {
		t.Errorf("orders are %+v: want a warm-up, and all of them settled", c.Orders)
	}
	if !c.Cost.HarnessCPU.OK() || c.Latency.Settled.P50.OK() || c.Claims[measure.Throughput] != measure.ClaimOK {
		t.Errorf("claims are %v, and an order takes %v ms of the harness: want a rate, a cost and no latency", c.Claims, c.Cost.HarnessCPU)
	}
}

// After an interruption what is under way settles, and nothing is claimed.
func TestAnInterruptedNumberUnderWay(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(500*time.Millisecond, stop) // any moment in the window will do
	run, c := underWay(t, ctx, time.Minute)
	if !run.Interrupted || !c.Cut || !c.Drained || c.Claims[measure.Throughput] == measure.ClaimOK {
		t.Errorf("interrupted: %v, cut: %v, drained: %v, claims %v", run.Interrupted, c.Cut, c.Drained, c.Claims)
	}
}

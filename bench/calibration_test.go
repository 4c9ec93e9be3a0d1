package bench_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

// The instrument is calibrated against a coordinator whose every latency is
// known beforehand. It runs through the real procedure, and its run folder is
// read by the real measuring code.
//
// Its commits are virtual: they carry the time at which they would have
// returned, so the truth does not depend on how busy the machine is. What stays
// real is the load generator, and the due times that the harness notes.

const (
	calibrationRate   = 2000.0
	calibrationOrders = 2000
	typical           = 5 * time.Millisecond
	tolerance         = 0.01
)

// service is how long each order takes when nothing is in its way: a log-normal
// distribution with a tail, each of its quantiles once, in an order of chance.
var service = func() []time.Duration {
	d := distuv.LogNormal{Mu: math.Log(float64(typical)), Sigma: 0.6}
	all := make([]time.Duration, calibrationOrders)
	for n, rank := range rand.New(rand.NewPCG(1, 2)).Perm(calibrationOrders) {
		all[n] = time.Duration(d.Quantile((float64(rank) + 0.5) / calibrationOrders))
	}
	return all
}()

// due is when order n should be sent, counted from the start of the window.
func due(n int) time.Duration {
	return time.Duration(float64(n) / calibrationRate * float64(time.Second))
}

// A stall is a time in which the coordinator does nothing.
type stall struct {
	from, to time.Duration
	holds    bool // the stall also keeps the generator from sending
}

// done is when an order that reaches the coordinator at the given time is
// settled.
func (s stall) done(n int, at time.Duration) time.Duration {
	if at >= s.from && at < s.to {
		at = s.to
	}
	return at + service[n]
}

var stalls = map[string]stall{
	"calm":    {},
	"stalled": {from: 300 * time.Millisecond, to: 600 * time.Millisecond},
	"held":    {from: 0, to: 200 * time.Millisecond, holds: true},
}

// truth are the latencies from the due time, in ms.
func (s stall) truth() (all []float64) {
	for n := range calibrationOrders {
		all = append(all, float64(s.done(n, due(n))-due(n))/1e6)
	}
	return all
}

// closedLoop is what a load that waits for its answers would report: each of its
// clients sends when it has its last answer, and takes the time from there.
func (s stall) closedLoop(clients int) (all []float64) {
	free := make([]time.Duration, clients)
	for n := range calibrationOrders {
		first := slices.Index(free, slices.Min(free))
		sent := max(free[first], due(n))
		free[first] = s.done(n, sent)
		all = append(all, float64(free[first]-sent)/1e6)
	}
	return all
}

// quantile is the nearest rank, written down once more so that the measuring
// code is not its own judge.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Ceil(q*float64(len(sorted))))-1]
}

func TestCalibration(t *testing.T) {
	folder, results := calibrate(t)
	for _, cell := range results.Cells {
		t.Run(cell.Scenario, func(t *testing.T) {
			s := stalls[cell.Scenario]
			var orders []record.Order
			var fromSending []float64
			for o, err := range folder.Orders() {
				if err != nil {
					t.Fatal(err)
				}
				if o.Cell == cell.ID {
					orders = append(orders, o)
					fromSending = append(fromSending, o.Settled-o.Sent)
				}
			}
			if len(orders) != calibrationOrders {
				t.Fatalf("%d orders, want %d", len(orders), calibrationOrders)
			}
			got := measure.Latencies(orders, measure.Settled, food.Completed).Quantiles()
			truth, closed := s.truth(), s.closedLoop(16)
			for _, q := range []float64{0.5, 0.9, 0.99} {
				name := fmt.Sprintf("p%.0f", 100*q)
				want, read := quantile(truth, q), float64(got.At(name))
				t.Logf("%s: truth %.2f ms, harness %.2f, closed loop %.2f, from sending %.2f", name, want, read, quantile(closed, q), quantile(fromSending, q))
				if math.Abs(read-want) > tolerance*want {
					t.Errorf("%s is %.3f ms, want %.3f", name, read, want)
				}
				// What is claimed is what was measured.
				if claimed := cell.Latency.Settled.At(name); claimed.OK() && claimed != got.At(name) {
					t.Errorf("%s is claimed as %v, measured as %v", name, claimed, got.At(name))
				}
			}
			if s.to == 0 {
				return
			}
			// Coordinated omission: the clients of a closed loop wait out the stall,
			// and so do the orders that they would have sent.
			if p99 := quantile(closed, 0.99); p99 > quantile(truth, 0.99)/5 {
				t.Errorf("the closed loop shows the stall as well (p99 %.2f ms), so this proves nothing", p99)
			}
			if s.holds {
				// The wrong clock, for comparison: it forgives the generator.
				if p99 := quantile(fromSending, 0.99); p99 > quantile(truth, 0.99)/2 {
					t.Errorf("counted from sending the p99 is %.2f ms as well, so the due time makes no difference", p99)
				}
				if claim := cell.Claims[string(measure.Settled)]; !strings.HasPrefix(claim, "unsupported (generator late") {
					t.Errorf("the generator was held for %v, and the claim is %q", s.to, claim)
				}
			}
		})
	}
}

// The truth itself is what the distribution gives.
func TestCalibrationTruth(t *testing.T) {
	for q, z := range map[float64]float64{0.5: 0, 0.9: 1.2816, 0.99: 2.3263} {
		want := float64(typical) / 1e6 * math.Exp(0.6*z)
		if got := quantile(stall{}.truth(), q); math.Abs(got-want) > tolerance*want {
			t.Errorf("quantile %v is %.3f ms, want %.3f", q, got, want)
		}
	}
}

// calibrate runs the plan with the known coordinator, and measures its folder.
func calibrate(t *testing.T) (*record.Folder, measure.Results) {
	t.Helper()
	p := plan.Plan{
		Name: "calibration", Styles: []string{"known"}, Repeats: 1, Durability: durability.Memory, Policy: food.DefaultPolicy,
	}
	for name := range stalls {
		p.Scenarios = append(p.Scenarios, plan.Scenario{
			Name: name, Kind: record.KindCustom, Rate: calibrationRate, During: calibrationOrders / calibrationRate * time.Second,
		})
	}
	slices.SortFunc(p.Scenarios, func(a, b plan.Scenario) int { return cmp.Compare(a.Name, b.Name) })
	dir := filepath.Join(t.TempDir(), "run")
	_, err := bench.Run(t.Context(), p, bench.Options{
		ID: "calibration", Dir: dir, Data: dir + ".data", Styles: map[string]bench.Style{"known": known{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	orders := map[string][]record.Order{}
	for o, err := range folder.Orders() {
		if err != nil {
			t.Fatal(err)
		}
		orders[o.Cell] = append(orders[o.Cell], o)
	}
	return folder, measure.Run(folder.Run, orders)
}

// known is the style with known latencies.
type known struct{}

func (known) Start(context.Context, bench.Block) (bench.Server, error) { return known{}, nil }
func (known) Processes() []bench.Process                               { return nil }
func (known) Close() error                                             { return nil }

func (known) Open(_ context.Context, env bench.Env) (bench.System, error) {
	scenario := strings.Split(strings.TrimPrefix(env.Cell, "calibration-"), "-")[0]
	k := &knownSystem{stall: stalls[scenario], commits: make(chan ledger.Commit, calibrationOrders), fed: make(chan struct{})}
	for _, path := range []string{env.Fired, env.Called} { // no fault ever fires, and no service is called
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return nil, err
		}
	}
	go k.feed(env.Rows)
	return k, nil
}

type knownSystem struct {
	stall   stall
	begin   time.Time
	commits chan ledger.Commit
	fed     chan struct{}
}

// Begin takes as long as the stall when that holds the generator: nothing can be
// sent before it returns.
func (k *knownSystem) Begin(at time.Time) error {
	k.begin = at
	if k.stall.holds {
		time.Sleep(time.Until(at.Add(k.stall.to)))
	}
	return nil
}

func (k *knownSystem) LeftOver(context.Context, int) (map[string]float64, error) {
	return map[string]float64{}, nil
}

// Submit settles the order at once, with the commit time that is its truth.
func (k *knownSystem) Submit(_ context.Context, o food.Order) error {
	n, err := strconv.Atoi(o.ID[strings.LastIndexByte(o.ID, '-')+1:])
	if err != nil {
		return err
	}
	c := ledger.Commit{At: k.begin.Add(k.stall.done(n, due(n)))}
	for _, r := range food.Required[food.Completed] {
		c.Rows = append(c.Rows, food.Row{Order: o.ID, Action: r.Action, Outcome: food.Done, At: c.At})
	}
	k.commits <- c
	return nil
}

func (k *knownSystem) Cancel(context.Context, food.Order) error  { return food.ErrUnknownOrder }
func (k *knownSystem) Resolve(context.Context, food.Order) error { return food.ErrUnknownOrder }

// feed numbers the rows and hands them on, from one goroutine.
func (k *knownSystem) feed(rows func(ledger.Commit)) {
	defer close(k.fed)
	seq := int64(0)
	for c := range k.commits {
		for i := range c.Rows {
			seq++
			c.Rows[i].Seq = seq
		}
		rows(c)
	}
}

func (k *knownSystem) Processes() []bench.Process                           { return nil }
func (k *knownSystem) Counters(context.Context) (map[string]float64, error) { return nil, nil }

func (k *knownSystem) Close(context.Context) error {
	close(k.commits)
	<-k.fed
	return nil
}

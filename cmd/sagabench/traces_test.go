package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/tracing/tracingtest"
)

// An order that no partner takes, with all that is undone for it, is one trace in either
// style, from this process through server and worker: a span for each call, those of all
// six services, with the outcome that the ledger has.
func TestARefusalIsOneTrace(t *testing.T) {
	t.Parallel()
	for _, style := range []string{record.Choreography, record.Orchestration} {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			collector := tracingtest.Start(t)
			var out, errs strings.Builder
			args := []string{"order", "--style", style, "--fault", "delivery.assign:refuse@100%", "--fault", "loyalty.revoke:fail(1)@100%", "-o", "json", "--otlp-endpoint", collector.URL}
			if code := execute(t.Context(), args, &out, &errs); code != exitOK {
				t.Fatalf("exit %d\n%s%s", code, &out, &errs)
			}
			traces := collector.Traces()
			if len(traces) != 1 {
				t.Fatalf("%d traces, want 1: %v", len(traces), traces)
			}
			for id, spans := range traces {
				if want := "its trace is " + id + " at " + collector.URL; !strings.Contains(errs.String(), want) {
					t.Errorf("printed %q, want %q", &errs, want)
				}
				if diff := cmp.Diff(callsOf(t, out.String()), callsIn(spans)); diff != "" {
					t.Errorf("calls (-ledger +spans):\n%s", diff)
				}
				checkTree(t, spans)
			}
		})
	}
}

// callsOf are the calls of rows that were printed as JSON, and the one that failed first.
func callsOf(t *testing.T, rows string) []string {
	t.Helper()
	calls := []string{"loyalty.revoke failed"}
	services := map[food.Service]bool{}
	for line := range strings.Lines(rows) {
		var r food.Row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, fmt.Sprintf("%s.%s %s", r.Service, r.Action, r.Outcome))
		services[r.Service] = true
	}
	if len(services) != len(food.AllServices) {
		t.Fatalf("rows of %d services, want %d:\n%s", len(services), len(food.AllServices), rows)
	}
	slices.Sort(calls)
	return calls
}

// callsIn are the spans of calls, each in the name of its service.
func callsIn(spans []tracingtest.Span) (calls []string) {
	for _, s := range spans {
		outcome, decided := s.Attributes["food.outcome"].(string)
		switch {
		case s.Attributes["food.attempt"] == nil:
			continue
		case !decided && s.Failed != "":
			outcome = "failed"
		}
		if service, _, _ := strings.Cut(s.Name, "."); s.Service != service {
			outcome += " in the name of " + s.Service
		}
		calls = append(calls, s.Name+" "+outcome)
	}
	slices.Sort(calls)
	return calls
}

// checkTree looks whether each span leads back to what was asked for the order.
func checkTree(t *testing.T, spans []tracingtest.Span) {
	t.Helper()
	known := map[string]bool{"": true}
	for _, s := range spans {
		known[s.ID] = true
	}
	for _, s := range spans {
		if asked := s.Service == "customer"; (s.Parent == "") != asked || !known[s.Parent] {
			t.Errorf("the parent of %s, %s is %q, which is not there", s.Service, s.Name, s.Parent)
		}
	}
}

// In a run each order has one trace, also one that is submitted twice, cancelled, or tried
// again, and no trace has two orders.
func TestTracesOfARun(t *testing.T) {
	t.Parallel()
	collector, dir := tracingtest.Start(t), filepath.Join(t.TempDir(), "run")
	var out, errs strings.Builder
	args := []string{"bench", "--rate", "5/s", "--duration", "2s", "--out", dir, "--otlp-endpoint", collector.URL}
	for _, f := range []string{"delivery.assign:refuse@40%", "restaurant.confirm:fail(2)@40%", "order:resubmit@40%", "order:cancel@40%+20ms"} {
		args = append(args, "--fault", f)
	}
	if code := execute(t.Context(), args, &out, &errs); code != exitOK {
		t.Fatalf("exit %d\n%s%s", code, &out, &errs)
	}
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	placed := 0
	for _, err := range f.Orders() {
		if placed++; err != nil {
			t.Fatal(err)
		}
	}
	traces, of := collector.Traces(), map[string]string{}
	if len(traces) != placed || placed < 20 {
		t.Errorf("%d traces of %d orders", len(traces), placed)
	}
	for id, spans := range traces {
		checkTree(t, spans)
		order := ""
		for _, s := range spans {
			if o, _ := s.Attributes["food.order"].(string); o != "" {
				order = s.Traffic + " " + o
				if before := of[order]; before != "" && before != id {
					t.Errorf("order %s has traces %s and %s", order, before, id)
				}
				of[order] = id
			}
		}
	}
	if len(of) != placed {
		t.Errorf("%d traces name %d orders", len(traces), len(of))
	}
	if !strings.Contains(f.Run.Command, "--otlp-endpoint "+collector.URL) {
		t.Errorf("the command that repeats the run is %s", f.Run.Command)
	}
	if !slices.ContainsFunc(f.Run.Parity, func(p record.Parity) bool { return p.Setting == "traces" && p.Equal }) {
		t.Errorf("what the sides were given does not name the traces: %+v", f.Run.Parity)
	}
}

// BenchmarkTraces measures what traces cost an order: each of its rounds is one run
// without and one with, in turns, the collector in another process than what is measured.
// It is for docs/speed.md, which has the command.
func BenchmarkTraces(b *testing.B) {
	for _, c := range []struct{ style, rate string }{{record.Choreography, "200/s"}, {record.Orchestration, "12/s"}} {
		b.Run(c.style, func(b *testing.B) {
			var off, on, ratios []float64
			for n := 0; b.Loop(); n++ {
				plain, traced := func() { off = append(off, cpuPerOrder(b, c.style, c.rate, "")) }, func() {
					on = append(on, cpuPerOrder(b, c.style, c.rate, tracingtest.Start(b).URL))
				}
				if n%2 == 0 {
					plain()
					traced()
				} else {
					traced()
					plain()
				}
				ratios = append(ratios, on[n]/off[n])
				b.Logf("pair %d: %.3f ms of CPU time an order without, %.3f with: %.3f ×", n+1, off[n], on[n], ratios[n])
			}
			for unit, of := range map[string][]float64{"off-cpu-ms/order": off, "on-cpu-ms/order": on, "on/off": ratios} {
				slices.Sort(of)
				b.ReportMetric((of[(len(of)-1)/2]+of[len(of)/2])/2, unit)
			}
		})
	}
}

// cpuPerOrder is the CPU time of server, worker and harness in ms, by an order of a run of
// its own.
func cpuPerOrder(b *testing.B, style, rate, collector string) (ms float64) {
	dir := filepath.Join(b.TempDir(), "run")
	run := exec.Command(os.Args[0], "bench", "--style", style, "--rate", rate, "--duration", "10s", "--out", dir, "--otlp-endpoint", collector)
	if text, err := run.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	f, err := record.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	orders := 0
	for o, err := range f.Orders() {
		if err != nil {
			b.Fatal(err)
		}
		if !o.Warmup {
			orders++
		}
	}
	for _, used := range f.Run.Cells[0].CPU {
		ms += used
	}
	return ms / float64(orders)
}

package measure_test

import (
	"math"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// A system keeps up at a rung when orders settle as fast as they come and as soon as
// they should; each way of not doing so is found.
func TestKeptUp(t *testing.T) {
	for _, c := range []struct {
		name    string
		n       int
		latency func(int) float64
		bound   float64
		why     string
	}{
		{"steady", 2000, always(5), 20, ""},
		{"slow, but as allowed", 2000, always(90), 100, ""},
		{"too slow", 2000, always(90), 20, "p99 was 90 ms"},
		{"a tail too slow", 2000, func(i int) float64 { return map[bool]float64{true: 90, false: 5}[i%50 == 0] }, 20, "p99 was 90 ms"},
		{"few orders, judged by their p90", 200, func(i int) float64 { return map[bool]float64{true: 90, false: 5}[i%50 == 0] }, 20, ""},
		{"few orders, too slow", 200, always(90), 20, "p90 was 90 ms"},
		{"falling behind", 2000, func(i int) float64 { return 5 + float64(i) }, 4000, "the backlog grew"},
		{"losing some", 2000, func(i int) float64 { return map[bool]float64{true: math.Inf(1), false: 5}[i%50 == 0] }, 20, "p99 was +Inf ms"},
		{"losing some of few", 200, func(i int) float64 { return map[bool]float64{true: math.Inf(1), false: 5}[i%50 == 0] }, 20, "settled in time"},
		{"even fewer, judged by their median", 60, always(90), 20, "p50 was 90 ms"},
		{"too few", 15, always(5), 20, "too few to judge"},
	} {
		cell, orders := steady("choreography", c.name, record.KindRung, 1, c.n, 200, c.latency)
		kept, why := measure.KeptUp(cell, orders, c.bound)
		if kept != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: kept up %v, %q; want %q", c.name, kept, why, c.why)
		}
	}
	cut, orders := steady("choreography", "cut", record.KindRung, 1, 2000, 200, always(5))
	cut.Cut, cut.LoadEnd = true, 3000
	if kept, why := measure.KeptUp(cut, orders, 20); kept || why != "cut short" {
		t.Errorf("a cell that was cut short: kept up %v, %q", kept, why)
	}
}

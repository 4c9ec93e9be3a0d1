package measure_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// limited is a run in which one style settles 40 orders a second, and its engine
// tops in the repeats of its own durability.
func limited(durability string, tops ...float64) measure.Results {
	queue := func(i int) float64 { return 25 + float64(i)*4 } // 40/s come out of 48/s
	r := record.Run{Durability: "process"}
	orders := map[string][]record.Order{}
	for i, top := range tops {
		c, o := steady("orchestration", "saturation", record.KindSaturation, i+1, 192, 48, queue)
		c.Durability = durability
		r.Cells, orders[c.ID] = append(r.Cells, c), o
		r.Ceilings = append(r.Ceilings,
			record.Ceiling{Style: "choreography", Repeat: i + 1, Durability: "process", PerSecond: 1},
			record.Ceiling{Style: "orchestration", Repeat: i + 1, Durability: "power", PerSecond: 2},
			record.Ceiling{Style: "orchestration", Repeat: i + 1, Durability: "process", PerSecond: top, InFlight: 16})
	}
	return measure.Run(r, orders)
}

// findLimit returns the limit of a kind.
func findLimit(t *testing.T, r measure.Results, kind, durability string) measure.Limit {
	t.Helper()
	for _, l := range r.Limits {
		if l.Kind == kind && l.Durability == durability && l.Style == "orchestration" {
			return l
		}
	}
	t.Fatalf("no limit that is %s at %s: %+v", kind, durability, r.Limits)
	return measure.Limit{}
}

// The share is the median of the ratios, each of a repeat, and only of ceilings
// of the same style and durability.
func TestShareOfTheCeiling(t *testing.T) {
	r := limited("", 50, 80, 200)
	l := findLimit(t, r, measure.Saturated, "process")
	if l.InFlight != 16 || l.Ceiling != 80 || math.Abs(float64(l.PerS)-40) > 1 {
		t.Errorf("limit %+v, want 40 of 80", l)
	}
	if i := l.Share.Interval; math.Abs(float64(l.Share.Ratio)-0.5) > 0.02 || i == nil || i.Kind != "range" || i.N != 3 || math.Abs(float64(i.Lo)-0.2) > 0.01 || math.Abs(float64(i.Hi)-0.8) > 0.02 {
		t.Errorf("share %+v, want 0.5 in a range of 0.2 to 0.8", l.Share)
	}
	if share := r.Cells[2].Share; math.Abs(float64(share)-0.2) > 0.01 {
		t.Errorf("share of the third cell %v, want 0.2", share)
	}
	if i := findLimit(t, limited("", 50, 51, 52, 53, 54, 55), measure.Saturated, "process").Share.Interval; i.Kind != "ci95" || i.N != 6 {
		t.Errorf("six repeats give %+v, want an interval", i)
	}
}

// Another durability has limits and ceilings of its own.
func TestShareByDurability(t *testing.T) {
	l := findLimit(t, limited("power", 50, 80), measure.Saturated, "power")
	if math.Abs(float64(l.Share.Ratio)-20) > 1 || l.Scenario != "saturation, durability power" {
		t.Errorf("limit %+v, want twenty times the ceiling of 2", l)
	}
}

// A run without ceilings has limits, and reports what they lack.
func TestNoCeilingNoShare(t *testing.T) {
	c, o := steady("orchestration", "saturation", record.KindSaturation, 1, 192, 48, func(i int) float64 { return 25 + float64(i)*4 })
	r := run([]record.Cell{c}, [][]record.Order{o})
	if l := findLimit(t, r, measure.Saturated, "process"); l.Share.Ratio.OK() || l.Share.Reasons["ratio"] != measure.NoCeiling || l.Ceiling.OK() {
		t.Errorf("limit %+v", l)
	}
	if r.Cells[0].Share.OK() {
		t.Errorf("share %v", r.Cells[0].Share)
	}
}

// A ceiling whose CPU time was not recorded has none, which is not zero.
func TestShareOfCPU(t *testing.T) {
	for want, cpu := range map[string]map[string]float64{"NaN": nil, "0.5": {"server": 1, "harness": 1}} {
		queue := func(i int) float64 { return 25 + float64(i)*4 }
		c, o := steady("orchestration", "saturation", record.KindSaturation, 1, 192, 48, queue)
		c.CPU["worker"] = 192 // with 2 of the server and 1 of the harness, 4 ms an order
		top := record.Ceiling{Style: "orchestration", Repeat: 1, Durability: "process", PerSecond: 50, CPU: cpu}
		r := record.Run{Durability: "process", Cells: []record.Cell{c}, Ceilings: []record.Ceiling{top}}
		l := findLimit(t, measure.Run(r, map[string][]record.Order{c.ID: o}), measure.Saturated, "process")
		if got := fmt.Sprintf("%.3g", float64(l.ShareOfCPU.Ratio)); got != want || !l.Share.Ratio.OK() {
			t.Errorf("with a ceiling's %v the share of CPU is %s, want %s: %+v", cpu, got, want, l)
		}
	}
}

// A knee is the highest rate that was kept up with, repeat by repeat; where there was none
// in a repeat, that repeat has none.
func TestShareOfAKnee(t *testing.T) {
	r := record.Run{Durability: "process"}
	for i, lo := range []float64{30, 0, 40} {
		r.Knees = append(r.Knees, record.Knee{Style: "orchestration", Scenario: "ladder", Repeat: i + 1, Lo: lo, Hi: 45})
		r.Ceilings = append(r.Ceilings, record.Ceiling{Style: "orchestration", Repeat: i + 1, Durability: "process", PerSecond: 50})
	}
	l := findLimit(t, measure.Run(r, nil), measure.Knee, "process")
	if got := fmt.Sprint(l.Repeats, l.PerS, l.Share.Ratio, *l.Share.Interval); got != "[1 3] 35 0.7 {range 0.6 0.8 2}" {
		t.Errorf("got %s", got)
	}
}

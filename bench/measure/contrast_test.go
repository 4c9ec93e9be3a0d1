package measure_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// sameAgainstItself runs three scenarios six times: two of 10 ms and one of
// slower ms, with the noise of a busy machine on every repeat.
func sameAgainstItself(seed uint64, slower float64) measure.Results {
	draw := rand.New(rand.NewPCG(seed, 1))
	r := record.Run{Compare: [][2]string{{"as-it-is", "again"}, {"as-it-is", "slower"}, {"as-it-is", "never-run"}}}
	orders := map[string][]record.Order{}
	for repeat := 1; repeat <= 6; repeat++ {
		for _, s := range []struct {
			name string
			ms   float64
		}{{"as-it-is", 10}, {"again", 10}, {"slower", slower}} {
			drift := 1 + 0.03*draw.NormFloat64()
			c, o := steady("baseline", s.name, record.KindRefused, repeat, 120, 20, func(int) float64 {
				return (s.ms + draw.ExpFloat64()) * drift
			})
			for i := range o {
				o[i].Accept = 0.5 * (1 + 0.1*draw.NormFloat64())
			}
			c.CPU["worker"] = 30 * (1 + 0.1*draw.NormFloat64())
			c.CPU["server"] = 60 * (1 + 0.1*draw.NormFloat64())
			c.CPU["harness"] = 20 * (1 + 0.1*draw.NormFloat64())
			r.Cells, orders[c.ID] = append(r.Cells, c), o
		}
	}
	return measure.Run(r, orders)
}

// The same against itself is noise in nine of ten metrics, over many draws; a
// restaurant that takes a fifth longer is seen every time.
func TestContrast(t *testing.T) {
	metrics, found := 0, 0
	for seed := range uint64(40) {
		for _, contrast := range sameAgainstItself(seed, 12).Contrasts {
			c := compared{contrast, contrast.Last()}
			if c.Distinct == nil || c.Interval == nil || c.Interval.Kind != "ci95" || c.Interval.N != 6 {
				t.Fatalf("six repeats allow no judgement: %+v", c)
			}
			switch {
			case c.Of[1] == "again":
				metrics++
				if !c.Noise() {
					found++
				}
			case strings.HasPrefix(c.Metric, "settled") && c.Noise():
				t.Errorf("seed %d: 10 and 12 ms can't be distinguished by %s: p = %v", seed, c.Metric, c.P)
			}
		}
	}
	if metrics != 400 {
		t.Errorf("%d metrics in 40 runs, want ten each", metrics)
	}
	if found > metrics/10 {
		t.Errorf("%d of %d metrics differ between the same and itself", found, metrics)
	}
}

// Below six repeats there is a range and no judgement.
func TestFewRepeatsContrastNothing(t *testing.T) {
	cell := func(scenario string, repeat int, ms float64) (record.Cell, []record.Order) {
		return steady("baseline", scenario, record.KindRefused, repeat, 60, 12, always(ms))
	}
	r := record.Run{Compare: [][2]string{{"a", "b"}}}
	orders := map[string][]record.Order{}
	for repeat := 1; repeat <= 5; repeat++ {
		for name, ms := range map[string]float64{"a": 10, "b": 12} {
			c, o := cell(name, repeat, ms)
			r.Cells, orders[c.ID] = append(r.Cells, c), o
		}
	}
	for _, contrast := range measure.Run(r, orders).Contrasts {
		c := compared{contrast, contrast.Last()}
		if c.Distinct != nil || c.P.OK() || c.RatioOf == "pairs" && c.Judgement.Reasons["distinguishable"] != "repeats: 5, needs 6" {
			t.Errorf("%s: %+v", c.Metric, c)
		}
		if c.Metric == "settled.p50_ms" && (c.Interval == nil || c.Interval.Kind != "range" || c.Ratio != 1.2 || c.Noise()) {
			t.Errorf("settled: %+v", c)
		}
	}
}

// Names of metrics are their own and can be found.
func TestMetricNames(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range measure.Metrics {
		if seen[m.Name] {
			t.Errorf("%s comes twice", m.Name)
		}
		seen[m.Name] = true
		if found, ok := measure.MetricNamed(m.Name); !ok || found.Name != m.Name {
			t.Errorf("%s is not found", m.Name)
		}
	}
	if _, ok := measure.MetricNamed("speed"); ok {
		t.Error("speed is no metric")
	}
}

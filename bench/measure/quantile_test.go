package measure_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
)

var inf = math.Inf(+1)

// upTo returns 1, 2 … n.
func upTo(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i + 1)
	}
	return values
}

func TestQuantile(t *testing.T) {
	withLost := func(n, lost int) []float64 {
		values := upTo(n)
		for i := range lost {
			values[i] = inf // anywhere: the sample sorts
		}
		return values
	}
	for _, c := range []struct {
		name   string
		values []float64
		q      float64
		want   float64
		ok     bool
	}{
		{"nearest rank of an even count is the lower middle", upTo(20), 0.5, 10, true},
		{"nearest rank of an odd count is the middle", upTo(21), 0.5, 11, true},
		{"a median needs 20", upTo(19), 0.5, 0, false},
		{"p90 of exactly 100", upTo(100), 0.9, 90, true},
		{"p90 needs 100", upTo(99), 0.9, 0, false},
		{"p99 of exactly 1000", upTo(1000), 0.99, 990, true},
		{"p99 needs 1000", upTo(999), 0.99, 0, false},
		{"p999 of exactly 10000", upTo(10000), 0.999, 9990, true},
		{"p999 needs 10000", upTo(9999), 0.999, 0, false},
		{"lost orders move the median up", withLost(20, 5), 0.5, 15, true},
		{"with half of them lost it is just finite", withLost(20, 10), 0.5, 20, true},
		{"with more it is infinite", withLost(20, 11), 0.5, inf, true},
		{"nothing", nil, 0.5, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := measure.NewSample(c.values).Quantile(c.q)
			if ok != c.ok || ok && got != c.want {
				t.Errorf("got %v, %v; want %v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestQuantilesSayWhatIsMissing(t *testing.T) {
	got := measure.NewSample(upTo(120)).Quantiles()
	if got.P50 != 60 || got.P90 != 108 || got.P99.OK() || got.P999.OK() || got.Max != 120 {
		t.Errorf("got %+v", got)
	}
	if why := got.Reasons["p99"]; why != "n = 120, needs 1000" {
		t.Errorf("reason for p99: %q", why)
	}
	if _, given := got.Reasons["p90"]; given {
		t.Error("p90 is given and has a reason all the same")
	}
}

func TestNumInJSON(t *testing.T) {
	for _, c := range []struct {
		n    measure.Num
		text string
	}{
		{1.5, "1.5"},
		{12345.678, "12345.678"},
		{1.0 / 3, "0.333333333"},
		{0, "0"},
		{measure.Num(inf), `"+Inf"`},
		{measure.None, "null"},
	} {
		text, err := json.Marshal(c.n)
		if err != nil || string(text) != c.text {
			t.Errorf("%v: got %s, %v; want %s", c.n, text, err, c.text)
		}
		var back measure.Num
		if err := json.Unmarshal([]byte(c.text), &back); err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		if back.OK() != c.n.OK() || back.OK() && math.Abs(float64(back-c.n)) > 1e-9 && back != c.n {
			t.Errorf("%s: read back as %v", c.text, back)
		}
	}
	var n measure.Num
	if err := json.Unmarshal([]byte(`"fast"`), &n); err == nil {
		t.Error(`"fast" was read as a number`)
	}
}

// The exact interval has a check of its own: a true share at its upper end gives
// k or fewer in exactly one of twenty samples.
func TestAtMostIsExact(t *testing.T) {
	for _, n := range []int{1, 10, 1000} {
		p := measure.AtMost(0, n)
		if got := math.Pow(1-p, float64(n)); math.Abs(got-0.05) > 1e-6 {
			t.Errorf("n = %d: at a share of %v none of n has probability %v, want 0.05", n, p, got)
		}
	}
	if got := measure.AtMost(5, 5); got != 1 {
		t.Errorf("5 of 5: at most %v, want 1", got)
	}
}

package load_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/load"
)

func dues(s load.Schedule) (all []time.Duration) {
	for n := 0; ; n++ {
		due, ok := s(n)
		if !ok {
			return all
		}
		all = append(all, due)
	}
}

func TestConstant(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name   string
		rate   float64
		during time.Duration
		want   []time.Duration
	}{
		{"even", 4, time.Second, []time.Duration{0, 250 * ms, 500 * ms, 750 * ms}},
		{"below one a second", 0.5, 5 * time.Second, []time.Duration{0, 2 * time.Second, 4 * time.Second}},
		{"one at least", 1, ms, []time.Duration{0}},
		{"no time", 100, 0, nil},
		{"negative time", 100, -time.Second, nil},
		{"no rate", 0, time.Second, nil},
		{"negative rate", -1, time.Second, nil},
		{"not a number", math.NaN(), time.Second, nil},
		{"infinite", math.Inf(1), time.Second, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := dues(load.Constant(c.rate, c.during)); !slices.Equal(got, c.want) {
				t.Errorf("Constant(%v, %v) = %v; want %v", c.rate, c.during, got, c.want)
			}
		})
	}
	if _, ok := load.Constant(1, time.Second)(-1); ok {
		t.Error("order -1 is due")
	}
}

func TestPoisson(t *testing.T) {
	const rate, during = 1000, 20 * time.Second
	got := dues(load.Poisson(rate, during, 7))

	if again := dues(load.Poisson(rate, during, 7)); !slices.Equal(got, again) {
		t.Error("the same seed gave other times")
	}
	if other := dues(load.Poisson(rate, during, 8)); slices.Equal(got, other) {
		t.Error("another seed gave the same times")
	}
	if !slices.IsSorted(got) {
		t.Error("due times decrease")
	}
	if last := got[len(got)-1]; last >= during {
		t.Errorf("last order due at %v, after the load's end", last)
	}
	// A count of mean m has standard deviation √m. The seed is fixed, so this
	// either holds for ever or never did.
	if mean := rate * during.Seconds(); math.Abs(float64(len(got))-mean) > 4*math.Sqrt(mean) {
		t.Errorf("%d orders, want %v ± %.0f", len(got), mean, 4*math.Sqrt(mean))
	}
	// Exponential gaps have a standard deviation that equals their mean. Even
	// spacing would have none.
	var sum, squares float64
	for i := 1; i < len(got); i++ {
		gap := (got[i] - got[i-1]).Seconds()
		sum, squares = sum+gap, squares+gap*gap
	}
	n := float64(len(got) - 1)
	if cv := math.Sqrt(squares/n-sum*sum/n/n) / (sum / n); math.Abs(cv-1) > 0.05 {
		t.Errorf("gaps vary by %.2f of their mean, want about 1", cv)
	}
	if got := dues(load.Poisson(0, during, 7)); got != nil {
		t.Errorf("rate 0 offers %d orders", len(got))
	}
}

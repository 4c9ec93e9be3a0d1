package report

import (
	"testing"

	"github.com/sagabench/sagabench/bench/record"
)

// A knee is the same in whatever order its repeats come.
func TestAKneeHoldsEveryRepeat(t *testing.T) {
	for _, c := range []struct {
		repeats [][2]float64
		want    string
	}{
		{[][2]float64{{20, 40}, {30, 60}, {25, 50}}, "20.0–60.0/s"},
		{[][2]float64{{20, 40}, {30, 0}, {25, 50}}, "above 20/s"},
		{[][2]float64{{30, 0}, {20, 40}, {25, 50}}, "above 20/s"},
		{[][2]float64{{20, 40}, {0, 60}}, "below 60/s"},
		{[][2]float64{{0, 60}, {20, 0}, {30, 70}}, "not found"},
	} {
		var k knee
		for i, ends := range c.repeats {
			one := record.Knee{Lo: ends[0], Hi: ends[1], Rungs: 2}
			if i == 0 {
				k = knee{one, 1}
			} else {
				k.widen(one)
			}
		}
		if k.words() != c.want || k.repeats != len(c.repeats) || k.Rungs != 2*k.repeats {
			t.Errorf("%v: %s of %d repeats and %d rungs, want %s", c.repeats, k.words(), k.repeats, k.Rungs, c.want)
		}
	}
}

package report

import (
	"fmt"
	"math"

	"github.com/sagabench/sagabench/bench/measure"
)

// proportion writes k in n with what the true share may be, at 95 %: "0 of 540
// (≤ 0.55 % at 95 %)", or "3 of 540 (0.11–1.6 % at 95 %)".
func proportion(k, n int) string {
	switch {
	case n == 0:
		return "none judged"
	case k == 0:
		return fmt.Sprintf("0 of %s (≤ %s %% at 95 %%)", grouped(n), percent(measure.AtMost(0, n)))
	}
	lo, hi := measure.Between(k, n)
	return fmt.Sprintf("%s of %s (%s–%s %% at 95 %%)", grouped(k), grouped(n), percent(lo), percent(hi))
}

// percent writes a share with two significant digits and no exponent.
func percent(share float64) string {
	p := share * 100
	if p <= 0 {
		return "0"
	}
	decimals := max(0, 1-int(math.Floor(math.Log10(p))))
	return fmt.Sprintf("%.*f", decimals, p)
}

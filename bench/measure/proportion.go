package measure

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// AtMost is the exact one-sided upper bound on a share of which k in n were
// seen, at 95 % (Clopper and Pearson). Seeing none of n does not make the share
// zero: it makes it at most about 3/n.
func AtMost(k, n int) float64 {
	if n == 0 || k >= n {
		return 1
	}
	return distuv.Beta{Alpha: float64(k) + 1, Beta: float64(n - k)}.Quantile(0.95)
}

// Between is the exact two-sided interval on a share, at 95 %.
func Between(k, n int) (lo, hi float64) {
	lo, hi = 0, 1
	if n == 0 {
		return lo, hi
	}
	if k > 0 {
		lo = distuv.Beta{Alpha: float64(k), Beta: float64(n-k) + 1}.Quantile(0.025)
	}
	if k < n {
		hi = distuv.Beta{Alpha: float64(k) + 1, Beta: float64(n - k)}.Quantile(0.975)
	}
	return lo, hi
}

// Share writes "0 of 540 (≤ 0.55 % at 95 %)", or "3 of 540 (0.11–1.6 % at 95 %)".
func Share(k, n int) string {
	switch {
	case n == 0:
		return "none judged"
	case k == 0:
		return fmt.Sprintf("0 of %s (≤ %s %% at 95 %%)", grouped(n), percent(AtMost(0, n)))
	}
	lo, hi := Between(k, n)
	return fmt.Sprintf("%s of %s (%s–%s %% at 95 %%)", grouped(k), grouped(n), percent(lo), percent(hi))
}

// grouped writes a number in groups of three digits: 13,506.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
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

package measure

import "gonum.org/v1/gonum/stat/distuv"

// AtMost is the exact one-sided upper bound on a share of which k in n were
// seen, at 95 % (Clopper and Pearson). Seeing none of n does not make the share
// zero: it makes it at most about 3/n.
func AtMost(k, n int) float64 {
	if k >= n {
		return 1
	}
	return distuv.Beta{Alpha: float64(k) + 1, Beta: float64(n - k)}.Quantile(0.95)
}

// Between is the exact two-sided interval on a share, at 95 %.
func Between(k, n int) (lo, hi float64) {
	lo, hi = 0, 1
	if k > 0 {
		lo = distuv.Beta{Alpha: float64(k), Beta: float64(n-k) + 1}.Quantile(0.025)
	}
	if k < n {
		hi = distuv.Beta{Alpha: float64(k) + 1, Beta: float64(n - k)}.Quantile(0.975)
	}
	return lo, hi
}

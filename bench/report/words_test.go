package report

import "testing"

func TestProportion(t *testing.T) {
	for _, c := range []struct {
		k, n int
		want string
	}{
		{0, 0, "not tested"},
		{0, 20000, "0 of 20,000 (≤ 0.015 % at 95 %)"}, // the rule of three
		{0, 540, "0 of 540 (≤ 0.56 % at 95 %)"},
		{0, 10, "0 of 10 (≤ 26 % at 95 %)"},
		{3, 540, "3 of 540 (0.11–1.7 % at 95 %)"},
		{10, 10, "10 of 10 (69–100 % at 95 %)"},
	} {
		if got := proportion(c.k, c.n); got != c.want {
			t.Errorf("%d of %d: got %q, want %q", c.k, c.n, got, c.want)
		}
	}
}

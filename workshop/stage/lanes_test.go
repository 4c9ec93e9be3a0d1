package stage

import "testing"

// Two keys that differ are shown so that they do.
func TestKeysAreShownApart(t *testing.T) {
	for _, c := range []struct{ a, b, first, second string }{
		{"o-1.charge", "o-1.refund", `"o-1.charge"`, `"o-1.refund"`},
		{"a-long-beginning-1-and-a-long-end-of-it", "a-long-beginning-2-and-a-long-end-of-it",
			`"…ginning-1-and-a-long-end…"`, `"…ginning-2-and-a-long-end…"`},
		{"", "o-1", `""`, `"o-1"`},
	} {
		if x, y := apart(c.a, c.b); x != c.first || y != c.second {
			t.Errorf("%q and %q are shown as %s and %s, want %s and %s", c.a, c.b, x, y, c.first, c.second)
		}
	}
}

package nearest_test

import (
	"testing"

	"github.com/sagabench/sagabench/internal/nearest"
)

func TestWord(t *testing.T) {
	styles := []string{"choreography", "orchestration", "baseline"}
	for _, c := range []struct{ typed, want string }{
		{"choreografy", "choreography"},
		{"orchestation", "orchestration"},
		{"baseline", "baseline"},
		{"base", ""},
		{"", ""},
		{"zzzzzzzz", ""},
	} {
		if got, ok := nearest.Word(c.typed, styles); got != c.want || ok != (c.want != "") {
			t.Errorf("Word(%q) = %q, %v, want %q", c.typed, got, ok, c.want)
		}
	}
	// A word of two letters is not the correction of another.
	if got, ok := nearest.Word("ab", []string{"xy"}); ok {
		t.Errorf("Word(ab) = %q", got)
	}
}

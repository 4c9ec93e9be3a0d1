package nearest_test

import (
	"testing"

	"github.com/sagabench/sagabench/internal/nearest"
)

func TestHint(t *testing.T) {
	styles := []string{"choreography", "orchestration", "baseline"}
	for typed, want := range map[string]string{
		"choreografy":  "choreography",
		"orchestation": "orchestration",
		"baseline":     "baseline",
		"base":         "",
		"":             "",
		"zzzzzzzz":     "",
	} {
		all := "; want one of choreography, orchestration, baseline"
		if want != "" {
			want = `; did you mean "` + want + `"?`
			all = want
		}
		if got := nearest.Hint(typed, styles); got != want {
			t.Errorf("Hint(%q) = %q, want %q", typed, got, want)
		}
		if got := nearest.HintOrAll(typed, styles); got != all {
			t.Errorf("HintOrAll(%q) = %q, want %q", typed, got, all)
		}
	}
	// A word of two letters is not the correction of another.
	if got := nearest.Hint("ab", []string{"xy"}); got != "" {
		t.Errorf("Hint(ab) = %q", got)
	}
}

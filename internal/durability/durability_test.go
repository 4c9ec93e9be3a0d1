package durability_test

import (
	"flag"
	"testing"

	"github.com/sagabench/sagabench/internal/durability"
)

var _ flag.Value = new(durability.Level)

func TestSet(t *testing.T) {
	var l durability.Level
	for _, want := range durability.Levels {
		if err := l.Set(want.String()); err != nil || l != want {
			t.Errorf("Set(%v): %v, %v", want, l, err)
		}
	}
	for word, want := range map[string]string{
		"proces": `unknown durability "proces"; did you mean "process"?; want memory, process or power`,
		"disk":   `unknown durability "disk"; want memory, process or power`,
		"":       `unknown durability ""; want memory, process or power`,
	} {
		if err := l.Set(word); err == nil || err.Error() != want || l != durability.Power {
			t.Errorf("Set(%q): %v, %v, want the error %s", word, l, err, want)
		}
	}
}

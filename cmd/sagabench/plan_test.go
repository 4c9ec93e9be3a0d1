package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/plan"
)

// The help of plan names every key that a plan file may have. What the keys are
// is read from the reader's error about one that it does not know.
func TestPlanHelpNamesEveryKey(t *testing.T) {
	_, err := plan.Read("p", []byte("qqqqqqqq: 1\npolicy: {qqqqqqqq: 1}\nscenarios:\n  - {qqqqqqqq: 1}\n"), styleNames())
	if err == nil {
		t.Fatal("qqqqqqqq is a key")
	}
	lists := regexp.MustCompile(`has no key "qqqqqqqq"; want one of (.*)`).FindAllStringSubmatch(err.Error(), -1)
	if len(lists) != 3 {
		t.Fatalf("want three lists of keys, got %v", err)
	}
	help := planCommand().Long
	for _, list := range lists {
		for _, key := range strings.Split(list[1], ", ") {
			if !regexp.MustCompile(`\b` + key + `\b`).MatchString(help) {
				t.Errorf("the help does not name %q", key)
			}
		}
	}
}

package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/threshold"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// The guides list every word that a plan or a threshold may hold, and no other.
func TestGuidesListEveryWord(t *testing.T) {
	for _, c := range []struct {
		page, heading string
		words         []string
	}{
		{"plans.md", "## Named plans", plan.Names},
		{"plans.md", "### Of a plan", keys(t, "zzzzzzzz: 1")},
		{"plans.md", "### Of a policy", keys(t, "policy: {zzzzzzzz: 1}")},
		{"plans.md", "### Of a scenario", keys(t, "scenarios: [{zzzzzzzz: 1}]")},
		{"plans.md", "### Kinds", record.Kinds},
		{"plans.md", "## Faults", texts(fault.Kinds)},
		{"plans.md", "## Durability", texts(durability.Levels)},
		{"thresholds.md", "### Clocks", texts(measure.Clocks)},
		{"thresholds.md", "### Outcomes", texts(food.Endings)},
		{"thresholds.md", "### Other metrics", threshold.Metrics},
		{"thresholds.md", "## Exit codes", exitCodes(t)},
	} {
		listed := firstColumn(read(t, "../../docs/"+c.page), c.heading)
		for _, word := range c.words {
			if !slices.Contains(listed, word) {
				t.Errorf("docs/%s, %q: %s is not there", c.page, c.heading, word)
			}
		}
		for _, word := range listed {
			if !slices.Contains(c.words, word) {
				t.Errorf("docs/%s, %q: the program knows no %s", c.page, c.heading, word)
			}
		}
	}
	guide := read(t, "../../docs/thresholds.md")
	for _, p := range measure.Percentiles {
		if !strings.Contains(guide, "`"+p+"`") {
			t.Errorf("docs/thresholds.md does not list the percentile %s", p)
		}
	}
}

// keys lists the keys that the parser offers in place of one that it does not
// know.
func keys(t *testing.T, text string) []string {
	t.Helper()
	_, err := plan.Read("plan.yaml", []byte(text), nil)
	if err != nil {
		if all := regexp.MustCompile(`has no key "zzzzzzzz"; want one of (.*)`).FindStringSubmatch(err.Error()); all != nil {
			return strings.Split(all[1], ", ")
		}
	}
	t.Fatalf("no keys in %v", err)
	return nil
}

// exitCodes reads them where they are stated.
func exitCodes(t *testing.T) (codes []string) {
	for _, m := range regexp.MustCompile(`(?m)^\texit\w+ += (\d+)$`).FindAllStringSubmatch(read(t, "exit.go"), -1) {
		codes = append(codes, m[1])
	}
	return codes
}

func texts[W ~string](words []W) (all []string) {
	for _, w := range words {
		all = append(all, string(w))
	}
	return all
}

// firstColumn lists the names in the first column of the first table below a
// heading.
func firstColumn(page, heading string) (names []string) {
	_, below, _ := strings.Cut(page, "\n"+heading+"\n")
	for line := range strings.Lines(below) {
		name := regexp.MustCompile("^\\| `([^`]+)` \\|").FindStringSubmatch(line)
		switch {
		case name != nil:
			names = append(names, name[1])
		case len(names) > 0 || strings.HasPrefix(line, "#"):
			return names
		}
	}
	return names
}

// The comparison bites: the table of another heading is not read.
func TestFirstColumn(t *testing.T) {
	page := "# A\n\n## B\n\ntext\n\n| x | y |\n|---|---|\n| `one` | 1 |\n| `two` | 2 |\n\n| `three` | 3 |\n\n## C\n\n## D\n\n| `four` | 4 |\n"
	if got := firstColumn(page, "## B"); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("below B there is %q", got)
	}
	if got := firstColumn(page, "## C"); got != nil {
		t.Errorf("below C there is %q", got)
	}
}

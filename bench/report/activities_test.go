package report_test

import (
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
)

// Scenarios with local activities stand beside the same with remote ones, and
// count for nothing that is reported of the run.
func TestLocalActivitiesAreSetBesideRemoteOnes(t *testing.T) {
	dir, r := draw(t, "local")
	text := string(read(t, dir, report.MarkdownFile))
	_, section, found := strings.Cut(text, "## Remote or local activities")
	if !found {
		t.Fatalf("no section in\n%s", text)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, want := range []string{
		"**12/s: refused-0 and local**", "| history events per order | 61.0 | 13.0 | 0.213 × (0.213–0.213) |",
		"**overload: saturation of 48/s offered, and local-full of 160/s**", "| orders settled per second | 37.8/s |",
		"instead of 61.0", "Below six repeats",
	} {
		if !strings.Contains(section, want) {
			t.Errorf("no %q in\n%s", want, section)
		}
	}
	if strings.Contains(section, "local-alone") {
		t.Error("a scenario stands beside none that is the same")
	}
	if c := r.Capacity["orchestration"]; float64(c.Offered) != 48 {
		t.Errorf("the capacity is of %v/s offered, want that of remote activities", c.Offered)
	}
	for _, c := range r.Cells {
		if local := c.Scenario == "local-full"; c.Kind == record.KindSaturation && c.Share.OK() == local {
			t.Errorf("%s is %v of a ceiling of remote activities", c.ID, c.Share)
		}
	}
	dir, _ = draw(t, "small")
	if strings.Contains(string(read(t, dir, report.MarkdownFile)), "local activities") {
		t.Error("a run without local activities reports them")
	}
}

// A rate that kept up with its offer is no limit. And six repeats give intervals,
// though there is no other style to compare with.
func TestLocalRatesThatKeptUp(t *testing.T) {
	shapes := localShapes()
	shapes[3].rate = 30
	for i := range shapes {
		shapes[i].repeats, shapes[i].styles = []int{1, 2, 3, 4, 5, 6}, both[1:]
	}
	dir := t.TempDir()
	if err := write(dir, shapes, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Draw(dir, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	text := string(read(t, dir, report.MarkdownFile))
	if strings.Contains(text, "| orders settled per second |") {
		t.Error("the rates are set against each other")
	}
	if !strings.Contains(text, "Behind it is the 95 % confidence interval of that median.") {
		t.Error("the intervals are not called so")
	}
}

package report_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/food"
)

// The orders of the warm-up are judged like all others, and no finding counts
// them: what it reports of the measured orders must hold of these alone.
func TestFindingsLeaveOutTheWarmup(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	refused := 0
	err := write(dir, smokeShapes(), func(d *record.Data) {
		for i := range d.Orders {
			if d.Orders[i].Warmup {
				d.Orders[i].Outcome = string(food.RestaurantFailed)
			} else if d.Orders[i].Outcome == string(food.RestaurantFailed) {
				refused++
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.Draw(dir, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	text := string(read(t, dir, report.MarkdownFile))
	_, after, _ := strings.Cut(text, "Compensation")
	finding, _, found := strings.Cut(after, "compensated to the end")
	if want := fmt.Sprintf("%d orders were paid for and then refused", refused); !found || !strings.Contains(finding, want) {
		t.Errorf("want %q in %q", want, finding)
	}
}

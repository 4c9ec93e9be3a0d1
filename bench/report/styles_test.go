package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/bench/threshold"
)

// A style is a key: a run of one, and a run of four of which the last is unknown,
// are judged, drawn, compared and checked against thresholds as any other.
func TestAnyNumberOfStyles(t *testing.T) {
	for run, styles := range map[string][]string{
		"alone": {"choreography"},
		"four":  {"choreography", "orchestration", "baseline", "relay"},
	} {
		dir, r := draw(t, run)
		if r.Verdict.String() != "holds" {
			t.Errorf("%s: %v: %v", run, r.Verdict, r.Reasons)
		}
		for _, plot := range []string{"latency", "failures", "outage", "outcomes", "timeline"} {
			svg := string(read(t, dir, report.PlotsDir+"/"+plot+".svg"))
			for _, style := range styles {
				if !strings.Contains(svg, style) {
					t.Errorf("%s: %s is not in the plot %s", run, style, plot)
				}
			}
		}
		runs, err := measure.Across(r, r)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := report.Across(&text, runs); err != nil {
			t.Fatal(err)
		}
		var limits []string
		for _, style := range styles {
			limits = append(limits, style+".refused-50.settled.p50<1s")
			if !strings.Contains(text.String(), style+", refused-50") {
				t.Errorf("%s: %s was not compared with itself", run, style)
			}
		}
		all, err := threshold.ParseAll(limits, styles)
		if err != nil {
			t.Fatal(err)
		}
		if found := threshold.Judge(r, all); len(found) != len(styles) || threshold.Worst(found) != threshold.Met {
			t.Errorf("%s: %+v", run, found)
		}
	}
}

// Each style is compared with the first, but for the baseline, and has a look that
// no other has.
func TestEveryStyleOverTheFirst(t *testing.T) {
	dir, r := draw(t, "four")
	i := slices.IndexFunc(r.Comparisons, func(c measure.Comparison) bool {
		return c.Metric == "completed.settled.p50_ms" && c.Scenario == "refused-0"
	})
	c := r.Comparisons[i]
	if !slices.Equal(c.Of, []string{"choreography", "orchestration", "relay"}) || len(c.Ratios) != 2 || len(c.Repeats) != 3 {
		t.Errorf("compared are %v, in %d repeats: %v", c.Of, len(c.Repeats), c.Ratios)
	}
	for _, style := range c.Of[1:] {
		if j := c.Over(style); !(j.Ratio > 1) || j.N != 3 || j.Interval == nil {
			t.Errorf("%s over the first is %+v", style, j)
		}
	}
	text := string(read(t, dir, report.MarkdownFile))
	for _, want := range []string{
		"| metric | choreography | orchestration | baseline | relay | orchestration over choreography | relay over choreography |",
		"| setting | choreography | orchestration | known | equal |",
		"One refused order, in every style",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("report.md lacks %q", want)
		}
	}
	svg := string(read(t, dir, report.PlotsDir+"/latency.svg"))
	for style, colour := range map[string]string{"choreography": "#0072B2", "orchestration": "#D55E00", "baseline": "#6B7280", "relay": "#009E73"} {
		if !strings.Contains(strings.ToUpper(svg), colour) {
			t.Errorf("%s is not drawn in %s", style, colour)
		}
	}
}

// The baseline is compared with nothing, and can be run alone.
func TestTheBaselineAlone(t *testing.T) {
	dir, shapes := t.TempDir(), smallShapes()[:1]
	shapes[0].styles = []string{"baseline"}
	if err := write(dir, shapes, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Draw(dir, report.Styles{}); err != nil {
		t.Error(err)
	}
}

package report

import (
	"slices"
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
)

// A fault that one style was given and the other was not has a line of its own, and no zero
// that looks as if it had merely not fired.
func TestFaultsOfOneStyle(t *testing.T) {
	const half, few = "payment.charge:refuse@50%", "payment.charge:refuse@8%"
	cells := []record.Cell{
		{ID: "dinner-choreography-1", Style: record.Choreography, Scenario: "dinner", Faults: []string{half}},
		{ID: "dinner-orchestration-1", Style: record.Orchestration, Scenario: "dinner", Faults: []string{few}},
		{ID: "dinner-orchestration-2", Style: record.Orchestration, Scenario: "dinner", Faults: []string{few}},
	}
	d := &data{Judged: &results.Judged{
		Run: record.Run{Cells: cells},
		Fired: map[string]map[string]results.Fired{
			cells[0].ID: {half: {Times: 12, Orders: 12}},
			cells[1].ID: {few: {Times: 1, Orders: 1}},
		},
	}}
	for _, c := range cells {
		d.Results.Cells = append(d.Results.Cells, measure.Cell{ID: c.ID, Style: c.Style, Scenario: c.Scenario})
	}
	want := [][]string{
		{"dinner", half, "12 times on 12 orders", "not planned"},
		{"dinner", few, "not planned", "1 time on 1 order"},
	}
	if got := d.faultTable().Rows; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q, want %q", got, want)
	}
}

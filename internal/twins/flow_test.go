package twins_test

import (
	"slices"
	"testing"

	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/twins"
)

// Both twins are the same flow, but for what one knows and the other can't: that the
// customer has cancelled. Where the workflow stops, the participants go on, and find in
// the ledger that the door is closed.
func TestTwinsAreTheSameFlow(t *testing.T) {
	choreography, orchestration := twins.Choreography.Flow(), twins.Orchestration.Flow()
	var got []string
	for _, d := range flow.Diff(choreography, orchestration) {
		got = append(got, d.Text("choreography", "orchestration"))
	}
	want := []string{
		"charge done, once cancelled: confirm in the choreography alone",
		"confirm done, once cancelled: assign ∥ status-confirmed ∥ award ∥ mail-confirmed in the choreography alone",
	}
	if !slices.Equal(got, want) {
		t.Errorf("they differ in\n%q\nwant\n%q", got, want)
	}
	for _, f := range []flow.Flow{choreography, orchestration} {
		if len(f.Gaps) > 0 {
			t.Errorf("%s: %q", f.Style, f.Gaps)
		}
	}
}

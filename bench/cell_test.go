package bench

import (
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// A cell records what differs from the run, and nothing else.
func TestCellsRecordHowTheyDiffer(t *testing.T) {
	p := plan.Plan{Styles: []string{"a"}, Repeats: 1, Durability: durability.Process, Policy: food.DefaultPolicy}
	for want, s := range map[string]plan.Scenario{
		"": {Concurrency: food.DefaultPolicy.Concurrency, ServiceTime: "none", Durability: durability.Process, Activities: record.RemoteActivities},
		"durability memory, 8 calls at a time, service time realistic": {Concurrency: 8, ServiceTime: "realistic", Durability: durability.Memory},
		"local activities": {Activities: record.LocalActivities},
		"a keyless world":  {World: record.KeylessWorld},
	} {
		p.Scenarios = []plan.Scenario{s}
		c := newCell(p, p.Blocks()[0], s, "", "")
		if got := strings.Join(c.rec.Words(), ", "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

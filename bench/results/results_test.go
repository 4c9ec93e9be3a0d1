package results_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/bench/selftest"
)

// Whatever opens a run gets numbers and verdict together.
func TestOpenedRunsAreJudgedAndMeasured(t *testing.T) {
	const orders = 4000 // so many that each fault hits some in every cell
	dir := t.TempDir()
	if err := selftest.Write(dir, orders); err != nil {
		t.Fatal(err)
	}
	j, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r := j.Results; r.Verdict != invariant.Holds || len(r.Invariants) != len(invariant.All) {
		t.Errorf("%v: %v, of %d invariants", r.Verdict, r.Violations, len(r.Invariants))
	}
	for _, inv := range j.Results.Invariants {
		repeats := inv.Name == "once" || inv.Name == "calls-explained" // of which the run has none
		if (inv.Tested == 0) != repeats || inv.Tested > inv.Judged || inv.AtMost.OK() != (inv.Faulted > 0) || inv.Faulted > inv.Tested || inv.TestedBy == "" {
			t.Errorf("%+v", inv)
		}
	}
	n, settled := 0, 0
	for _, c := range j.Results.Cells {
		n, settled = n+len(j.Orders[c.ID]), settled+c.Orders.Settled
		if c.Verdict != invariant.Holds {
			t.Errorf("%s is %v: %v", c.ID, c.Verdict, c.Reasons)
		}
		// About one order in fourteen is refused by each of three services.
		refused := map[string]int{}
		for _, o := range j.Orders[c.ID] {
			refused[o.Outcome]++
		}
		if want := len(j.Orders[c.ID]) - refused["completed"]; want == 0 || c.Faulted != want || c.Wrong != 0 || c.FaultWrong != 0 {
			t.Errorf("%s: %d wrong, %d met a fault, of these %d wrong; want 0, %d, 0", c.ID, c.Wrong, c.Faulted, c.FaultWrong, want)
		}
		for i, rule := range j.Run.Cells[0].Faults {
			if got, want := j.Fired[c.ID][rule], refused[[]string{"payment_declined", "restaurant_failed", "no_partner"}[i]]; got.Times != want || got.Orders != want {
				t.Errorf("%s fired %d times on %d orders of %s, want %d", rule, got.Times, got.Orders, c.ID, want)
			}
		}
	}
	if n != orders || settled != orders {
		t.Errorf("%d orders, %d settled, want %d", n, settled, orders)
	}
}

func TestDamagedFoldersHaveNoNumbers(t *testing.T) {
	for _, name := range []string{record.OrdersFile, record.CallsFile, record.EffectsFile, record.FaultsFile, record.SamplesFile, record.StoriesFile} {
		dir := t.TempDir()
		if err := selftest.Write(dir, 400); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("damaged"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := results.Open(dir); !errors.Is(err, record.ErrDamaged) {
			t.Errorf("%s: %v, want %v", name, err, record.ErrDamaged)
		}
	}
}

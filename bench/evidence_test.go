package bench_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// What a judge needs is in the folder of a run: each attempt, before the row that it
// wrote; whom each row was for; what was ordered; and the policy in numbers.
func TestTheFolderHasTheEvidence(t *testing.T) {
	f := runOf(t, plan.Scenario{
		Name: "load", Kind: record.KindCustom, Rate: 100, During: time.Second,
		Faults: []string{"payment.charge:fail(2)@100%", "loyalty.award:lose-reply@100%"},
	})
	want := record.Retry{Attempts: 8, UndoAttempts: 60, FirstBackoff: 100, MaxBackoff: 2000, CallTimeout: 4000, Redelivery: 5000}
	if f.Run.Retry != want {
		t.Errorf("retries: %+v, want %+v", f.Run.Retry, want)
	}
	orders := map[string]record.Order{}
	for o, err := range f.Orders() {
		orders[o.ID] = must(t, o, err)
		if o.Restaurant == "" || !strings.Contains(o.Items, "*") {
			t.Fatalf("nothing was ordered: %+v", o)
		}
	}
	type key struct {
		order, action string
		attempt       int
	}
	called, attempts := map[key]float64{}, map[string]int{}
	for c, err := range f.Calls() {
		c = must(t, c, err)
		called[key{c.Order, c.Action, c.Attempt}] = c.At
		attempts[c.Action]++
	}
	for e, err := range f.Effects() {
		e = must(t, e, err)
		at, ok := called[key{e.Order, e.Action, e.Attempt}]
		if !ok || at > e.At+0.001 || at < e.At-1000 {
			t.Fatalf("called %v at %v: %+v", ok, at, e)
		}
		if o := orders[e.Order]; e.Outcome == "done" && !strings.HasSuffix(e.For, o.Customer) && !strings.HasPrefix(e.For, o.Restaurant+": ") {
			t.Fatalf("a row of %+v: %+v", o, e)
		}
	}
	n := len(orders)
	if n != 100 || attempts["charge"] != 3*n || attempts["award"] != 2*n || attempts["assign"] != n {
		t.Errorf("%d orders, attempts: %v", n, attempts)
	}
}

// In a weak world a repeated call happens again, and the cell says where it was.
func TestWeakWorld(t *testing.T) {
	f := runOf(t, plan.Scenario{
		Name: "load", Kind: record.KindCustom, Rate: 50, During: time.Second, World: record.KeylessWorld,
		Faults: []string{"payment.charge:lose-reply@100%"},
	})
	if got := f.Run.Cells[0].World; got != record.KeylessWorld {
		t.Errorf("the world is %q", got)
	}
	charges := 0
	for e, err := range f.Effects() {
		if must(t, e, err); e.Action == "charge" {
			charges++
		}
	}
	if charges != 100 {
		t.Errorf("%d charges of 50 orders, want 2 each", charges)
	}
}

// runOf runs one scenario of the toy style.
func runOf(t *testing.T, s plan.Scenario) *record.Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	_, err := bench.Run(t.Context(), plan.Plan{
		Name: "own", Styles: []string{"toy"}, Repeats: 1, Durability: durability.Memory, Seed: 1, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{s},
	}, bench.Options{
		ID: "own", Dir: dir, Data: dir + ".data", Styles: map[string]bench.Style{"toy": bench.InProcess(meal.coordinator)},
	})
	f, openErr := record.Open(dir)
	if err := errors.Join(err, openErr); err != nil {
		t.Fatal(err)
	}
	return f
}

func must[T any](t *testing.T, row T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return row
}

package invariant_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// data makes a cell's part of a run folder of histories.
func data(c record.Cell, all []invariant.History) record.Data {
	number(all)
	d := record.Data{Cell: c}
	for _, h := range all {
		if h.Offered {
			d.Orders = append(d.Orders, h.Order)
		}
		d.Effects = append(d.Effects, h.Rows...)
		d.Faults = append(d.Faults, h.Faults...)
	}
	return d
}

// twins are the same orders in both styles: rows come in another order and no
// row is where it was, and nothing that matters differs.
func twins() (a, b record.Data) {
	c := planned()
	c.ID = "s-choreography-1"
	a = data(c, orders(first))
	c.ID, c.Style = "s-orchestration-1", "orchestration"
	return a, data(c, orders(rush))
}

func write(t testing.TB, run record.Run, cells ...record.Data) *record.Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir)
	for _, c := range cells {
		err = errors.Join(err, w.Add(c))
	}
	if err := errors.Join(err, w.Close(run)); err != nil {
		t.Fatal(err)
	}
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func judgeRun(t *testing.T, run record.Run, cells ...record.Data) invariant.Judgement {
	t.Helper()
	j, err := invariant.Judge(write(t, run, cells...))
	if err != nil {
		t.Fatal(err)
	}
	if wrong := misfits(j.Counts); len(wrong) > 0 {
		t.Errorf("counts that can't be: %+v", wrong)
	}
	return j
}

func TestJudge(t *testing.T) {
	a, b := twins()
	got := judgeRun(t, record.Run{}, a, b)
	if got.Verdict != invariant.Holds || len(got.Cells) != 2 || got.Cells[1].Cell != "s-orchestration-1" {
		t.Errorf("%+v", got)
	}
	n := len(endings)
	want := map[string]int{
		"not-lost": 2 * n, "not-from-nowhere": 2 * n, "settles": 2 * n, "nothing-after-settled": 2 * n, "mails-sent": 2 * n,
		"charged-once": 2 * n, "causes-first": 2 * n, "one-row-per-call": 2 * n, "no-stray-rows": 2 * n, "money-conserved": 2 * n,
		"charged-its-total": 2 * (n - 2), "refunded-if-cancelled": 2 * (n - 2),
		"completed-was-charged": 2, "completed-has-all": 2,
		"cancelled-has-nothing": 2 * (n - 1), "no-good-news-after-bad": 2 * (n - 1), "only-undos-after-cancelled": 2 * (n - 1),
		"same-story": n,
	}
	// Of each ending but completed there is one that was refused and one given up.
	tested := map[string]int{
		"charged-once": 2, "one-row-per-call": 2 * 3, "refunded-if-cancelled": 2 * 4, "money-conserved": 2 * 5,
		"cancelled-has-nothing": 2 * 2, "no-good-news-after-bad": 2 * 2,
	}
	for _, c := range got.Counts {
		n, differs := tested[c.Invariant]
		if !differs {
			n = want[c.Invariant]
		}
		if c.Of != want[c.Invariant] || c.Tested != n || c.Broken != 0 {
			t.Errorf("%+v, want 0 of %d, tested by %d", c, want[c.Invariant], n)
		}
	}
}

func TestJudgeMergesAllThreeFiles(t *testing.T) {
	a, b := twins()
	// One order has rows and was not offered, one was offered and has none, and
	// one is known by a fault alone.
	a.Orders = append(a.Orders[1:], record.Order{ID: "zz", Sent: 1, Accept: 1, Decision: math.NaN(), Settled: math.NaN()})
	a.Faults = append(a.Faults, record.Fault{Order: "a", Rule: "payment.charge:refuse@10%", Kind: "refuse", Action: "charge"})
	got := judgeRun(t, record.Run{}, a, b)
	want := []string{"not-lost", "not-from-nowhere", "settles", "money-conserved", "same-story"}
	if fired := broken(got.Counts); got.Verdict != invariant.Broken || !slices.Equal(fired, want) {
		t.Errorf("%v: %v", fired, got.Cells[0].Violations)
	}
	if reasons := fmt.Sprint(got.Cells[0].Reasons); strings.Contains(reasons, "explains") {
		t.Errorf("the faults of other orders got lost: %s", reasons)
	}
}

func TestVerdictOfTheRun(t *testing.T) {
	a, b := twins()
	wrong, _ := twins()
	wrong.Effects = slices.DeleteFunc(wrong.Effects, func(e record.Effect) bool { return e.Order == "o-0" && e.Action == "mail-confirmed" })
	for i := range wrong.Effects {
		wrong.Effects[i].Seq = int64(i + 1)
	}
	lost, _ := twins()
	lost.Effects = lost.Effects[1:]
	doubtful, _ := twins()
	doubtful.Cell.Gaps = 1
	for name, c := range map[string]struct {
		run   record.Run
		cells []record.Data
		want  invariant.Verdict
	}{
		"both hold":           {record.Run{}, []record.Data{a, b}, invariant.Holds},
		"one alone":           {record.Run{}, []record.Data{b}, invariant.Holds},
		"one broken":          {record.Run{}, []record.Data{wrong, b}, invariant.Broken},
		"one unknown":         {record.Run{}, []record.Data{doubtful, b}, invariant.Unknown},
		"one lost a row":      {record.Run{}, []record.Data{lost, b}, invariant.Unknown},
		"interrupted":         {record.Run{Interrupted: true}, []record.Data{a, b}, invariant.Unknown},
		"interrupted, broken": {record.Run{Interrupted: true}, []record.Data{wrong}, invariant.Broken},
		"no cells":            {record.Run{}, nil, invariant.Unknown},
	} {
		if got := judgeRun(t, c.run, c.cells...); got.Verdict != c.want {
			t.Errorf("%s: %v, want %v: %v", name, got.Verdict, c.want, got.Reasons)
		}
	}
}

func TestSameStory(t *testing.T) {
	shop := func(edit func([]invariant.History)) record.Data {
		c := planned()
		c.ID, c.Style = "s-orchestration-1", "orchestration"
		all := orders(rush)
		edit(all)
		return data(c, all)
	}
	completedInstead := func(i int) func([]invariant.History) {
		return func(all []invariant.History) {
			all[i] = play(all[i].Order.ID, all[i].Order.Total, "", "", first)
		}
	}
	for _, c := range []struct {
		name  string
		other record.Data
		wrong string // "" if nothing differs
		of    int
	}{
		{"same", shop(func([]invariant.History) {}), "", len(endings)},
		{"another ending", shop(completedInstead(3)), "in s-choreography-1 restaurant_failed: charge done, confirm refused", len(endings)},
		{"refused and given up", shop(func(all []invariant.History) {
			all[3] = play(all[3].Order.ID, all[3].Order.Total, "confirm", "gave_up", first)
		}), "confirm blocked", len(endings)},
		{"a row less", shop(func(all []invariant.History) { drop("award")(&all[0]) }), "completed: assign done, award done, ", len(endings)},
		{"an order less", shop(func(all []invariant.History) { all[6].Offered, all[6].Rows = false, nil }), "offered in s-choreography-1 and not in s-orchestration-1", len(endings)},
		{"an order more", shop(func(all []invariant.History) {
			all[0].Order.ID = "another"
			for i := range all[0].Rows {
				all[0].Rows[i].Order = "another"
			}
		}), "offered in s-orchestration-1 and not in s-choreography-1", len(endings) + 1},
		{"another total", shop(func(all []invariant.History) { all[1].Order.Total++ }), "for 11.90, and s-orchestration-1 from customer of o-1 for 11.91", len(endings)},
		{"another customer", shop(func(all []invariant.History) { all[1].Order.Customer = "Bo" }), "from Bo for 11.90", len(endings)},
		{"dropped by the generator", shop(func(all []invariant.History) {
			o := &all[2].Order
			all[2].Rows, all[2].Faults, o.Outcome = nil, nil, ""
			o.Sent, o.Accept, o.Decision, o.Settled = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		}), "", len(endings) - 1},
	} {
		a, _ := twins()
		got := judgeRun(t, record.Run{}, a, c.other)
		violations := fmt.Sprint(got.Violations)
		if (len(got.Violations) > 0) != (c.wrong != "") || !strings.Contains(violations, c.wrong) {
			t.Errorf("%s: %s, want %q", c.name, violations, c.wrong)
		}
		if want := c.wrong != ""; (got.Verdict == invariant.Broken) != want {
			t.Errorf("%s: %v", c.name, got.Verdict)
		}
		if n := got.Counts[len(got.Counts)-1]; n.Of != c.of || n.Tested != c.of {
			t.Errorf("%s: %+v, want of %d, and all of them tests", c.name, n, c.of)
		}
	}
}

// Where orders are placed as others end, one style may have been offered more. What
// both were offered must still have ended alike.
func TestSameStoryOfOrdersUnderWay(t *testing.T) {
	a, b := twins()
	a.Cell.InFlight, b.Cell.InFlight = 1000, 64
	b.Orders, b.Effects = b.Orders[:2], slices.DeleteFunc(b.Effects, func(e record.Effect) bool {
		return e.Order != b.Orders[0].ID && e.Order != b.Orders[1].ID
	})
	got := judgeRun(t, record.Run{}, a, b)
	if n := got.Counts[len(got.Counts)-1]; n.Of != 2 || n.Broken != 0 {
		t.Errorf("%+v, want two compared and none broken: %v", n, got.Violations)
	}
	b.Orders[1].Total++
	if got := judgeRun(t, record.Run{}, a, b); got.Counts[len(got.Counts)-1].Broken != 1 {
		t.Errorf("%+v, want the other total to be found", got.Violations)
	}
}

// Cells that were not offered the same are not compared: another repeat, rate
// or fault, and a cell that was cut short.
func TestSameStoryComparesLikeWithLike(t *testing.T) {
	for name, differ := range map[string]func(*record.Cell){
		"repeat":   func(c *record.Cell) { c.Repeat = 2 },
		"scenario": func(c *record.Cell) { c.Scenario = "other" },
		"rate":     func(c *record.Cell) { c.Offered = 4500 },
		"window":   func(c *record.Cell) { c.Window = 3 },
		"faults":   func(c *record.Cell) { c.Faults = append(c.Faults, "loyalty.award:fail(1)@1%") },
		"cut":      func(c *record.Cell) { c.Cut = true },
	} {
		a, b := twins()
		differ(&b.Cell)
		got := judgeRun(t, record.Run{}, a, b)
		if n := got.Counts[len(got.Counts)-1]; n.Of != 0 || n.Tested != 0 {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func TestDamagedFolderIsNoVerdict(t *testing.T) {
	for _, name := range []string{record.OrdersFile, record.EffectsFile, record.FaultsFile} {
		a, b := twins()
		f := write(t, record.Run{}, a, b)
		if err := os.WriteFile(filepath.Join(f.Dir, name), []byte("x\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if j, err := invariant.Judge(f); !errors.Is(err, record.ErrDamaged) || j.Verdict != invariant.Unknown {
			t.Errorf("%s: %v, %v", name, j.Verdict, err)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	const n = 5000
	var all []invariant.History
	for i := range n {
		e := endings[i%len(endings)]
		all = append(all, play(fmt.Sprintf("o-%05d", i), 1090, e.no, e.how, first))
	}
	f := write(b, record.Run{}, data(planned(), all))
	for b.Loop() {
		if j, err := invariant.Judge(f); err != nil || j.Verdict != invariant.Holds {
			b.Fatal(j.Verdict, j.Cells[0].Reasons, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/order")
}

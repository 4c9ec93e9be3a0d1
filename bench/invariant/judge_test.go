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

	"github.com/google/go-cmp/cmp"

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
		d.Calls = append(d.Calls, h.Calls...)
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
	run.Seed, run.Retry = theRun.Seed, theRun.Retry
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
	f := write(t, run, cells...)
	j, err := invariant.Judge(f)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cells { // which are arranged, because they were written
		if diff := cmp.Diff(j.Cells[i], invariant.JudgeCell(f.Run, c)); diff != "" {
			t.Errorf("in memory the judgement is another one (-folder +memory):\n%s", diff)
		}
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
	n := 2 * len(endings)
	want := map[string]int{
		"settles": n, "no-stray-rows": n, "as-ordered": n, "once": n, "money": n, "goods": n, "no-stale-news": n, "causes-first": n,
		"ends-as-drawn": n, "faults-as-drawn": n, "calls-explained": n, "on-time": n, "nothing-left-over": 2,
	}
	// Who cancels wins in the second style, as a rule, and is a little late in the first.
	tested := map[string]int{
		"once": 4, "money": 2 * 13, "goods": 14, "no-stale-news": 14, "ends-as-drawn": 14 + 13, "faults-as-drawn": 2 * 15, "calls-explained": 14,
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
	ends := got.Counts[slices.IndexFunc(got.Counts, func(c invariant.Count) bool { return c.Invariant == "ends-as-drawn" })]
	if ends.ByEnding["no_partner"] != 4 || ends.ByEnding["completed"] != 0 || ends.ByFault["refuse"] != 17 || ends.ByFault["fail"] != 10 {
		t.Errorf("%+v, want it by ending and fault", ends)
	}
}

func TestJudgeMergesAllFiles(t *testing.T) {
	a, b := twins()
	// One order has rows and was not offered, one was offered and has none, and
	// one is known by a fault alone.
	a.Orders = append(a.Orders[1:], record.Order{ID: "zz", Sent: 1, Accept: 1, Decision: math.NaN(), Settled: math.NaN()})
	a.Faults = append(a.Faults, record.Fault{Order: "a", Rule: "payment.charge:refuse@10%", Kind: "refuse", Action: "charge", At: began})
	a.Calls = append(a.Calls, record.Call{Order: "b", Service: "payment", Action: "charge", Attempt: 1, At: 1})
	got := judgeRun(t, record.Run{}, a, b)
	want := []string{"settles", "as-ordered", "faults-as-drawn"}
	if fired := broken(got.Counts); got.Verdict != invariant.Broken || !slices.Equal(fired, want) {
		t.Errorf("%v: %v", fired, got.Cells[0].Violations)
	}
	if n := got.Counts[slices.IndexFunc(got.Counts, func(c invariant.Count) bool { return c.Invariant == "faults-as-drawn" })]; n.Broken != 1 {
		t.Errorf("the faults or calls of other orders got lost: %v", got.Cells[0].Violations)
	}
}

func TestVerdictOfTheRun(t *testing.T) {
	a, b := twins()
	wrong, _ := twins()
	wrong.Effects = slices.DeleteFunc(wrong.Effects, func(e record.Effect) bool { return strings.HasPrefix(e.Order, "o-0-") && e.Action == "mail-confirmed" })
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

// Styles that were not offered the same can't be compared, and that is no style's
// fault.
func TestStylesWereOfferedTheSame(t *testing.T) {
	shop := func(edit func([]invariant.History)) record.Data {
		c := planned()
		c.ID, c.Style = "s-orchestration-1", "orchestration"
		all := orders(rush)
		edit(all)
		return data(c, all)
	}
	for _, c := range []struct {
		name  string
		other record.Data
		doubt string // "" if nothing differs
	}{
		{"same", shop(func([]invariant.History) {}), ""},
		{"an order less", shop(func(all []invariant.History) { all[6] = invariant.History{Order: record.Order{ID: "zz"}} }), "an order was offered in s-choreography-1 and not in s-orchestration-1 (1 times"},
		{"an order more", shop(func(all []invariant.History) { all[0] = play("another", 1090, "", "", first) }), "an order was offered in s-orchestration-1 and not in s-choreography-1 (1 times, first in order another-"},
		{"another price", shop(func(all []invariant.History) {
			all[1].Order.Items = "1*990 Margherita;2*101 Cola"
		}), "what was ordered differs between s-choreography-1 and s-orchestration-1 (1 times, first in order o-1-"},
		{"another customer", shop(func(all []invariant.History) { all[1].Order.Customer = "Bo" }), "what was ordered differs"},
		{"another restaurant", shop(func(all []invariant.History) { all[1].Order.Restaurant = "Bo's" }), "what was ordered differs"},
	} {
		a, _ := twins()
		got := judgeRun(t, record.Run{}, a, c.other)
		if reasons := strings.Join(got.Reasons, "; "); (reasons != "") != (c.doubt != "") || !strings.Contains(reasons, c.doubt) {
			t.Errorf("%s: %q, want %q", c.name, reasons, c.doubt)
		}
		if c.doubt != "" && got.Verdict == invariant.Holds {
			t.Errorf("%s: %v", c.name, got.Verdict)
		}
	}
}

// Where orders are placed as others end, one style may have been offered more. What
// both were offered must still be the same.
func TestOrdersUnderWayMayBeMore(t *testing.T) {
	a, b := twins()
	a.Cell.InFlight, b.Cell.InFlight = 1000, 64
	few := orders(rush)[:2]
	b = data(b.Cell, few)
	if got := judgeRun(t, record.Run{}, a, b); len(got.Reasons) > 0 {
		t.Error(got.Reasons)
	}
	few[1].Order.Customer = "Bo"
	if got := judgeRun(t, record.Run{}, a, data(b.Cell, few)); len(got.Reasons) != 1 {
		t.Errorf("%v, want the other customer to be found", got.Reasons)
	}
}

// Cells that were not offered the same are not compared: another repeat, rate
// or fault, and a cell that was cut short.
func TestLikeIsComparedWithLike(t *testing.T) {
	for name, differ := range map[string]func(*record.Cell){
		"repeat":   func(c *record.Cell) { c.Repeat = 2 },
		"scenario": func(c *record.Cell) { c.Scenario = "other" },
		"rate":     func(c *record.Cell) { c.Offered = 4500 },
		"window":   func(c *record.Cell) { c.Window = 3 },
		"faults":   func(c *record.Cell) { c.Faults = append(c.Faults, "loyalty.award:fail(1)@1%") },
		"cut":      func(c *record.Cell) { c.Cut = true },
		"died":     func(c *record.Cell) { c.Died = "the worker of the orchestration died" },
	} {
		a, b := twins()
		b = data(b.Cell, orders(rush)[:3])
		differ(&b.Cell)
		if got := judgeRun(t, record.Run{}, a, b); len(got.Reasons) > 0 {
			t.Errorf("%s: %v", name, got.Reasons)
		}
	}
}

func TestDamagedFolderIsNoVerdict(t *testing.T) {
	for _, name := range []string{record.OrdersFile, record.CallsFile, record.EffectsFile, record.FaultsFile} {
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

package checks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
)

// Every case of the bank is what its diagnosis has: by the judge, by the numbers, and by the
// order that was hit first. With other names it is the same.
func TestCasesAreWhatTheyAre(t *testing.T) {
	all, err := recordings()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(recipes) {
		t.Errorf("%d recordings of %d recipes", len(all), len(recipes))
	}
	for _, recipe := range recipes {
		t.Run(recipe.Name, func(t *testing.T) {
			t.Parallel()
			recorded := recipe.recorded(t, all)
			before := opened(t, recorded.compressed())
			recipe.holds(t, recorded.diagnosis, before)
			if unseen := recipe.unseen(t, before.Folder.Dir); !slices.Equal(unseen, recorded.Unseen) {
				t.Errorf("its report does not show\n%q\nand the bank has\n%q", unseen, recorded.Unseen)
			}
			same(t, before, renamed(t, recorded))
		})
	}
}

// recorded is the recording of a recipe, whose words are those of the recipe.
func (r recipe) recorded(t *testing.T, all []recording) recording {
	t.Helper()
	i := slices.IndexFunc(all, func(x recording) bool { return x.Name == r.Name })
	if i < 0 {
		t.Fatal("not in the bank")
	}
	got, want := all[i].diagnosis, r.diagnosis
	want.Order, want.Claims, want.Revision, want.Unseen = got.Order, got.Claims, got.Revision, got.Unseen
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if !bytes.Equal(a, b) || got.Order == "" || got.Revision == "" || len(got.Claims) != len(claimLetters) {
		t.Errorf("the bank has\n%s\nthe recipe\n%s", a, b)
	}
	if slices.Contains(r.Whys, r.Why) {
		t.Error("the right answer is among the wrong ones")
	}
	return all[i]
}

func opened(t *testing.T, files map[string][]byte) evidence {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	j, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return evidence{t, j}
}

// holds is whether a run shows what is said of it.
func (r recipe) holds(t *testing.T, d diagnosis, n evidence) {
	t.Helper()
	if got := r.theFirst(n); got != d.Order {
		t.Errorf("the first order is %s, and the bank has %s", got, d.Order)
	}
	if got := r.claims(n); !slices.Equal(got, d.Claims) {
		t.Errorf("claims are\n%q\nand the bank has\n%q", got, d.Claims)
	}
	for _, c := range n.Results.Cells {
		if c.Late != "" {
			t.Errorf("the machine was busy: %s: %s", c.ID, c.Late)
		}
	}
	fired := map[string][]string{} // styles by promise
	for _, v := range n.Results.Violations {
		if !slices.Contains(fired[v.Invariant], v.Style) {
			fired[v.Invariant] = append(fired[v.Invariant], v.Style)
		}
	}
	for _, why := range r.Whys {
		if fired[why] != nil {
			t.Errorf("%s is a wrong answer, and was violated in %v", why, fired[why])
		}
	}
	switch r.Kind {
	case kindBroken:
		r.breaksItsPromise(t, n, fired)
	case kindSlow:
		r.isSlow(t, n)
	case kindLie:
		if !r.lies(n) {
			t.Errorf("%v, and nothing shows the lie: %v", n.Results.Verdict, n.doubts())
		}
	}
}

// doubts lists those of a run and of its cells.
func (n evidence) doubts() (all []string) {
	all = slices.Clone(n.Results.Reasons)
	for _, c := range n.Results.Cells {
		all = append(all, c.Reasons...)
	}
	return all
}

func (r recipe) breaksItsPromise(t *testing.T, n evidence, fired map[string][]string) {
	t.Helper()
	want := []string{r.Style}
	if r.Style == both {
		want = []string{choreo, orch}
	}
	if n.Results.Verdict != invariant.Broken || !slices.Equal(slices.Sorted(slices.Values(fired[r.Why])), want) {
		t.Errorf("%v, and %s is violated in %v, want %v", n.Results.Verdict, r.Why, fired[r.Why], want)
	}
	for promise, styles := range fired {
		if r.Style != both && !slices.Equal(styles, want) {
			t.Errorf("%s is violated in %v", promise, styles)
		}
	}
}

// lies is whether a run has what shows that its report is wrong, and no style that is.
func (r recipe) lies(n evidence) bool {
	doubted := func(text string) bool {
		return slices.ContainsFunc(n.doubts(), func(d string) bool { return strings.Contains(d, text) })
	}
	holds := n.Results.Verdict == invariant.Holds
	cells := map[string]int{} // by style
	faults := map[string]bool{}
	late := false
	for _, c := range n.Run.Cells {
		cells[c.Style]++
		if c.Scenario == "dinner" {
			faults[fmt.Sprint(c.Faults)] = true
		}
		if c.Style == r.Style && c.Generator.LateP99 > 100 {
			late = !slices.ContainsFunc(n.Orders[c.ID], func(o record.Order) bool { return o.Sent > 1 })
		}
	}
	switch r.Why {
	case "orders-left-out":
		return doubted("an order was offered in")
	case "called-warm-up":
		return doubted("not of the warm-up")
	case "times-edited":
		return doubted("the stopwatch and the ledger disagree")
	case "send-clock":
		return holds && late
	case "repeat-left-out":
		return holds && cells[choreo] != cells[orch]
	case "unequal-faults":
		return holds && len(faults) == 2
	case "unequal-durability":
		given := n.Results.Parity["durability of an accepted order"].Values
		return holds && given[choreo] != given[orch]
	case "pooled", "too-few":
		i := slices.IndexFunc(n.measured(r.Style, ""), func(o record.Order) bool { return o.ID == r.first(n) })
		return holds && strings.Contains(r.claims(n)[0], fmt.Sprintf("%.3f ms", n.measured(r.Style, "")[i].Settled))
	}
	return false
}

// isSlow is whether a run holds, and the service that is named takes long where it is to,
// or something is full.
func (r recipe) isSlow(t *testing.T, n evidence) {
	t.Helper()
	if n.Results.Verdict != invariant.Holds {
		t.Errorf("%v: %v %v", n.Results.Verdict, n.Results.Violations, n.doubts())
	}
	service, ofService := strings.CutPrefix(r.Why, "slow-")
	for _, style := range []string{choreo, orch} {
		concerned := r.Style == both || r.Style == style
		full := false
		for _, c := range n.Results.Cells {
			full = full || c.Style == style && c.Saturated
		}
		if want := concerned && strings.HasPrefix(r.Why, "full-"); full != want {
			t.Errorf("saturated in the %s: %v", style, full)
		}
		for name, took := range n.callTimes(t, style) {
			if slow := took > 100; r.Why != "full-service" && slow != (concerned && ofService && name == service) {
				t.Errorf("a call of %s takes %.0f ms in the %s", name, took, style)
			}
		}
	}
}

// callTimes is how long a first call takes to its row, by service, in the median.
func (n evidence) callTimes(t *testing.T, style string) map[string]float64 {
	t.Helper()
	began := map[string]float64{}
	for c, err := range n.Folder.Calls() {
		if err != nil {
			t.Fatal(err)
		}
		if key := c.Cell + c.Order + c.Action; c.Attempt == 1 {
			began[key] = c.At
		}
	}
	all := map[string][]float64{}
	for e, err := range n.Folder.Effects() {
		if err != nil {
			t.Fatal(err)
		}
		if at, made := began[e.Cell+e.Order+e.Action]; made && e.Attempt == 1 && strings.Contains(e.Cell, "-"+style+"-") && !strings.Contains(e.Action, "cancel") && e.Action != "refund" && e.Action != "revoke" {
			all[e.Service] = append(all[e.Service], e.Committed-at)
		}
	}
	medians := map[string]float64{}
	for service, times := range all {
		slices.Sort(times)
		medians[service] = times[len(times)/2]
	}
	return medians
}

// renamed is a recording as some learner gets it.
func renamed(t *testing.T, r recording) evidence {
	t.Helper()
	n, err := newRenaming(drawOf(9), r, "harbour-007")
	if err != nil {
		t.Fatal(err)
	}
	files, err := n.files(r)
	if err != nil {
		t.Fatal(err)
	}
	for id := range n.orders {
		for _, name := range []string{record.RunFile, record.FaultsFile} {
			if bytes.Contains(files[name], []byte(`"`+id+`"`)) {
				t.Errorf("%s still has %s", name, id)
			}
		}
	}
	after := opened(t, files)
	for s, err := range after.Folder.Stories() {
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprint(s); regexp.MustCompile(`(lunch|dinner)-[0-9]+-`).MatchString(text) {
			t.Errorf("a story still has an old order: %s", text)
		}
	}
	for _, c := range after.Run.Cells {
		for _, o := range after.Orders[c.ID] {
			if !strings.HasPrefix(o.ID, "o-") {
				t.Fatalf("%s is still called so", o.ID)
			}
		}
	}
	return after
}

// same is whether a renamed run is judged and measured as it was. Of violations and doubts
// the names differ.
func same(t *testing.T, before, after evidence) {
	t.Helper()
	plain := func(m measure.Results) string {
		m.RunID, m.Seed, m.Started, m.Finished = "", 0, time.Time{}, time.Time{}
		m.Violations, m.Reasons = nil, nil
		for i := range m.Cells {
			m.Cells[i].Violations, m.Cells[i].Reasons = nil, nil
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	doubts, now := before.doubts(), after.doubts()
	if n, k := len(before.Results.Violations), len(after.Results.Violations); n != k || len(doubts) != len(now) {
		t.Errorf("%d violations and then %d; doubts %q and then %q", n, k, doubts, now)
	}
	if a, b := plain(before.Results), plain(after.Results); a != b {
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		t.Errorf("with other names it has other results: %.120q, and %.120q", a[max(i-60, 0):], b[max(i-60, 0):])
	}
	if before.Run.Seed == after.Run.Seed || before.Run.Started.Format(time.DateOnly) == after.Run.Started.Format(time.DateOnly) {
		t.Errorf("seed %d and %s tell which recording it is", after.Run.Seed, after.Run.Started)
	}
	if a, b := before.Run.Finished.Sub(before.Run.Started), after.Run.Finished.Sub(after.Run.Started); a != b {
		t.Errorf("it took %s, and now %s", a, b)
	}
}

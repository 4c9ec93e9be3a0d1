package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// What the verdict rests on, and what the judge itself is known to catch.

// judgeFinding is the judge's own record.
func (d *data) judgeFinding() finding {
	j := d.Run.Judge
	if j == nil || j.Of == 0 {
		return finding{}
	}
	return finding{Topic: "The judge", Text: fmt.Sprintf("Of %s that were built into styles, services and ledger one at a time, this verdict caught %d.", count(j.Of, "known mistake"), j.Caught),
		Basis: "at revision " + j.Revision[strings.LastIndex(j.Revision, " ")+1:] + "; sagabench variants --list names them, and sagabench variants builds and judges them again"}
}

// repeatsFinding counts calls that would have taken effect twice.
func (d *data) repeatsFinding() finding {
	parts := lists.Map(d.styles(), func(style string) string {
		n, because := 0, map[string]int{}
		for _, c := range d.Results.Cells {
			if c.Style == style && c.Settings.World == "" {
				n += c.Again.Calls
				for why, k := range c.Again.Because {
					because[why] += k
				}
			}
		}
		text := grouped(n)
		if n > 0 {
			text += " (" + counted(because) + ")"
		}
		return with(style, text)
	})
	return finding{Topic: "Repeats", Text: "Calls that reached their service again after they had taken effect: " + listing(parts) + ". Their idempotency key made each harmless.",
		Basis: "all cells, calls counted outside the services; without a key each would have charged, mailed or booked once more"}
}

// counted lists what there is how many of, such as "failure 3, redelivery 1".
func counted(n map[string]int) string {
	return strings.Join(lists.Map(slices.Sorted(maps.Keys(n)), func(what string) string { return what + " " + grouped(n[what]) }), ", ")
}

// weak lists the cells that ran in a weak world.
func (d *data) weak() []measure.Cell {
	return lists.Filter(d.Results.Cells, func(c measure.Cell) bool { return c.Settings.World != "" })
}

// weakWords warn of them in front of the verdict.
func (d *data) weakWords() string {
	weak := d.weak()
	if len(weak) == 0 {
		return ""
	}
	worlds := map[string]int{}
	for _, c := range weak {
		worlds[c.Settings.World]++
	}
	return fmt.Sprintf("WEAK WORLD in %d of %s (%s): there services do not protect themselves. ", len(weak), count(len(d.Results.Cells), "cell"),
		strings.Join(slices.Sorted(maps.Keys(worlds)), ", "))
}

// weakFinding counts what happened twice, or too late, because nothing protected it.
func (d *data) weakFinding() finding {
	weak := d.weak()
	if len(weak) == 0 {
		return finding{}
	}
	parts := lists.Map(weak, func(c measure.Cell) string {
		return fmt.Sprintf("%s %s again and %s too late", c.ID, grouped(c.Again.Calls), grouped(c.Again.Late))
	})
	return finding{Topic: "Weak worlds", Text: "Effects that only a weak world let through: " + listing(parts) + ".",
		Basis: "each is explained by a call that had a reason to be made; one that was not would be a violation"}
}

// waitingFinding reports what no service could take back.
func (d *data) waitingFinding() finding {
	waiting := 0
	for _, c := range d.Results.Cells {
		waiting += c.Waiting
	}
	if waiting == 0 {
		return finding{}
	}
	return finding{Topic: "Escalated", Text: count(waiting, "order waits", "orders wait") + " for a person, in all styles together: a compensation was refused or given up for good. Each is held against the plan, which draws it.",
		Basis: "rejected compensations without a person's answer in the ledger, warm-up included"}
}

// testedTable shows how the orders ended that tested each invariant, and which faults
// they met.
func (d *data) testedTable() table {
	kinds := map[string]int{}
	for _, inv := range d.Results.Invariants {
		for kind, n := range inv.ByFault {
			kinds[kind] += n
		}
	}
	faults := slices.Sorted(maps.Keys(kinds))
	t := table{Title: "What tested each invariant", Words: 1,
		Head: append(append([]string{"invariant", "tested by"}, lists.Map(food.Endings, func(e food.Ending) string { return endings[e].name })...), faults...),
		Note: "Orders that could have broken it: all, by how they ended, and by the faults that they met. An order may have met several kinds, and most met none."}
	for _, inv := range d.Results.Invariants {
		row := []string{inv.Name, grouped(inv.Tested)}
		for _, e := range food.Endings {
			row = append(row, grouped(inv.ByEnding[string(e)]))
		}
		for _, kind := range faults {
			row = append(row, grouped(inv.ByFault[kind]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// metTable counts what the orders of each style met, however rarely.
func (d *data) metTable() table {
	met := map[string]invariant.Met{} // by style
	all := invariant.Met{}
	for _, c := range d.Results.Cells {
		if met[c.Style] == nil {
			met[c.Style] = invariant.Met{}
		}
		met[c.Style].Add(c.Met)
		all.Add(c.Met)
	}
	t := table{Title: "What the orders met", Head: append([]string{"what", "which"}, d.styles()...), Words: 2,
		Note: "Orders of all cells, warm-up included. An order may have met several faults, and each of its compensations is counted. Cancelled: how far the order was when " +
			"the customer's cancellation was answered. A compensation that found nothing to undo is not listed."}
	for _, what := range slices.Sorted(maps.Keys(all)) {
		for _, which := range slices.Sorted(maps.Keys(all[what])) {
			t.Rows = append(t.Rows, append([]string{what, which}, lists.Map(d.styles(), func(style string) string { return grouped(met[style][what][which]) })...))
		}
	}
	return t
}

// retryTable shows how late retries came, pooled over nothing: a line for each cell,
// service and back-off.
func (d *data) retryTable() table {
	t := table{Title: "How late retries came", Words: 2, Head: []string{"cell", "service", "after attempt", "back-off", "retries", "median", "p99", "allowed"},
		Note: "After the failure and the back-off of the attempt before. The median may not be above what is allowed: half of the back-off, and twice what half of the " +
			"service's first calls waited for, since a busy machine holds up every call. Fewer than five retries are not judged. No retry may be more than 2 ms early."}
	for _, c := range d.Results.Cells {
		for _, r := range c.Retries {
			t.Rows = append(t.Rows, []string{c.ID, r.Service, fmt.Sprint(r.Attempt), millis(measure.Num(r.Backoff)), grouped(r.N),
				millis(measure.Num(r.P50)), lateP99(r), allowed(r)})
		}
	}
	return t
}

// lateP99 is given where enough retries support it.
func lateP99(r invariant.Retry) string {
	if r.N < 1000 {
		return "–"
	}
	return millis(measure.Num(r.P99))
}

// allowed is there where enough retries were made.
func allowed(r invariant.Retry) string {
	if r.Allowed == 0 {
		return "–"
	}
	return millis(measure.Num(r.Allowed))
}

// deathTable lists planned deaths and pauses.
func (d *data) deathTable() table {
	t := table{Title: "Processes that were killed or stopped", Words: 3, Head: []string{"cell", "as planned", "process", "at", "worked again after"},
		Note: "Times count from the start of the measured window."}
	for _, c := range d.Run.Cells {
		for _, x := range c.Deaths {
			t.Rows = append(t.Rows, []string{c.ID, x.Rule, cmp.Or(x.Role, "–"), millis(measure.Num(x.From - c.Begin)), millis(measure.Num(x.To - x.From))})
		}
	}
	return t
}

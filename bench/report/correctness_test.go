package report_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
)

// The bound is on the orders that met a fault where both styles ran the same, so it
// is the same for both; what went wrong elsewhere is counted beside it.
func TestWrongOrdersAreBoundedWhereAFaultWasMet(t *testing.T) {
	twice := shape{name: "refused-50", kind: record.KindRefused, rate: 12, seconds: 5, repeats: []int{1, 2}, styles: both, faults: refuse(50)}
	once, faster, calm := twice, twice, twice
	once.repeats, once.styles = []int{3}, both[:1]
	faster.name, faster.styles = "faster", both[1:]
	slower := faster
	slower.rate, slower.styles = 6, both[:1]
	calm.faults = nil

	for name, c := range map[string]struct {
		shapes       []shape
		spoil        func(*record.Data)
		faulted, all [2]string // by style
	}{
		"both alike": {[]shape{twice}, nil,
			[2]string{"0 of 66 (≤ 4.5 % at 95 %)", "0 of 66 (≤ 4.5 % at 95 %)"}, [2]string{"0 of 124", "0 of 124"}},
		"a repeat of one style, and wrong": {[]shape{twice, once}, inCell("refused-50-choreography-3", without("mail-cancelled")),
			[2]string{"0 of 66 (≤ 4.5 % at 95 %)", "0 of 66 (≤ 4.5 % at 95 %)"}, [2]string{"1 of 186", "0 of 124"}},
		"the same scenario at two rates": {[]shape{twice, slower, faster}, nil,
			[2]string{"0 of 66 (≤ 4.5 % at 95 %)", "0 of 66 (≤ 4.5 % at 95 %)"}, [2]string{"0 of 188", "0 of 248"}},
		"wrong where no fault was met": {[]shape{twice}, inCell("refused-50-choreography-1", without("mail-partner-assigned")),
			[2]string{"0 of 66 (≤ 4.5 % at 95 %)", "0 of 66 (≤ 4.5 % at 95 %)"}, [2]string{"1 of 124", "0 of 124"}},
		"wrong where one was": {[]shape{twice}, inCell("refused-50-choreography-1", without("mail-cancelled")),
			[2]string{"1 of 66 (0.038–8.2 % at 95 %)", "0 of 66 (≤ 4.5 % at 95 %)"}, [2]string{"1 of 124", "0 of 124"}},
		"an order that was not placed": {[]shape{twice}, inCell("refused-50-orchestration-1", func(d *record.Data) {
			id := d.Faults[0].Order
			d.Faults = d.Faults[1:]
			d.Calls = slices.DeleteFunc(d.Calls, func(c record.Call) bool { return c.Order == id })
			d.Effects = slices.DeleteFunc(d.Effects, func(e record.Effect) bool { return e.Order == id })
			renumber(d)
			i := slices.IndexFunc(d.Orders, func(o record.Order) bool { return o.ID == id })
			o := &d.Orders[i]
			o.Outcome, o.Sent, o.Accept, o.Decision, o.Settled, o.Compensation, o.Inconsistent = "", nan, nan, nan, nan, nan, nan
		}), [2]string{"0 of 66 (≤ 4.5 % at 95 %)", "0 of 65; unknown"}, [2]string{"0 of 124", "0 of 124"}},
		"cut short": {[]shape{twice}, inCell("refused-50-orchestration-1", func(d *record.Data) { d.Cell.Cut = true }),
			[2]string{"0 of 39 (≤ 7.4 % at 95 %)", "0 of 39 (≤ 7.4 % at 95 %)"}, [2]string{"0 of 124", "0 of 124"}},
		"unknown": {[]shape{twice}, inCell("refused-50-orchestration-1", func(d *record.Data) { d.Cell.Gaps = 1 }),
			[2]string{"0 of 66 (≤ 4.5 % at 95 %)", "0 of 66; unknown"}, [2]string{"0 of 124", "0 of 124"}},
		"no fault": {[]shape{calm}, nil,
			[2]string{"not tested", "not tested"}, [2]string{"0 of 124", "0 of 124"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "run")
			if err := write(dir, c.shapes, c.spoil); err != nil {
				t.Fatal(err)
			}
			r, err := report.Draw(dir, report.Styles{})
			if err != nil {
				t.Fatal(err)
			}
			var summary bytes.Buffer
			if err := report.Summary(&summary, r); err != nil {
				t.Fatal(err)
			}
			for row, want := range map[string][2]string{"orders that met a fault": c.faulted, "orders in all": c.all} {
				line := regexp.MustCompile(`(?m)^` + row + `, handled wrongly +(.*?)   *(.*?)  +–$`).FindStringSubmatch(summary.String())
				if line == nil || fmt.Sprint(line[1:]) != fmt.Sprint(want[:]) {
					t.Errorf("%s: %q, want %q", row, line, want)
				}
			}
		})
	}
}

// inCell spoils one cell.
func inCell(id string, spoil func(*record.Data)) func(*record.Data) {
	return func(d *record.Data) {
		if d.Cell.ID == id {
			spoil(d)
		}
	}
}

// without loses the last row of an action.
func without(action string) func(*record.Data) {
	return func(d *record.Data) {
		last := 0
		for i, e := range d.Effects {
			if e.Action == action {
				last = i
			}
		}
		d.Effects = slices.Delete(d.Effects, last, last+1)
		renumber(d)
	}
}

func renumber(d *record.Data) {
	for i := range d.Effects {
		d.Effects[i].Seq = int64(i + 1)
	}
}

// Orders that were cancelled and escalated are in every table and legend, and how many
// wait for a person stands there in words.
func TestCancelledAndEscalatedOrders(t *testing.T) {
	dir, r := draw(t, "cancels")
	if r.Verdict != invariant.Holds {
		t.Fatal(r.Verdict, r.Reasons, r.Cells[0].Reasons, r.Violations[:min(len(r.Violations), 3)])
	}
	for _, c := range r.Cells {
		if c.Orders.CustomerCancelled == 0 || c.Orders.Escalated == 0 || c.Waiting < c.Orders.Escalated {
			t.Errorf("%s: %+v, %d wait for a person", c.ID, c.Orders, c.Waiting)
		}
	}
	text := string(read(t, dir, report.MarkdownFile))
	for _, want := range []string{
		fmt.Sprintf("%d orders wait for a person", r.Cells[0].Waiting+r.Cells[1].Waiting),
		"One cancelled order, in every style", "The customer cancels after the card was charged",
		"a compensation was rejected, and a person takes over", "paid for and then refused or cancelled",
		"orders that their customers cancelled: p50", "| cancelled by the customer | cancel, ", "whether that is in time is a race",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not have %q", want)
		}
	}
	legend := string(read(t, dir, "plots/outcomes.svg"))
	for _, want := range []string{"cancelled by the customer", "escalated to a person"} {
		if !strings.Contains(legend, want) {
			t.Errorf("no %q in the legend", want)
		}
	}
}

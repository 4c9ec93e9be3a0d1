package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
)

// Tables that say how the run was made.

// settledTable says when an order counts as settled, from the story's own table.
func settledTable() table {
	t := table{Title: "When an order is settled", Head: []string{"outcome", "rows that must be in the ledger"}, Words: 2,
		Note: "The stopwatch stops when the last of them is committed. The ledger stands for the outside world; in every style it is the same, and so is the stopwatch."}
	wants := map[food.Want]string{food.MustDo: "", food.MustNot: " refused or given up", food.MustStand: " done or overtaken"}
	for _, e := range food.Endings {
		var rows []string
		for _, r := range food.Required[e] {
			rows = append(rows, strings.ReplaceAll(string(r.Action), "-", " ")+wants[r.Want])
		}
		t.Rows = append(t.Rows, []string{endingNames[e], strings.Join(rows, ", ")})
	}
	return t
}

func (d *data) parityTable() table {
	t := table{Title: "What each side was given", Head: []string{"setting", choreography, orchestration, "equal", "if not: why, and which way it leans"}, Words: 5}
	for _, p := range d.run.Parity {
		equal := "no"
		if p.Equal {
			equal = "yes"
		}
		t.Rows = append(t.Rows, []string{p.Setting, p.Choreography, p.Orchestration, equal, p.Note})
	}
	return t
}

// generatorTable says how well the load was offered, at its worst.
func (d *data) generatorTable() table {
	t := table{Title: "Load generator", Words: 1, Head: []string{"style", "late, p99 of the worst cell", "late at most", "orders never sent", "processor time, busiest cell"},
		Note: "Orders are sent when they are due, whatever became of the others, and every latency counts from then: a late generator makes its style look slower. " +
			"Its processor time is that of the whole harness, stopwatch and sampling too, from the start of the window to the end of the drain; it comes from the cores that server and worker use."}
	for _, style := range d.styles() {
		p99, most, dropped := 0.0, 0.0, 0
		for _, c := range d.run.Cells {
			if c.Style == style {
				p99, most, dropped = max(p99, c.Generator.LateP99), max(most, c.Generator.LateMax), dropped+c.Generator.Dropped
			}
		}
		t.Rows = append(t.Rows, []string{style, three(p99) + " ms", three(most) + " ms", grouped(dropped), d.generatorCores(style)})
	}
	return t
}

// generatorCores is how much of the machine the harness took in its busiest cell.
func (d *data) generatorCores(style string) string {
	busiest := 0.0
	for _, c := range d.results.Cells {
		if c.Style == style {
			busiest = max(busiest, float64(c.Cost.Busy["harness"]))
		}
	}
	return three(busiest) + " of " + cmp.Or(d.run.Machine["cores"], "?") + " cores"
}

// faultTable sets what was planned beside what really fired.
func (d *data) faultTable() (t table, ok bool) {
	t = table{Title: "Faults, as planned and as they fired", Words: 2, Head: []string{"scenario", "planned"},
		Note: "Which orders a fault hits is fixed by the seed and is the same in every style. An outage fires once for each call that it fails."}
	for _, style := range d.styles() {
		t.Head = append(t.Head, style+" fired")
	}
	for _, s := range d.scenarios() {
		for _, rule := range s.faults {
			row := []string{s.name, rule}
			for _, style := range d.styles() {
				var sum fired
				for _, c := range d.run.Cells {
					if c.Style == style && c.Scenario == s.name {
						f := d.fired[c.ID][rule]
						sum.times, sum.orders = sum.times+f.times, sum.orders+f.orders
					}
				}
				row = append(row, fmt.Sprintf("%s on %s", count(sum.times, "time"), count(sum.orders, "order")))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t, len(t.Rows) > 0
}

// cellTable lists every cell.
func (d *data) cellTable() table {
	t := table{Title: "One line per cell", Words: 2, Head: []string{"cell", "verdict", "due/s", "settled/s", "saturated", "orders", "settled", "completed", "refunded", "declined", "never", "p50, completed", "absorbed"},
		Note: "Orders without the warm-up. Absorbed are calls that came again and found their row written. Rates are counted inside the window, so a few orders are always still on their way at its end."}
	for _, c := range d.results.Cells {
		saturated, verdict, absorbed := "no", c.Verdict, "–"
		switch {
		case c.Saturated:
			saturated = "yes"
		case c.Behind:
			saturated = "perhaps"
		}
		if c.Cut {
			verdict += ", cut short"
		}
		if c.Absorbed.OK() {
			absorbed = three(float64(c.Absorbed))
		}
		t.Rows = append(t.Rows, []string{
			c.ID, verdict, three(float64(c.Due)), three(float64(c.Achieved)), saturated,
			grouped(c.Orders.Offered), grouped(c.Orders.Settled), grouped(c.Orders.Completed),
			grouped(c.Orders.RestaurantFailed + c.Orders.NoPartner), grouped(c.Orders.PaymentDeclined),
			grouped(c.Orders.Offered - c.Orders.Settled), millis(c.ByOutcome[food.Completed].Settled.At("p50")), absorbed,
		})
	}
	return t
}

// warned gathers what the cells warn of, each warning once, and of which cells.
func (d *data) warned() (texts []string, cells map[string][]string) {
	cells = map[string][]string{}
	for _, c := range d.results.Cells {
		for _, w := range c.Warnings {
			if !slices.Contains(texts, w) {
				texts = append(texts, w)
			}
			cells[w] = append(cells[w], c.ID)
		}
	}
	return texts, cells
}

// warnings lists them all, with their cells.
func (d *data) warnings() (list []string) {
	texts, cells := d.warned()
	for _, w := range texts {
		list = append(list, sentence(w)+" ("+strings.Join(cells[w], ", ")+")")
	}
	return list
}

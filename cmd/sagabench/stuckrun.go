package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/nearest"
	"github.com/sagabench/sagabench/internal/stuck"
)

// A run folder has every row and every attempt, and of the engine what it still had at
// the end, as counts. So what waited is known by what is missing, and not why.

// inCell is an order of a cell.
type inCell struct{ cell, order string }

// A pastOrder is what a folder has of one order.
type pastOrder struct {
	placed record.Order
	rows   []record.Effect
	calls  []record.Call
}

// listFolder lists the orders that had not settled when their cell ended.
func listFolder(dir, cell string) (stuckReport, error) {
	f, err := openCells(dir, cell)
	if err != nil {
		return stuckReport{}, err
	}
	tallies := map[inCell]food.Tally{}
	for e, err := range f.Effects() {
		if err != nil {
			return stuckReport{}, ofFolder(err)
		}
		key := inCell{e.Cell, e.Order}
		t := tallies[key]
		t.Add(results.RowOf(e))
		tallies[key] = t
	}
	unanswered := map[string]int{}
	waiting, err := collect(f, func(o record.Order) bool {
		t := tallies[inCell{o.Cell, o.ID}]
		if !record.Came(o.Accept) && t == (food.Tally{}) {
			if record.Came(o.Sent) {
				unanswered[o.Cell]++
			}
			return false
		}
		return !t.Settled()
	})
	if err != nil {
		return stuckReport{}, ofFolder(err)
	}
	return reportOf(f, cell, waiting, func(c record.Cell) []string { return folderNotes(c, unanswered[c.ID]) }), nil
}

// showFolder finds an order in every cell that has one of that id.
func showFolder(dir, cell, order string) (stuckReport, error) {
	f, err := openCells(dir, cell)
	if err != nil {
		return stuckReport{}, err
	}
	var ids []string
	found, err := collect(f, func(o record.Order) bool {
		if cell == "" || cell == o.Cell {
			ids = append(ids, o.ID)
		}
		return o.ID == order
	})
	if err != nil {
		return stuckReport{}, ofFolder(err)
	}
	r := reportOf(f, cell, found, func(record.Cell) []string { return nil })
	if len(r.Places) == 0 {
		return r, usage(unknownOrder(order, ids))
	}
	return r, nil
}

// openCells opens a run folder and looks whether it has the cell, if one is named.
func openCells(dir, cell string) (*record.Folder, error) {
	f, err := record.Open(dir)
	if err != nil {
		return nil, ofFolder(err)
	}
	ids := lists.Map(f.Run.Cells, func(c record.Cell) string { return c.ID })
	if cell != "" && !slices.Contains(ids, cell) {
		return nil, usage(fmt.Errorf("%s has no cell %q%s", dir, cell, nearest.HintOrAll(cell, ids)))
	}
	return f, nil
}

// collect reads the orders that are wanted, with their rows and attempts.
func collect(f *record.Folder, want func(record.Order) bool) (map[inCell]*pastOrder, error) {
	found := map[inCell]*pastOrder{}
	for o, err := range f.Orders() {
		if err != nil {
			return nil, err
		}
		if want(o) {
			found[inCell{o.Cell, o.ID}] = &pastOrder{placed: o}
		}
	}
	err := lists.Each(f.Effects(), func(e record.Effect) {
		if o := found[inCell{e.Cell, e.Order}]; o != nil {
			o.rows = append(o.rows, e)
		}
	})
	if err != nil {
		return nil, err
	}
	return found, lists.Each(f.Calls(), func(c record.Call) {
		if o := found[inCell{c.Cell, c.Order}]; o != nil {
			o.calls = append(o.calls, c)
		}
	})
}

// reportOf puts the orders together, cell by cell, and leaves out cells of which there
// is nothing to report.
func reportOf(f *record.Folder, cell string, found map[inCell]*pastOrder, notes func(record.Cell) []string) stuckReport {
	r := stuckReport{Places: []stuckPlace{}}
	for _, c := range f.Run.Cells {
		if cell != "" && cell != c.ID {
			continue
		}
		var look stuck.Look
		for _, key := range slices.SortedFunc(maps.Keys(found), func(a, b inCell) int { return strings.Compare(a.order, b.order) }) {
			if key.cell == c.ID {
				look.Orders = append(look.Orders, found[key].order(c))
			}
		}
		stuck.Sort(look.Orders)
		look.Notes = notes(c)
		if len(look.Orders)+len(look.Notes) > 0 {
			r.Places = append(r.Places, placeOf(c.Style, c.ID, look))
		}
	}
	if len(found) == 0 {
		r.Notes = append(r.Notes, "no order waits")
	}
	r.Notes = append(r.Notes, "a run folder does not tell what the engine was doing, nor what has happened since the run")
	return r
}

// folderNotes are what is known of a cell and of none of its orders.
func folderNotes(c record.Cell, unanswered int) (notes []string) {
	if unanswered > 0 {
		notes = append(notes, fmt.Sprintf("%d orders had no answer and no row: whether they were accepted is not known", unanswered))
	}
	if c.LeftOver == nil {
		notes = append(notes, "the engine was not asked what it still had")
	}
	for _, what := range slices.Sorted(maps.Keys(c.LeftOver)) {
		if n := c.LeftOver[what]; n > 0 {
			notes = append(notes, fmt.Sprintf("the engine still had %s: %.0f; of which orders is not recorded", strings.ReplaceAll(what, "_", " "), n))
		}
	}
	return notes
}

// order is what a folder's rows and attempts say of an order.
func (p *pastOrder) order(c record.Cell) stuck.Order {
	o := stuck.Order{ID: p.placed.ID}
	after := func(ms float64) time.Time { return c.Started.Add(time.Duration(ms * 1e6)) }
	o.Steps = append(o.Steps, stuck.Step{At: after(p.placed.Due), What: "placed"})
	since := after(p.placed.Due) // of its last row
	var settled food.Tally
	for _, e := range p.rows {
		row := results.RowOf(e)
		settled.Add(row)
		o.Rows = append(o.Rows, row)
		since = after(e.Committed)
		o.Steps = append(o.Steps, stuck.Step{At: since, What: e.Action + " " + e.Outcome, More: e.Reason})
		if row.Action.Undoes() != "" && row.Rejected() {
			o.Waits = append(o.Waits, stuck.Wait{Service: row.Service, Call: row.Action, Since: since, Attempt: e.Attempt, Who: stuck.Person, Why: "it was rejected: " + row.Reason})
		}
	}
	switch {
	case settled.Settled():
		o.Waits = nil
	case settled.Has(food.Resolve):
		o.Waits = p.missing(o, since, after)
	case !settled.Ended():
		o.Waits = append(o.Waits, p.missing(o, since, after)...)
	}
	return o
}

// missing are the calls that were begun and have no row; if there are none, the next
// that the order's ending requires.
func (p *pastOrder) missing(o stuck.Order, since time.Time, after func(float64) time.Time) (waits []stuck.Wait) {
	begun := map[food.Action]*stuck.Wait{}
	for _, c := range p.calls {
		action := food.Action(c.Action)
		if slices.ContainsFunc(o.Rows, func(r food.Row) bool { return r.Action == action }) {
			continue
		}
		w := begun[action]
		if w == nil {
			w = &stuck.Wait{Service: food.Service(c.Service), Call: action, Since: after(c.At), Who: stuck.Unknown, Why: "it was begun and has no row"}
			begun[action] = w
		}
		w.Attempt = max(w.Attempt, c.Attempt)
	}
	for _, action := range slices.Sorted(maps.Keys(begun)) {
		waits = append(waits, *begun[action])
	}
	if remains := o.Remaining(); waits == nil && len(remains) > 0 {
		waits = append(waits, stuck.Wait{Call: remains[0], Since: since, Who: stuck.Unknown, Why: "it has no row, and no attempt at it was noted"})
	}
	return waits
}

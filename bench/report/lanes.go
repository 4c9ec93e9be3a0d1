package report

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// Orders that can be followed step by step: one of each ending, and those that were
// handled wrongly. Each has a file with its lanes.

// lanesFile is the file of an order. Its id is a valid name.
func lanesFile(order string) string { return LanesDir + "/" + order + ".svg" }

// laneTable lists an order of each ending.
func (d *data) laneTable() table {
	t := table{Title: "An order of each ending, step by step", Head: []string{"ending", "order"}, Words: 2, Links: map[string]string{},
		Note: "Each is drawn in every style that has it, with its calls, what the engine kept of it, and what led to what. Of any other order: sagabench trace ORDER RUN."}
	for _, e := range food.Endings {
		if order := d.kept[string(e)]; order != "" {
			t.Rows = append(t.Rows, []string{endings[e].name, order})
			t.Links[order] = lanesFile(order)
		}
	}
	return t
}

// wrongOrders are those of the violations that are listed, each once. Of one that nobody
// has placed there is nothing to draw.
func (d *data) wrongOrders() (ids []string) {
	all := d.Results.Violations
	for _, v := range all[:min(len(all), shownViolations)] {
		placed := slices.ContainsFunc(d.Orders[v.Cell], func(o record.Order) bool { return o.ID == v.Order })
		if placed && !slices.Contains(ids, v.Order) {
			ids = append(ids, v.Order)
		}
	}
	return ids
}

// keepExamples chooses an order of each ending: the first of which the engines kept
// something in the most styles, and that ended alike in all of them.
func (d *data) keepExamples() error {
	told := map[string]int{}
	for s, err := range d.Folder.Stories() {
		if err != nil {
			return err
		}
		told[s.Order]++
	}
	ended := map[string]map[string]int{} // by order and ending
	for _, orders := range d.Orders {
		for _, o := range orders {
			if ended[o.ID] == nil {
				ended[o.ID] = map[string]int{}
			}
			ended[o.ID][o.Outcome]++
		}
	}
	d.kept = map[string]string{}
	for _, c := range d.Run.Cells {
		for _, o := range d.Orders[c.ID] {
			best := d.kept[o.Outcome]
			if record.Came(o.Settled) && len(ended[o.ID]) == 1 && (best == "" || told[o.ID] > told[best]) {
				d.kept[o.Outcome] = o.ID
			}
		}
	}
	return nil
}

// lanes draws the orders that are linked.
func (d *data) lanes(draw func(order string) ([]byte, error)) (files []file, err error) {
	orders := lists.Map(d.laneTable().Rows, func(row []string) string { return row[1] })
	for _, order := range append(orders, d.wrongOrders()...) {
		svg, failed := draw(order)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("draw order %s: %w", order, failed))
		}
		files = append(files, file{lanesFile(order), svg})
	}
	return files, err
}

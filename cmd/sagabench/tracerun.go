package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/internal/lanes"
	"github.com/sagabench/sagabench/internal/lists"
)

// evidenceOf finds an order in every cell that has it, in the order of the styles.
func evidenceOf(dir, cell, order string) ([]lanes.Evidence, error) {
	f, err := openCells(dir, cell)
	if err != nil {
		return nil, err
	}
	found, err := f.Of(order)
	if err != nil {
		return nil, ofFolder(err)
	}
	var all []lanes.Evidence
	for _, d := range found {
		if cell == "" || cell == d.Cell.ID {
			all = append(all, evidenceIn(f.Run, d))
		}
	}
	if len(all) == 0 {
		return nil, unknownIn(f, cell, order)
	}
	return inStyles(all), nil
}

// drawnBy is what this program knows of the styles of a run.
func drawnBy(dir string) report.Styles {
	return report.Styles{Flows: flows(), Lanes: func(order string) ([]byte, error) {
		all, err := evidenceOf(dir, "", order)
		return lanes.New(order, all).SVG(lanes.Wide, true), err
	}}
}

// unknownIn says that the folder, or the cell, has no such order.
func unknownIn(f *record.Folder, cell, order string) error {
	var ids []string
	err := lists.Each(f.Orders(), func(o record.Order) {
		if cell == "" || cell == o.Cell {
			ids = append(ids, o.ID)
		}
	})
	if err != nil {
		return ofFolder(err)
	}
	slices.Sort(ids)
	return usage(unknownOrder(order, slices.Compact(ids)))
}

// inStyles orders the evidence as every table does.
func inStyles(all []lanes.Evidence) []lanes.Evidence {
	styles := record.InOrder(lists.Map(all, func(e lanes.Evidence) string { return e.Style }))
	slices.SortStableFunc(all, func(a, b lanes.Evidence) int {
		return slices.Index(styles, a.Style) - slices.Index(styles, b.Style)
	})
	return all
}

// evidenceIn is what a cell has of an order. Of the invariants those are tried that are
// about single orders.
func evidenceIn(run record.Run, d record.Data) lanes.Evidence {
	o := d.Orders[0]
	checker := invariant.NewChecker(run, d.Cell)
	checker.Order(invariant.History{Order: o, Offered: true, Rows: d.Effects, Calls: d.Calls, Faults: d.Faults})
	past := pastOrder{placed: o, rows: d.Effects, calls: d.Calls}
	e := lanes.Evidence{
		Style: d.Cell.Style, Place: d.Cell.ID, Start: d.Cell.Started, Placed: &o,
		Calls: d.Calls, Rows: d.Effects, Faults: d.Faults, Stuck: past.order(d.Cell), Notes: cellNotes(d.Cell, o),
	}
	if len(d.Stories) > 0 {
		e.Story = &d.Stories[0].Story
	}
	e.Engineless = !slices.ContainsFunc(engines, func(one engine) bool { return one.style == d.Cell.Style && one.server != nil })
	for _, v := range checker.Judgement().Violations {
		if v.Order == o.ID {
			e.Breaks = append(e.Breaks, v.Invariant+": "+v.Detail)
		}
	}
	return e
}

// cellNotes are what is to be known of the cell, where it concerns the order.
func cellNotes(c record.Cell, o record.Order) (notes []string) {
	ends := o.Due + o.Settled
	if !record.Came(ends) {
		ends = math.Inf(+1)
	}
	for _, d := range c.Deaths {
		if d.From <= ends && d.To >= o.Due {
			notes = append(notes, fmt.Sprintf("%s: the %s was away from %.1f to %.1f ms of this order", d.Rule, d.Role, d.From-o.Due, d.To-o.Due))
		}
	}
	if c.Died != "" {
		notes = append(notes, "the cell ended early: "+c.Died)
	}
	if c.Cut {
		notes = append(notes, "the cell was interrupted")
	}
	if c.External != "" {
		notes = append(notes, "messages and history events have the times of the external server's clock, calls and rows those of this machine's")
	}
	if !record.Came(o.Settled) {
		notes = append(notes, fmt.Sprintf("the cell's evidence ends %v after the order was due", time.Duration((c.DrainEnd-o.Due)*1e6).Round(time.Millisecond)))
	}
	return notes
}

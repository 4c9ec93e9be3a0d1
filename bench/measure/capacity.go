package measure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/lists"
)

// Capacity is the rate that comes out of a style when more goes in: all orders
// of an overloaded cell over the time to settle them all. It is never below a rate that a
// cell of the run kept up with.
type Capacity struct {
	PerS    Num    `json:"per_s"`    // median of the repeats; null when the limit was not reached
	AtLeast Num    `json:"at_least"` // a lower bound: the highest rate that was kept up with, or else the highest seen
	Spread  Spread `json:"spread"`
	Repeats []int  `json:"repeats"`
	Offered Num    `json:"offered_per_s"`     // the highest
	KeptUp  bool   `json:"kept_up,omitempty"` // per_s is a rate that a cell kept up with: above the median of the overloaded ones
	Reason  string `json:"reason,omitempty"`

	// Beside what the engine allowed with nothing behind the same traffic: medians
	// over the repeats that have both, null where there are none.
	Ceiling   Num `json:"ceiling_per_s"`
	ShareWall Num `json:"share_wall"` // of the ceiling's rate
	ShareCPU  Num `json:"share_cpu"`  // the ceiling's CPU time of an order, over the style's

	cpu series // CPU time of an order in each repeat, over all processes
}

// capacityOf looks at the cells of a style without faults: an order that is
// refused, or that waits for an outage, asks for other work. The cells have the
// same settings.
func capacityOf(style string, cells []Cell) Capacity {
	c := Capacity{PerS: None, Offered: None, Repeats: []int{}, cpu: series{of: map[int]Num{}}}
	var driven []Cell
	kept, seen := None, None // the highest rates: kept up with, and of any cell
	keptIn := map[int]Num{}  // the first, by repeat
	for _, cell := range cells {
		if cell.Style != style || cell.Cut || len(cell.Faults) > 0 {
			continue
		}
		seen, c.Offered = higher(seen, cell.Achieved), higher(c.Offered, cell.Offered)
		if !cell.Behind {
			kept = higher(kept, cell.Achieved)
			keptIn[cell.Repeat] = max(keptIn[cell.Repeat], cell.Achieved)
		}
		if cell.Kind == record.KindSaturation || cell.Saturated && cell.Kind != record.KindRung {
			driven = append(driven, cell)
		}
	}
	// Of each repeat the cell counts that did most.
	slices.SortStableFunc(driven, func(a, b Cell) int {
		return cmp.Or(a.Repeat-b.Repeat, cmp.Compare(b.Achieved, a.Achieved))
	})
	driven = slices.CompactFunc(driven, func(a, b Cell) bool { return a.Repeat == b.Repeat })
	var values []Num
	limit, lost := true, 0
	for _, cell := range driven {
		c.Repeats, values = append(c.Repeats, cell.Repeat), append(values, max(cell.Achieved, keptIn[cell.Repeat]))
		c.cpu.of[cell.Repeat] = cell.Cost.ServerCPU + cell.Cost.WorkerCPU + cell.Cost.HarnessCPU
		limit = limit && cell.Saturated
		lost += cell.Orders.Offered - cell.Orders.Settled
	}
	if c.AtLeast = kept; !kept.OK() {
		c.AtLeast = seen
	}
	c.Spread, c.cpu.all = spread(values), Median(slices.Collect(maps.Values(c.cpu.of)))
	switch {
	case !seen.OK():
		c.Reason = "no cell without faults"
	case len(driven) == 0:
		c.Reason = "no cell was driven to its limit"
	case lost > 0:
		c.Reason = fmt.Sprintf("unsettled orders: %d", lost)
	case !limit:
		c.Reason = fmt.Sprintf("not reached: %.4g orders/s were offered and it kept up", float64(c.Offered))
	default:
		c.PerS, c.KeptUp = higher(kept, c.Spread.Median), kept > c.Spread.Median
		c.AtLeast = min(c.AtLeast, c.PerS)
	}
	return c
}

func higher(a, b Num) Num {
	if !a.OK() {
		return b
	}
	return max(a, b)
}

// stylesOf lists the styles that have a cell.
func stylesOf(cells []Cell) (styles []string) {
	for _, of := range lists.Groups(cells, func(c Cell) string { return c.Style }) {
		styles = append(styles, of[0].Style)
	}
	return styles
}

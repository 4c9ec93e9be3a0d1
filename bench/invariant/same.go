package invariant

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// pairs compares the styles with each other. Cells of one scenario and repeat
// were offered the same orders and met the same faults, so each order must have
// ended in the same way, with the same rows. Where orders are placed as others end,
// the faster style is offered more, and what both were offered is compared.
//
// A cell is kept as a short list until the cell of the other style has come,
// because the styles of a run are far apart in its files. The rows of an
// order are one of few sets, so each set is kept once.
type pairs struct {
	cells      map[string]*cellOrders // the first cell of each setting
	current    *cellOrders            // the one that is being read
	texts      map[string]string      // each set of rows and customer once
	violations []Violation
	counts     []Count
}

// cellOrders is a cell as a list of orders, by id.
type cellOrders struct {
	cell   string
	paced  bool // by the orders that ended, so that how many there are may differ
	orders []ended
}

// ended is an order and how it ended. Rows is "" if it is unknown
// whether there are any.
type ended struct {
	id, customer string
	total        int64
	rows         string
}

func newPairs() *pairs {
	return &pairs{cells: map[string]*cellOrders{}, texts: map[string]string{}, counts: newCounts()}
}

// see takes the next order of a cell. Orders come by id.
func (p *pairs) see(cell record.Cell, h *History) {
	if p.current == nil {
		p.current = &cellOrders{cell: cell.ID, paced: cell.InFlight > 0}
	}
	if !h.Offered {
		return // from nowhere, and a violation of its own
	}
	// A copy, because the string is a part of its line in the file.
	e := ended{id: strings.Clone(h.Order.ID), customer: p.once(h.Order.Customer), total: h.total()}
	if h.judged() || h.accepted() {
		e.rows = p.once(rowSet(h))
	}
	p.current.orders = append(p.current.orders, e)
}

func (p *pairs) once(s string) string {
	if first, known := p.texts[s]; known {
		return first
	}
	s = strings.Clone(s)
	p.texts[s] = s
	return s
}

// rowSet is an order's rows in words, without their order: their actions and outcomes. What the
// ending leaves open is left out: whether a confirmation came before what
// overtook it, and whether an award came before its revocation.
func rowSet(h *History) string {
	var rows []string
	for _, r := range h.rows {
		outcome := r.Outcome
		if slices.Contains(required[h.ending()], "maybe "+r.Action) && r.is("maybe "+r.Action) {
			outcome = "or blocked"
		}
		rows = append(rows, r.Action+" "+outcome)
	}
	slices.Sort(rows)
	return cmp.Or(h.ending(), "open") + ": " + strings.Join(slices.Compact(rows), ", ")
}

// close ends a cell. If the same setting was seen in another style, the two are
// compared; a cell that was cut short or misses rows is compared with none.
func (p *pairs) close(cell record.Cell, whole bool) {
	this := cmp.Or(p.current, &cellOrders{cell: cell.ID})
	p.current = nil
	if !whole {
		return
	}
	setting := fmt.Sprint(cell.Scenario, cell.Repeat, cell.Offered, cell.InFlight > 0, cell.Window, cell.Faults)
	if first := p.cells[setting]; first != nil {
		p.compare(first, this)
		return
	}
	p.cells[setting] = this
}

// compare merges two lists of orders.
func (p *pairs) compare(a, b *cellOrders) {
	for x, y := a.orders, b.orders; len(x) > 0 || len(y) > 0; {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0].id < y[0].id:
			p.alone(x[0].id, a, b)
			x = x[1:]
		case len(x) == 0 || y[0].id < x[0].id:
			p.alone(y[0].id, b, a)
			y = y[1:]
		default:
			p.compareOrder(a.cell, x[0], b.cell, y[0])
			x, y = x[1:], y[1:]
		}
	}
}

// alone is an order that one of two cells was not offered.
func (p *pairs) alone(order string, offered, not *cellOrders) {
	if !offered.paced {
		p.differ(order, "offered in %s and not in %s", offered.cell, not.cell)
	}
}

func (p *pairs) compareOrder(inA string, a ended, inB string, b ended) {
	switch {
	case a.customer != b.customer || a.total != b.total:
		p.differ(a.id, "%s has it from %s for %s, and %s from %s for %s", inA, a.customer, money(a.total), inB, b.customer, money(b.total))
	case a.rows == "" || b.rows == "":
	case a.rows != b.rows:
		p.differ(a.id, "in %s %s; in %s %s", inA, a.rows, inB, b.rows)
	default:
		p.compared()
	}
}

// compared counts an order. Each could have ended differently in the other style.
func (p *pairs) compared() *Count {
	n := &p.counts[index(sameStory)]
	n.Of++
	n.Tested++
	return n
}

func (p *pairs) differ(order, format string, args ...any) {
	n := p.compared()
	if n.Broken++; n.Broken <= listed {
		p.violations = append(p.violations, Violation{Invariant: sameStory, Order: order, Detail: fmt.Sprintf(format, args...)})
	}
}

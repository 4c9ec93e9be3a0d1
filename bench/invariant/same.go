package invariant

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// pairs makes sure that the styles were offered the same orders in the same scenario
// and repeat: otherwise the two can't be compared. How the orders end needs no
// comparing, because the plan draws it for both. Where orders are placed as others end, the
// faster style is offered more, and what both were offered is compared.
//
// A cell is kept as a short list until the cell of the other style has come,
// because the styles of a run are far apart in its files.
type pairs struct {
	cells   map[string]*cellOrders // the first cell of each setting
	current *cellOrders            // the one that is being read
	doubts  doubts
}

// cellOrders is a cell as a list of orders, by id.
type cellOrders struct {
	cell   string
	paced  bool // by the orders that ended, so that how many there are may differ
	orders []placed
}

// placed is an order, and a hash of all that was ordered.
type placed struct {
	id   string
	what uint64
}

func newPairs() *pairs { return &pairs{cells: map[string]*cellOrders{}} }

// see takes the next order of a cell. Orders come by id.
func (p *pairs) see(cell record.Cell, h *History) {
	if p.current == nil {
		p.current = &cellOrders{cell: cell.ID, paced: cell.InFlight > 0}
	}
	if !h.Offered {
		return // from nowhere, and a violation of its own
	}
	what := fnv.New64a()
	for _, text := range []string{h.Order.Customer, h.Order.Restaurant, h.Order.Items} {
		what.Write([]byte(text))
		what.Write([]byte{0})
	}
	// A copy, because the string is a part of its line in the file.
	p.current.orders = append(p.current.orders, placed{strings.Clone(h.Order.ID), what.Sum64()})
}

// close ends a cell. If the same setting was seen in another style, the two are
// compared; a cell that was cut short is compared with none.
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
			if x[0].what != y[0].what {
				p.doubts.add(fmt.Sprintf("what was ordered differs between %s and %s", a.cell, b.cell), x[0].id)
			}
			x, y = x[1:], y[1:]
		}
	}
}

// alone is an order that one of two cells was not offered.
func (p *pairs) alone(order string, offered, not *cellOrders) {
	if !offered.paced {
		p.doubts.add(fmt.Sprintf("an order was offered in %s and not in %s", offered.cell, not.cell), order)
	}
}

package ledger

import "github.com/sagabench/sagabench/food"

// A book finds the rows of an order. Where an action has several, which is so in
// a keyless ledger only, it holds the first.
type book map[string][]food.Row

// usual is how many rows an order has when nothing goes wrong.
var usual = len(food.Required[food.Completed])

func (b book) enter(r food.Row) {
	page := b[r.Order]
	if page == nil {
		page = make([]food.Row, 0, usual)
	}
	if first := find(page, r.Action); first == nil {
		b[r.Order] = append(page, r)
	} else if r.Seq < first.Seq {
		*first = r
	}
}

// of looks at the rows of one order.
func (b book) of(order string) look {
	page := b[order]
	return func(a food.Action) *food.Row { return find(page, a) }
}

// find looks through the rows of one order. They are so few that a map would
// take longer.
func find(page []food.Row, a food.Action) *food.Row {
	for i := range page {
		if page[i].Action == a {
			return &page[i]
		}
	}
	return nil
}

package ledger

import "github.com/sagabench/sagabench/food"

// A book finds rows by order and action. Where an action has several rows,
// which is so in a keyless ledger only, it holds the first.
type book map[entry]food.Row

type entry struct {
	order  string
	action food.Action
}

func (b book) enter(r food.Row) {
	e := entry{r.Order, r.Action}
	if first, ok := b[e]; !ok || r.Seq < first.Seq {
		b[e] = r
	}
}

// of looks at the rows of one order.
func (b book) of(order string) look {
	return func(a food.Action) (food.Row, bool) {
		row, ok := b[entry{order, a}]
		return row, ok
	}
}

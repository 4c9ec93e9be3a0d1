package stage

import (
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
)

// Wrong is what a scenario finds by itself, as an error of its play: what no invariant
// is about.
type Wrong struct{ Order, Sentence, Expected, Seen string }

func (w *Wrong) Error() string { return w.Sentence }

// failed is the finding of a scenario as its result.
func (st *Stage) failed(w *Wrong, r workshop.Result) workshop.Result {
	return st.found(&finding{order: w.Order, sentence: w.Sentence, expected: w.Expected, seen: w.Seen, here: -1}, r)
}

// Ending is how an order ends by its rows, and false as long as that is undecided.
func (st *Stage) Ending(order string) (food.Ending, bool) { return st.journal.tally(order).Ending() }

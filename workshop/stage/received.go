package stage

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
)

// unreceived is what became of an order's events, where the program is all participants:
// an event that no one receives, or one that is not acked, or that there are no more.
func (st *Stage) unreceived(o food.Order) string {
	var kinds []string
	seen, open := map[string]bool{}, map[string]int{}
	for _, f := range st.journal.of(o.ID) {
		switch f.what {
		case published:
			kinds = append(kinds, f.name)
		case received:
			seen[f.name] = true
			open[f.name]++
		case acked:
			open[f.name]--
		}
	}
	for _, kind := range kinds {
		if !slices.Contains(choreography.Kinds, choreography.Kind(kind)) {
			return fmt.Sprintf("The stream refused %s, a kind of event that it does not know, so what it follows from comes again and again.", kind)
		}
		if !seen[kind] {
			return fmt.Sprintf("%s was published, and no participant received it.", kind)
		}
	}
	for kind, n := range open {
		if n > 0 {
			return fmt.Sprintf("%s was received, and not every participant acked it: see what your program printed.", kind)
		}
	}
	return "All that was published was received and acked, so no one has anything left to do."
}

package flow

import (
	"slices"

	"github.com/sagabench/sagabench/food"
)

// A Sighting is what followed from a point, once.
type Sighting struct {
	Context
	Point
	Made []food.Action // before; they need not be made again
	Then []food.Action // that began between this answer and the next
	By   string
}

// FromSightings puts a flow together from what was seen. What differs at one point is
// explained by as little context as it takes.
func FromSightings(seen []Sighting) (f Flow) {
	for _, p := range points {
		here := slices.DeleteFunc(slices.Clone(seen), func(s Sighting) bool { return s.Point != p })
		for _, g := range split(here, func(s Sighting) Context { return s.Context }, consistent) {
			if e := edgeOf(p, g, here); len(e.Then) > 0 || e.By != "" {
				f.Edges = append(f.Edges, e)
			}
		}
	}
	f.Edges = merged(f.Edges, func(e *Edge) *Place { return &e.Place }, func(a, b Edge) bool {
		return a.By == b.By && a.Sometimes == b.Sometimes && slices.Equal(a.Then, b.Then)
	})
	f.Gaps = f.unreached()
	return f
}

// consistent says whether one set of calls explains all sightings: each has what is in
// the set and was not made before.
func consistent(all []Sighting) bool {
	then, by := whole(all)
	return !slices.ContainsFunc(all, func(s Sighting) bool {
		return len(without(without(then, s.Made), s.Then)) > 0 || s.By != "" && s.By != by
	})
}

// whole is all that followed, and how it was carried.
func whole(all []Sighting) (then []food.Action, by string) {
	for _, s := range all {
		then = append(then, s.Then...)
		if s.By != "" {
			by = s.By
		}
	}
	return sorted(then), by
}

// edgeOf is the edge of a group among all sightings at one point. What each of the group
// had made before might follow there as well: nothing shows that it does not.
func edgeOf(p Point, g group[Sighting], here []Sighting) Edge {
	e := Edge{Place: g.at(p), Sometimes: !consistent(g.items)}
	then, _ := whole(g.items)
	anywhere, by := whole(here)
	for _, s := range g.items {
		anywhere = without(anywhere, without(anywhere, s.Made))
	}
	if e.Then = sorted(append(then, anywhere...)); len(e.Then) > 0 || g.items[0].By != "" {
		e.By = by
	}
	return e
}

// unreached names the calls that follow from nothing.
func (f Flow) unreached() (gaps []string) {
	for _, c := range calls {
		if len(f.causes(c)) == 0 {
			gaps = append(gaps, "nothing leads to "+string(c))
		}
	}
	return gaps
}

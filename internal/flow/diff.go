package flow

import (
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
)

// A Difference is a place from which two flows make different sets of calls.
type Difference struct {
	Place
	Only      [2][]food.Action // what follows in one of them alone
	Sometimes [2]bool          // where it does not follow each time
	By        [2]string        // how each carries it, if both are of one style
}

// Diff lists where two flows part. Two of one style part also where something else carries
// an edge. A call that only one of them makes is a difference of the edges that lead to it:
// what follows from the call has nothing to be held against.
func Diff(a, b Flow) (all []Difference) {
	for _, p := range points {
		for _, g := range split(inEachContext(p, a, b), func(d Difference) Context { return Context{d.After[0], d.When} }, equal) {
			d := g.items[0]
			d.Place = g.at(p)
			if len(d.Only[0])+len(d.Only[1]) > 0 || d.By[0] != d.By[1] || d.Sometimes[0] != d.Sometimes[1] {
				all = append(all, d)
			}
		}
	}
	return merged(all, func(d *Difference) *Place { return &d.Place }, func(a, b Difference) bool { return equal([]Difference{a, b}) })
}

// inEachContext holds two flows against each other at a point, in every context that both
// have.
func inEachContext(p Point, a, b Flow) (all []Difference) {
	causes := []Point{{}} // of what a person does
	if !slices.Contains(persons, p) {
		theirs := b.causes(p.Call)
		causes = slices.DeleteFunc(a.causes(p.Call), func(c Point) bool { return !slices.Contains(theirs, c) })
	}
	for _, cause := range causes {
		for _, when := range []When{Uncancelled, Cancelled} {
			one, two := a.edge(p, cause, when), b.edge(p, cause, when)
			d := Difference{Place: Place{After: []Point{cause}, When: when}, Sometimes: [2]bool{one.Sometimes, two.Sometimes}}
			d.Only = [2][]food.Action{without(one.Then, two.Then), without(two.Then, one.Then)}
			if a.Style == b.Style && (len(one.Then) == 0) == (len(two.Then) == 0) {
				d.By = [2]string{one.By, two.By}
			}
			all = append(all, d)
		}
	}
	return all
}

// equal says that they are the same but for their places.
func equal(all []Difference) bool {
	return !slices.ContainsFunc(all, func(d Difference) bool {
		return !slices.Equal(d.Only[0], all[0].Only[0]) || !slices.Equal(d.Only[1], all[0].Only[1]) || d.By != all[0].By || d.Sometimes != all[0].Sometimes
	})
}

// Text is the difference in a line, with what the two flows are called.
func (d Difference) Text(a, b string) string {
	var parts []string
	for i, name := range []string{a, b} {
		if len(d.Only[i]) > 0 {
			parts = append(parts, set(d.Only[i])+" in the "+name+" alone")
		}
	}
	for i, name := range []string{a, b} {
		if d.Sometimes[i] {
			parts = append(parts, "not each time in the "+name)
		}
	}
	if d.By[0] != d.By[1] {
		parts = append(parts, "carried by "+d.By[0]+" in the "+a+", by "+d.By[1]+" in the "+b)
	}
	return d.label() + ": " + strings.Join(parts, ", ")
}

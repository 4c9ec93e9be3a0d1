package flow

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/food"
)

// An Order is what is kept of one order of a run.
type Order struct {
	Rows []food.Row
	Made []food.Action // calls that were made, whatever they came to
}

// Observed is a flow with what the orders of a run really did.
type Observed struct {
	Flow
	Orders int                 `json:"orders"`
	Never  []Point             `json:"never_seen"` // points of the flow that no order came to
	Stray  map[food.Action]int `json:"stray"`      // in how many orders a call was made to which nothing had led
}

// Seen is what was observed of an edge.
type Seen struct {
	Orders int                 `json:"orders"` // that were at its place
	Then   map[food.Action]int `json:"then"`   // in how many of them each call was made
}

// Observe makes a flow ready to count orders.
func Observe(f Flow) *Observed {
	o := &Observed{Flow: f, Never: []Point{}, Stray: map[food.Action]int{}}
	o.Edges = slices.Clone(f.Edges)
	for i, e := range o.Edges {
		o.Edges[i].Seen = &Seen{Then: map[food.Action]int{}}
		o.Never = append(o.Never, e.points()...)
	}
	o.Never = unique(o.Never)
	return o
}

// Add counts an order.
func (o *Observed) Add(order Order) {
	o.Orders++
	was := pointsIn(order)
	o.Never = slices.DeleteFunc(o.Never, func(p Point) bool { return slices.Contains(was, p) })
	made := func(c food.Action) bool { return slices.Contains(order.Made, c) }
	led := map[food.Action]bool{}
	for _, e := range o.Edges {
		if !e.passes(was) {
			continue
		}
		for _, c := range e.Then {
			led[c] = true
		}
		if !e.counts(was, made) {
			continue
		}
		e.Seen.Orders++
		for _, c := range e.Then {
			if made(c) {
				e.Seen.Then[c]++
			}
		}
	}
	for _, c := range unique(order.Made) {
		if !led[c] {
			o.Stray[c]++
		}
	}
}

// pointsIn lists the points that an order came to. What a person did shows in what
// followed from it.
func pointsIn(o Order) []Point {
	all := []Point{OrderPlaced}
	for _, r := range o.Rows {
		all = append(all, Point{r.Action, AnswerOf(r)})
	}
	for person, call := range map[Point]food.Action{CustomerCancels: food.Cancel, PersonResolves: food.Resolve} {
		if slices.Contains(o.Made, call) {
			all = append(all, person)
		}
	}
	return all
}

// passes says whether an order was at the edge's place, whenever the customer cancelled.
func (e Edge) passes(was []Point) bool {
	in := func(p Point) bool { return slices.Contains(was, p) }
	return slices.ContainsFunc(e.points(), in) && (e.After == nil || slices.ContainsFunc(e.After, in))
}

// counts says whether the edge applied to an order. Of one that was cancelled it is not
// recorded what a style knew first: there the edge applied if all of its calls were made.
func (e Edge) counts(was []Point, made func(food.Action) bool) bool {
	cancelled := slices.Contains(was, Point{food.Cancel, Done})
	followed := !slices.ContainsFunc(e.Then, func(c food.Action) bool { return !made(c) })
	switch e.When {
	case Uncancelled:
		return !cancelled || followed
	case Cancelled:
		return cancelled && followed
	}
	return true
}

// notes are what was not as the flow has it, and what did not occur.
func (o *Observed) notes() []string {
	notes := o.Departures()
	if len(o.Never) > 0 {
		notes = append(notes, "never seen: "+phrase(o.Never))
	}
	return notes
}

// Departures are what was not as the flow has it: a call that did not follow, or that
// nothing had led to.
func (o *Observed) Departures() (notes []string) {
	for _, e := range o.Edges {
		for _, c := range e.Then {
			if n := e.Seen.Orders - e.Seen.Then[c]; n > 0 {
				notes = append(notes, fmt.Sprintf("%s: %s was not called in %d of %d orders", e.label(), c, n, e.Seen.Orders))
			}
		}
	}
	for _, c := range calls {
		if n := o.Stray[c]; n > 0 {
			notes = append(notes, fmt.Sprintf("%s was called in %d orders in which nothing had led to it", c, n))
		}
	}
	return notes
}

func unique[T comparable](all []T) (out []T) {
	for _, one := range all {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// Package flow is the whole flow of an order as edges: a call has an answer, and a set
// of calls follows. It is put together from outside, from what each service reacts to
// or from how a workflow behaves. No style reads it, and an order takes no notice of it.
//
//	reactions.go   edges from services that react to each other's events
//	sightings.go   edges from runs in which it was seen what follows
//	diff.go        where two flows part
//	count.go       what the orders of a run really did
//	text.go, mermaid.go   the drawings
package flow

import (
	"cmp"
	"slices"

	"github.com/sagabench/sagabench/food"
)

// An Answer is what a call has come to, as far as it matters for what follows.
type Answer string

const (
	Done    Answer = "done"
	Refused Answer = "refused"
	GaveUp  Answer = food.GaveUp
	Undone  Answer = food.Undone        // it was overtaken, and never takes effect
	Nothing Answer = food.NothingToUndo // an undo that found nothing
)

// Row is the part of a ledger's row that the answer stands for.
func (a Answer) Row() food.Row {
	switch a {
	case Refused:
		return food.Row{Outcome: food.Refused}
	case GaveUp, Undone:
		return food.Row{Outcome: food.Blocked, Reason: string(a)}
	case Nothing:
		return food.Row{Outcome: food.Done, Reason: string(a)}
	}
	return food.Row{Outcome: food.Done}
}

// AnswerOf is the answer that a row is.
func AnswerOf(r food.Row) Answer {
	switch {
	case r.Outcome == food.Refused:
		return Refused
	case r.Rejected():
		return GaveUp
	case r.Outcome == food.Blocked:
		return Undone
	case !r.TookEffect():
		return Nothing
	}
	return Done
}

// Answers lists what a call can come to, by the rules of [food.Ledger].
func Answers(call food.Action) []Answer {
	switch {
	case call.Deciding():
		return []Answer{Done, Refused, GaveUp, Undone}
	case call.Undoes() != "":
		return []Answer{Done, Refused, GaveUp, Nothing}
	case len(call.BlockedBy()) > 0 || slices.ContainsFunc(calls, func(a food.Action) bool { return a.Undoes() == call }):
		return []Answer{Done, Undone}
	}
	return []Answer{Done}
}

// A Point is where something follows: a call has its answer. What a person does is
// written in the same form.
type Point struct {
	Call   food.Action `json:"call"`
	Answer Answer      `json:"answer"`
}

// What begins a chain of calls and is none.
var (
	OrderPlaced     = Point{"order", "placed"}
	CustomerCancels = Point{"customer", "cancels"}
	PersonResolves  = Point{"person", "resolves"}

	persons = []Point{OrderPlaced, CustomerCancels, PersonResolves}
)

// When says whether an edge depends on the customer.
type When string

const (
	Always      When = ""
	Uncancelled When = "uncancelled" // unless a cancellation has taken effect before
	Cancelled   When = "cancelled"   // only then
)

// A Place is where an edge begins: at one or several points of a call.
type Place struct {
	Call    food.Action `json:"call"`
	Answers []Answer    `json:"answers"`         // each of them
	After   []Point     `json:"after,omitempty"` // only if the call itself followed from one of these
	When    When        `json:"when,omitempty"`  // only then
}

// An Edge says which calls follow from a place. All of them begin at the same time. A call
// that was made before need not be made again.
type Edge struct {
	Place
	Then      []food.Action `json:"then"`                // empty: it is published, and no one receives it
	Sometimes bool          `json:"sometimes,omitempty"` // not each time, and no rule was found
	By        string        `json:"by"`                  // how the style carries it
	Seen      *Seen         `json:"seen,omitempty"`      // in a run
}

// A Flow is all edges of a style.
type Flow struct {
	Style string   `json:"style"`
	Frame string   `json:"frame,omitempty"` // the one part of the program that knows it; "": none does
	Edges []Edge   `json:"edges"`
	Gaps  []string `json:"gaps,omitempty"` // what leads nowhere, and what nothing leads to
}

// edge is the one from a point, where its call followed from cause. The zero value: nothing
// follows.
func (f Flow) edge(p Point, cause Point, when When) Edge {
	for _, e := range f.Edges {
		if e.Call == p.Call && slices.Contains(e.Answers, p.Answer) &&
			(e.After == nil || slices.Contains(e.After, cause)) && (e.When == Always || e.When == when) {
			return e
		}
	}
	return Edge{}
}

// causes lists the points from which a call follows.
func (f Flow) causes(call food.Action) (all []Point) {
	for _, e := range f.Edges {
		if slices.Contains(e.Then, call) {
			all = append(all, e.points()...)
		}
	}
	return all
}

func (p Place) points() (all []Point) {
	for _, a := range p.Answers {
		all = append(all, Point{p.Call, a})
	}
	return all
}

// calls are all actions in the order of every drawing: first those that decide, then
// the undos, then the rest, each by service.
var calls = func() (all []food.Action) {
	for _, s := range food.AllServices {
		all = append(all, food.Actions[s]...)
	}
	kind := func(a food.Action) int {
		switch {
		case a.Deciding():
			return 0
		case a.Undoes() != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b food.Action) int { return cmp.Compare(kind(a), kind(b)) })
	return all
}()

// points are all that there can be, in the order of every drawing: the way of an order for
// which all goes well, then the customer, then the rest.
var points = func() (all []Point) {
	of := func(calls ...food.Action) {
		for _, c := range calls {
			for _, a := range Answers(c) {
				all = append(all, Point{c, a})
			}
		}
	}
	first := []food.Action{food.Charge, food.Confirm, food.Assign}
	all = append(all, OrderPlaced)
	of(first...)
	all = append(all, CustomerCancels)
	of(food.Cancel)
	of(without(calls, append(first, food.Cancel))...)
	return append(all, PersonResolves)
}()

// sorted is a set of calls in the order of every drawing, each once.
func sorted(set []food.Action) []food.Action {
	out := slices.Clone(set)
	slices.SortFunc(out, func(a, b food.Action) int { return cmp.Compare(slices.Index(calls, a), slices.Index(calls, b)) })
	return slices.Compact(out)
}

// without is what of a set is in no other.
func without(set, other []food.Action) []food.Action {
	return slices.DeleteFunc(slices.Clone(set), func(a food.Action) bool { return slices.Contains(other, a) })
}

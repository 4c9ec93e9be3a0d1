package flow

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/food"
)

// A Reaction is what one service does by itself: it receives something, makes a call, and
// publishes what that came to. It names no other service.
type Reaction struct {
	Service food.Service
	On      string
	Call    food.Action       // "" if it receives what it has no reaction to
	Then    map[Answer]string // what it publishes
	Deaf    bool              // what it reacts to does not reach it
}

// A Source is what a person publishes.
type Source struct {
	Point
	What string
}

// FromReactions puts a flow together from reactions: each leads to those that receive
// what it publishes. Kinds are all that can be published.
func FromReactions(sources []Source, reactions []Reaction, kinds []string) Flow {
	w := walk{reactions: reactions, published: map[string]bool{}}
	for _, s := range sources {
		w.publish(s.What, s.Point, Context{})
	}
	f := FromSightings(w.seen)
	f.Gaps = append(w.gaps(kinds), f.Gaps...)
	return f
}

// A walk follows what is published to those who receive it.
type walk struct {
	reactions []Reaction
	seen      []Sighting
	published map[string]bool
}

// publish adds what follows from a point whose answer is published, and then from that.
func (w *walk) publish(what string, from Point, c Context) {
	if slices.ContainsFunc(w.seen, func(s Sighting) bool { return s.Point == from && s.Context == c }) {
		return // a circle
	}
	var received []Reaction
	s := Sighting{Point: from, Context: c, By: what}
	for _, r := range w.reactions {
		if what != "" && r.On == what && r.Call != "" && !r.Deaf {
			received = append(received, r)
			s.Then = append(s.Then, r.Call)
		}
	}
	w.published[what] = true
	w.seen = append(w.seen, s)
	for _, r := range received {
		for _, a := range Answers(r.Call) {
			w.publish(r.Then[a], Point{r.Call, a}, Context{Cause: from})
		}
	}
}

// gaps are what is published for no one, and reactions that nothing can trigger.
func (w *walk) gaps(kinds []string) (gaps []string) {
	for _, k := range kinds {
		if !slices.ContainsFunc(w.reactions, func(r Reaction) bool { return r.On == k && !r.Deaf }) {
			gaps = append(gaps, fmt.Sprintf("no service receives %s", k))
		}
	}
	for _, r := range w.reactions {
		switch {
		case r.Call == "":
			gaps = append(gaps, fmt.Sprintf("%s receives %s and does not react to it", r.Service, r.On))
		case r.Deaf:
			gaps = append(gaps, fmt.Sprintf("%s reacts to %s and does not receive it: %s is never called for it", r.Service, r.On, r.Call))
		case !w.published[r.On]:
			gaps = append(gaps, fmt.Sprintf("%s reacts to %s, which nothing publishes: %s is never called for it", r.Service, r.On, r.Call))
		}
	}
	slices.Sort(gaps)
	return gaps
}

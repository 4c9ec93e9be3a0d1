package choreography

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
)

// This file is for whoever looks at the flow from outside. It lists the reactions of each
// participant, as they are: what reaches it, and what it publishes. That they lead to each
// other is put together in internal/flow. No participant reads any of it.

// Flow is what follows from what, by what the participants do one by one.
func Flow() flow.Flow { return flowOf(participants) }

func flowOf(participants []participant) flow.Flow {
	var reactions []flow.Reaction
	for _, p := range participants {
		reactions = append(reactions, p.reactions()...)
	}
	var kinds []string
	for _, k := range Kinds {
		kinds = append(kinds, string(k))
	}
	return flow.FromReactions([]flow.Source{
		{Point: flow.OrderPlaced, What: string(OrderPlaced)},
		{Point: flow.CustomerCancels, What: string(CancellationRequested)},
		{Point: flow.PersonResolves, What: string(EscalationResolved)},
	}, reactions, kinds)
}

// reactions are the participant's. What reaches it is found with events as they are
// published, and the subjects to which it subscribes: its table alone does not show that.
func (p participant) reactions() (all []flow.Reaction) {
	b := &bus{Config: Config{Name: "flow"}}
	reached := map[Kind]bool{}
	for _, k := range Kinds {
		m, err := b.encode(context.Background(), happened(k, anyOrder), string(p.service), time.Time{})
		if err != nil || !slices.ContainsFunc(p.subjects(b.Name), func(filter string) bool { return matches(filter, m.Subject) }) {
			continue
		}
		e, err := decodeEvent(b.Name, m.Subject, m.Data)
		r, ok := p.on[e.Kind]
		if err != nil || !ok {
			r = reaction{}
		}
		reached[e.Kind] = true
		all = append(all, p.reaction(k, r))
	}
	for k, r := range p.on {
		if !reached[k] {
			deaf := p.reaction(k, r)
			deaf.Deaf = true
			all = append(all, deaf)
		}
	}
	return all
}

// reaction is what the participant does when it receives an event of a kind.
func (p participant) reaction(k Kind, r reaction) flow.Reaction {
	one := flow.Reaction{Service: p.service, On: string(k), Call: r.does, Then: map[flow.Answer]string{}}
	for _, a := range flow.Answers(r.does) {
		one.Then[a] = string(r.next(a.Row()))
	}
	return one
}

// anyOrder is one like any other.
var anyOrder = food.Order{ID: "o-1", Customer: "ada", Restaurant: "noodle-bar", Items: []food.Item{{Dish: "ramen", Quantity: 1, Price: 11_50}}}

// matches says whether a subject passes a filter: "*" stands for one token, and ">" for
// all that are left.
func matches(filter, subject string) bool {
	want, is := strings.Split(filter, "."), strings.Split(subject, ".")
	for i, token := range want {
		switch {
		case i >= len(is):
			return false
		case token == ">":
			return true
		case token != "*" && token != is[i]:
			return false
		}
	}
	return len(want) == len(is)
}

package stage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
)

// Verdict is what a scenario came to. err is what its play returned: a [Halt] is the
// program's, a [Wrong] the scenario's own, and any other is of the machine and returned. A
// scenario without a violation whose fault did not fire is unknown.
func (st *Stage) Verdict(scenario string, err error, fired bool) (workshop.Result, error) {
	halt, _ := errors.AsType[*Halt](err)
	wrong, _ := errors.AsType[*Wrong](err)
	if err != nil && halt == nil && wrong == nil {
		return workshop.Result{Scenario: scenario}, err
	}
	r := workshop.Result{Scenario: scenario, Printed: st.Printed()}
	crash, failed := st.crash(halt)
	if failed != nil {
		return workshop.Result{Scenario: scenario}, failed
	}
	if crash != nil { // and whatever else is wrong follows from it
		return st.found(crash, r), nil
	}
	if wrong != nil {
		return st.failed(wrong, r), nil
	}
	if f := st.find(halt); f != nil {
		r = st.found(f, r)
		if halt != nil && len(halt.Where) > 0 && st.halted == nil {
			r.Seen += "; your program stands at " + halt.Where[0].String()
		}
		return r, nil
	}
	if !fired {
		r.Sentence = "What this scenario is about did not happen, so nothing is known: run it again."
		return r, nil
	}
	r.Verdict = workshop.Passed
	return r, nil
}

// A finding is what is wrong with one order.
type finding struct {
	order, sentence, expected, seen string
	here                            int  // among the order's facts; -1: none
	open                            bool // something is missing, and nothing else is wrong
}

// found is a finding as a result.
func (st *Stage) found(f *finding, r workshop.Result) workshop.Result {
	r.Verdict, r.Sentence, r.Expected, r.Seen = workshop.Failed, f.sentence, f.expected, f.seen
	r.Lanes = st.lanes(f)
	return r
}

// find returns the first thing that is wrong, or nil.
func (st *Stage) find(halt *Halt) *finding {
	if halt != nil && st.halted != nil {
		return &finding{sentence: sentence(halt.Why), expected: "it runs until the checker ends it", seen: halt.Why, here: -1, order: st.lastOrder()}
	}
	for _, look := range []func(food.Order) *finding{st.doubled, st.mistaken} {
		for _, o := range st.orders {
			if f := look(o); f != nil {
				return f
			}
		}
	}
	for _, o := range st.orders {
		if halt != nil && halt.Order != "" && halt.Order != o.ID {
			continue // they were not given their time
		}
		if f := st.violated(o); f != nil {
			if halt != nil && f.open {
				f.sentence = st.stuckAt(o, halt) + " " + f.sentence
			}
			return f
		}
	}
	if halt != nil {
		return st.restless(halt)
	}
	return nil
}

// restless is about a program that has done everything and does not know it.
func (st *Stage) restless(halt *Halt) *finding {
	f := &finding{order: st.lastOrder(), expected: "each message is acked in the end", seen: halt.Why, here: -1}
	f.sentence = "All orders have ended, and your program does not come to rest: " + halt.Why + "."
	for _, o := range st.orders {
		if event := unacked(st.journal.of(o.ID)); event != "" {
			f.order = o.ID
			f.sentence = fmt.Sprintf("All orders have ended, and your program has never acked %s: it comes again and again.", event)
		}
	}
	return f
}

// unacked is the last event that came to the program and was not acked, or "".
func unacked(facts []fact) (event string) {
	for _, f := range facts {
		switch {
		case f.what == received:
			event = f.name
		case f.what == acked && f.name == event:
			event = ""
		}
	}
	return event
}

// lastOrder is the one that something happened to last.
func (st *Stage) lastOrder() string {
	st.journal.mu.Lock()
	defer st.journal.mu.Unlock()
	for i := len(st.journal.facts) - 1; i >= 0; i-- {
		if o := st.journal.facts[i].order; o != "" {
			return o
		}
	}
	return ""
}

// doubled finds a call that took effect twice.
func (st *Stage) doubled(o food.Order) *finding {
	first := map[food.Action]fact{}
	for i, f := range st.journal.of(o.ID) {
		if f.what != took && f.what != row || !f.row.TookEffect() {
			continue
		}
		before, again := first[f.row.Action]
		if !again {
			first[f.row.Action] = f
			continue
		}
		return &finding{
			order: o.ID, here: i,
			sentence: fmt.Sprintf("Order %s was %s twice. %s", o.ID, past(f.row.Action), why(before, f)),
			expected: fmt.Sprintf("%s once", st.brief(f.row)),
			seen:     fmt.Sprintf("%s, %s", st.brief(before.row), st.brief(f.row)),
		}
	}
	return nil
}

// why is what made the provider take the second request for a new one.
func why(first, second fact) string {
	switch {
	case second.key == "":
		return "The provider took your second request for a new one: it had no key."
	case second.key != first.key:
		was, is := apart(first.key, second.key)
		return fmt.Sprintf("The provider took your second request for a new one: its key was new, %s and not %s.", is, was)
	}
	return "The key was the same, and the provider had forgotten it: only you could know."
}

// mistaken finds a call that the provider took for another one.
func (st *Stage) mistaken(o food.Order) *finding {
	for i, f := range st.journal.of(o.ID) {
		isVoid := f.name == voidAction || f.text == f.order+"."+voidAction
		if f.what == knew && !isVoid && f.text != f.order+"."+f.name {
			return &finding{
				order: o.ID, here: i,
				sentence: fmt.Sprintf("Order %s was not %s. The provider knew the key from %s, answered as it had done there, and did nothing.", o.ID, past(food.Action(f.name)), f.text),
				expected: "another call has another key", seen: fmt.Sprintf("key %q for %s and for %s.%s", f.key, f.text, f.order, f.name),
			}
		}
	}
	return nil
}

// violated asks the invariants of the experiment.
func (st *Stage) violated(o food.Order) *finding {
	rows := st.journal.rowsOf(o.ID)
	if len(rows) == 0 && len(st.journal.of(o.ID)) == 0 {
		return nil // it was not placed
	}
	ending, _ := st.journal.tally(o.ID).Ending()
	h := invariant.History{Offered: true, Order: record.Order{
		ID: o.ID, Customer: o.Customer, Restaurant: o.Restaurant, Items: load.Items(o), Outcome: string(ending),
	}}
	for _, r := range rows {
		h.Rows = append(h.Rows, record.Effect{
			Order: r.Order, Seq: r.Seq, Service: string(r.Service), Action: string(r.Action), For: r.For,
			Outcome: string(r.Outcome), Reason: r.Reason, Amount: int64(r.Amount), Attempt: r.Attempt,
		})
	}
	if all := invariant.OfRows(h); len(all) > 0 {
		v := all[len(all)-1] // the first is that it has not ended, and the least of all
		what, evidence, _ := strings.Cut(v.Detail, ": ")
		if ending == "" && len(all) == 1 {
			what = "it has not come to an end"
		}
		return &finding{order: o.ID, here: -1, sentence: fmt.Sprintf("Order %s: %s.", o.ID, what), expected: promise(v.Invariant), seen: evidence, open: len(all) == 1 && v.Invariant == invariant.All[0].Name}
	}
	if want := st.endings[o.ID]; ending != want && !st.want[o.ID] {
		return &finding{order: o.ID, here: -1, sentence: fmt.Sprintf("Order %s ended as %s.", o.ID, ending), expected: string(want), seen: string(ending)}
	}
	return nil
}

// promise is the first sentence of an invariant.
func promise(name string) string {
	for _, inv := range invariant.All {
		if inv.Name == name {
			first, _, _ := strings.Cut(inv.Sentence, ".")
			return first
		}
	}
	return name
}

// stuckAt is what the order waits for, as far as the stage can see.
func (st *Stage) stuckAt(o food.Order, halt *Halt) string {
	last := map[what]fact{}
	facts := st.journal.of(o.ID)
	for _, f := range facts {
		last[f.what] = f
	}
	pending := unacked(facts)
	idle := sentence(halt.Why)
	switch {
	case st.Without == Workflow:
		return strings.TrimSpace(idle + " " + st.unanswered(o.ID))
	case st.Style != record.Choreography:
		return idle
	case st.Without == All:
		return idle + " " + st.unreceived(o)
	case last[received].what == "":
		return idle + " No event of the order came to your program: it does not fetch."
	case pending != "":
		return fmt.Sprintf("%s Your program received %s and did not ack it.", idle, pending)
	case last[acked].what != "" && last[took].what == "" && last[knew].what == "":
		return fmt.Sprintf("%s Your program acked %s, and the provider did nothing: what is acked does not come again.", idle, last[acked].name)
	case last[acked].what != "" && last[published].what == "" && st.Without != string(food.Loyalty):
		return fmt.Sprintf("%s Your program acked %s and never published what follows: no one else knows of it.", idle, last[acked].name)
	}
	return idle
}

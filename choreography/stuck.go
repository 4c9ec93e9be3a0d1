package choreography

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/stuck"
)

// List lists every order that waits.
func (o *Operator) List(ctx context.Context) (stuck.Look, error) {
	s, err := o.survey(ctx, "")
	if err != nil {
		return stuck.Look{}, err
	}
	l := stuck.Look{Notes: s.notes()}
	for id := range s.events {
		if one := s.order(id); len(one.Waits) > 0 {
			one.Steps = nil
			l.Orders = append(l.Orders, one)
		}
	}
	stuck.Sort(l.Orders)
	return l, nil
}

// Show is one order with its events, or food.ErrUnknownOrder.
func (o *Operator) Show(ctx context.Context, order string) (stuck.Order, error) {
	s, err := o.survey(ctx, order)
	if err != nil {
		return stuck.Order{}, err
	}
	if len(s.events[order])+len(s.dead[order]) == 0 {
		return stuck.Order{}, fmt.Errorf("order %s: %w", order, food.ErrUnknownOrder)
	}
	return s.order(order), nil
}

// A state is what is known of one reaction to one event.
type state int

const (
	handled   state = iota // acked, and what follows from it was published
	silent                 // acked, and nothing follows from it
	lost                   // acked, and what must follow from it was not published
	waiting                // not delivered, or not acked
	unclear                // delivered, and perhaps acked
	deadAgain              // a dead letter, which is listed as such
)

// state is what is known of a participant's reaction to an event. What must be
// published is published before the ack, so an event that has followed shows that the
// message was handled. Where nothing need follow, only the ack shows it.
func (s *survey) state(l *lag, e entry) state {
	r := l.on[e.kind]
	must := s.mustPublish(l, e.order, r)
	switch {
	case s.followed(e.order, r):
		return handled
	case s.isDead(e):
		return deadAgain
	case e.seq > l.delivered:
		return waiting
	case e.seq <= l.floor || l.unacked == 0:
		if must {
			return lost
		}
		return silent
	case must || l.isUnacked(e):
		return waiting
	case l.rest:
		return silent
	}
	return unclear
}

// order puts together what is known of one order.
func (s *survey) order(id string) stuck.Order {
	o := stuck.Order{ID: id}
	for _, e := range s.events[id] {
		o.Steps = append(o.Steps, stuck.Step{At: e.at, What: string(e.kind), More: e.reason})
	}
	for _, l := range s.lags {
		for _, action := range food.Actions[l.service] {
			s.call(l, action, &o)
		}
	}
	for _, l := range s.dead[id] {
		o.Waits = append(o.Waits, l.waits()...)
	}
	return o
}

// call adds what is known of one call: its row or what it waits for. Several events
// may lead to it, and each may have come more than once. The first one that was handled
// has made its row; of a kind that came again, because it was redriven, the last counts.
func (s *survey) call(l *lag, action food.Action, o *stuck.Order) {
	row := food.Row{Order: o.ID, Service: l.service, Action: action}
	last := map[Kind]entry{}
	for _, e := range s.events[o.ID] {
		if l.on[e.kind].does == action {
			last[e.kind] = e
		}
	}
	known := map[state]*entry{}
	for _, e := range last {
		known[s.state(l, e)] = &e
	}
	switch {
	case known[handled] != nil:
		rejected := l.on[known[handled].kind].rejected
		if row.Outcome = food.Done; s.has(o.ID, rejected) {
			row.Outcome, row.Reason = food.Refused, s.reason(o.ID, rejected)
			o.Waits = append(o.Waits, s.escalation(row, rejected)...)
		}
		o.Rows = append(o.Rows, row)
	case known[silent] != nil:
		o.Rows = append(o.Rows, row)
	case known[waiting] != nil:
		o.Waits = append(o.Waits, l.wait(*known[waiting]))
	case known[lost] != nil:
		o.Waits = append(o.Waits, l.lost(*known[lost]))
	case known[unclear] != nil:
		o.Unclear = append(o.Unclear, action)
	}
}

// reason is that of the last event of a kind, if its body was read.
func (s *survey) reason(order string, k Kind) (reason string) {
	for _, e := range s.events[order] {
		if e.kind == k {
			reason = e.reason
		}
	}
	return reason
}

// escalation is the wait for a person, if the event calls for one who has not come.
func (s *survey) escalation(r food.Row, k Kind) []stuck.Wait {
	if !slices.Contains(escalations, k) || s.has(r.Order, EscalationResolved) {
		return nil
	}
	w := stuck.Wait{Service: r.Service, Call: r.Action, Why: "it was rejected", Who: stuck.Person}
	if r.Reason != "" {
		w.Why += ": " + r.Reason
	}
	for _, e := range s.events[r.Order] {
		if e.kind == k {
			w.Since = e.at
		}
	}
	return []stuck.Wait{w}
}

// wait is for a message that is not acked.
func (l *lag) wait(e entry) stuck.Wait {
	why := " is not acked"
	if e.seq > l.delivered {
		why = " is not delivered"
	}
	return stuck.Wait{Service: l.service, Call: l.on[e.kind].does, Since: e.at, Who: stuck.Program, Why: string(e.kind) + why}
}

// lost is for one that was acked for nothing.
func (l *lag) lost(e entry) stuck.Wait {
	return stuck.Wait{Service: l.service, Call: l.on[e.kind].does, Since: e.at, Who: stuck.Operator,
		Why: string(e.kind) + " was acked and nothing has followed: was its dead letter removed?"}
}

// waits are for the calls to which a dead letter would have led.
func (l letter) waits() (waits []stuck.Wait) {
	w := stuck.Wait{Since: l.at, Why: fmt.Sprintf("dead letter %d: %s", l.seq, l.reason), Who: stuck.Operator, Letter: l.seq}
	for _, p := range participants {
		if r, ok := p.on[l.kind]; ok {
			w.Service, w.Call = p.service, r.does
			waits = append(waits, w)
		}
	}
	if waits == nil {
		waits = append(waits, w)
	}
	return waits
}

// notes are what belongs to no order.
func (s *survey) notes() (notes []string) {
	for _, l := range s.lags {
		if l.idle && l.pending > 0 {
			notes = append(notes, fmt.Sprintf("%s: no worker asks for messages at the moment, and %d are not delivered", l.service, l.pending))
		}
		known, perhaps := 0, []entry{}
		for _, e := range l.window {
			switch s.state(l, e) {
			case waiting:
				if e.seq <= l.delivered {
					known++
				}
			case unclear:
				perhaps = append(perhaps, e)
			}
		}
		if more := l.unacked - known; more > 0 && len(perhaps) > 0 {
			notes = append(notes, fmt.Sprintf("%s: %d more of the %d messages delivered since %s may not be acked; the server does not report which, and no event follows from them",
				l.service, min(more, len(perhaps)), len(perhaps), perhaps[0].at.UTC().Format(time.RFC3339)))
		}
	}
	return notes
}

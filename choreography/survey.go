package choreography

import (
	"context"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// A lag is what the server counts for one participant: all that it subscribes to up
// to floor was acked, and up to delivered it was delivered. Of the messages in between
// the server counts how many are unacked, and does not report which.
type lag struct {
	participant
	floor, delivered uint64
	unacked, pending int
	idle             bool // no worker asks for messages at the moment

	window []entry // above floor, what it subscribes to
	first  uint64  // the first of them that was delivered
	all    bool    // of those that were delivered are unacked
	rest   bool    // those that are known to be unacked are as many as the server counts
}

// kinds is a set of them, a bit for each of [Kinds].
type kinds uint32

func (all kinds) has(k Kind) bool { return all&bit(k) != 0 }

// bit is 0 for no event, and for one that only a newer build knows.
func bit(k Kind) kinds {
	if i := slices.Index(Kinds, k); i >= 0 {
		return 1 << i
	}
	return 0
}

// A survey is what is known of all orders, and more of those that may wait.
type survey struct {
	lags   []*lag
	dead   map[string][]letter
	kinds  map[string]kinds   // which events every order has
	events map[string][]entry // of those that may wait, and of no others
}

// survey reads the consumers first. What happens after that is in the stream by the
// time it is read, so an event that has followed is never missed. The stream is read
// from its beginning, because no one keeps a list of orders that have not ended. One
// order is surveyed whether it waits or not, and with the bodies of its events.
func (o *Operator) survey(ctx context.Context, one string) (*survey, error) {
	s := &survey{kinds: map[string]kinds{}, events: map[string][]entry{}}
	stream, err := o.bus.stateOf(ctx, o.bus.stream())
	if err != nil {
		return nil, err
	}
	err = eachConsumer(ctx, stream, func(p participant, info *jetstream.ConsumerInfo) error {
		s.lags = append(s.lags, &lag{
			participant: p, floor: info.AckFloor.Stream, delivered: info.Delivered.Stream,
			unacked: info.NumAckPending, pending: int(info.NumPending), idle: info.NumWaiting == 0,
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.dead, err = o.letters(ctx); err != nil {
		return nil, err
	}
	if err := o.read(ctx, stream, nil, s.see); err != nil {
		return nil, err
	}
	s.count()
	if one != "" {
		s.events[one] = nil
	}
	s.choose()
	return s, o.recall(ctx, stream, s, one)
}

// see takes an event of the stream.
func (s *survey) see(e entry) {
	s.kinds[e.order] |= bit(e.kind)
	for _, l := range s.lags {
		if _, subscribes := l.on[e.kind]; subscribes && e.seq > l.floor && (l.unacked > 0 || e.seq > l.delivered) {
			l.window = append(l.window, e)
			s.events[e.order] = nil
		}
	}
}

// choose adds to the orders that may wait those with a dead letter, those that wait
// for a person, and those in which an event is missing.
func (s *survey) choose() {
	for order := range s.dead {
		s.events[order] = nil
	}
	for order, all := range s.kinds {
		if slices.ContainsFunc(escalations, all.has) && !all.has(EscalationResolved) || s.missing(order, all) {
			s.events[order] = nil
		}
	}
}

// missing says whether an event must follow and is not there.
func (s *survey) missing(order string, all kinds) bool {
	for _, l := range s.lags {
		for kind, r := range l.on {
			if all.has(kind) && s.mustPublish(l, order, r) && !s.followed(order, r) {
				return true
			}
		}
	}
	return false
}

// most is how many orders are read by their subjects. For more of them reading the
// whole stream is cheaper.
const most = 200

// recall reads all events of the orders of the survey.
func (o *Operator) recall(ctx context.Context, stream jetstream.Stream, s *survey, one string) error {
	var subjects []string
	for order := range s.events {
		subjects = append(subjects, o.bus.Name+".order.*."+order)
	}
	if len(subjects) == 0 {
		return nil
	}
	if len(subjects) > most {
		subjects = nil
	}
	err := o.read(ctx, stream, subjects, func(e entry) {
		if _, wanted := s.events[e.order]; wanted {
			s.events[e.order] = append(s.events[e.order], e)
		}
	})
	for i, e := range s.events[one] {
		if err == nil {
			s.events[one][i], err = o.body(ctx, stream, e)
		}
	}
	return err
}

// followed says whether the reaction has published its event.
func (s *survey) followed(order string, r reaction) bool {
	return s.has(order, r.done) || s.has(order, r.rejected)
}

func (s *survey) has(order string, k Kind) bool { return s.kinds[order].has(k) }

// mustPublish says whether an event must follow from the reaction. That is known by
// the participant alone: nothing has blocked a deciding call to which it has no other
// reaction for the order, and an undo has something to undo where its forward call was
// reported as done.
func (s *survey) mustPublish(l *lag, order string, r reaction) bool {
	for kind, other := range l.on {
		switch {
		case r.does.Deciding() && other != r && s.has(order, kind):
			return false
		case r.done != "" && other.does == r.does.Undoes() && s.has(order, other.done):
			return true
		}
	}
	return r.does.Deciding()
}

func (s *survey) isDead(e entry) bool {
	return slices.ContainsFunc(s.dead[e.order], func(l letter) bool { return l.was == e.seq })
}

// isUnacked says whether a message that was delivered is certainly not acked: the
// first one above the floor is not, and all are if the server counts as many.
func (l *lag) isUnacked(e entry) bool { return l.all || e.seq == l.first }

// count finds out which of the messages that were delivered are certainly not acked,
// and whether the others are certainly acked.
func (s *survey) count() {
	for _, l := range s.lags {
		delivered, certain := 0, 0
		for _, e := range l.window {
			if e.seq > l.delivered || s.isDead(e) {
				continue
			}
			if delivered++; delivered == 1 {
				l.first = e.seq
			}
			if r := l.on[e.kind]; l.first == e.seq || s.mustPublish(l, e.order, r) && !s.followed(e.order, r) {
				certain++
			}
		}
		l.all, l.rest = l.unacked >= delivered, l.unacked <= certain
	}
}

package choreography

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/stuck"
)

// This file is for the person who looks after the orders. No participant knows what an
// order waits for, so it is put together from outside: from the events in the stream,
// from what the server counts for each consumer, and from the dead letters.

// An Operator finds what waits, and helps. It creates nothing on the server but a
// consumer for each reading, which acks nothing and goes with it.
type Operator struct {
	bus      *bus
	subjects int // bytes of those that were read
}

// Operate connects to the server, for the orders of c.
func Operate(_ context.Context, c Config) (*Operator, error) {
	b, err := dial(c)
	if err != nil {
		return nil, err
	}
	return &Operator{bus: b}, nil
}

// Names lists the names under which the server has orders: c's alone, if it is one of
// them.
func Names(ctx context.Context, c Config) (names []string, err error) {
	wanted := c.Name
	c.Name = cmp.Or(wanted, "any")
	b, err := dial(c)
	if err != nil {
		return nil, err
	}
	defer b.conn.Close()
	list := b.js.StreamNames(ctx)
	var all []string
	for name := range list.Name() {
		all = append(all, name)
	}
	for _, name := range all {
		b.Name = name
		if slices.Contains(all, b.deadStream()) {
			names = append(names, name)
		}
	}
	if slices.Contains(names, wanted) {
		return []string{wanted}, list.Err()
	}
	return names, list.Err()
}

// Orders lists the ids of orders that the stream has.
func (o *Operator) Orders(ctx context.Context) (ids []string, err error) {
	stream, err := o.bus.stateOf(ctx, o.bus.stream())
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(Subject(o.bus.Name, OrderPlaced, "*")))
	if err != nil {
		return nil, err
	}
	for subject := range info.State.Subjects {
		_, order := parseSubject(subject)
		ids = append(ids, order)
	}
	slices.Sort(ids)
	return ids, nil
}

// Cost is what everything until now took, as the client counts it, with the subjects
// of the events, which are what is read of most of them.
func (o *Operator) Cost() stuck.Cost {
	s := o.bus.conn.Stats()
	return stuck.Cost{Requests: int(s.OutMsgs), Bytes: int(s.InBytes+s.OutBytes) + o.subjects}
}

// Close closes the connection.
func (o *Operator) Close(ctx context.Context) error { return o.bus.close(ctx) }

// Resolve is [Coordinator.Resolve].
func (o *Operator) Resolve(ctx context.Context, order string) error {
	return (&Coordinator{o.bus}).Resolve(ctx, food.Order{ID: order})
}

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

// Redrive publishes the dead letters of an order again, on their own subjects, and
// removes them. It returns what it did. Each comes first and goes then, so nothing is
// lost in between; the event that comes twice after that is harmless. What still can't
// be read becomes a dead letter again.
func (o *Operator) Redrive(ctx context.Context, order string) (did []string, err error) {
	letters, err := o.letters(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range letters[order] {
		err := o.redrive(ctx, l)
		if err != nil {
			return did, err
		}
		did = append(did, fmt.Sprintf("dead letter %d was published again as %s", l.seq, l.kind))
	}
	return did, nil
}

// RedriveLetter does that with one dead letter, whosever it is.
func (o *Operator) RedriveLetter(ctx context.Context, seq uint64) (did []string, err error) {
	letters, err := o.letters(ctx)
	if err != nil {
		return nil, err
	}
	for order, all := range letters {
		for _, l := range all {
			if l.seq == seq {
				return []string{fmt.Sprintf("dead letter %d was published again as %s of order %q", seq, l.kind, order)}, o.redrive(ctx, l)
			}
		}
	}
	return nil, fmt.Errorf("there is no dead letter %d", seq)
}

// redrive publishes one letter again. Its message id is the event's with the letter's
// sequence behind it: within the time of dedup the stream would drop the event's own,
// and of two operators at a time one publishes.
func (o *Operator) redrive(ctx context.Context, l letter) error {
	if bit(l.kind) == 0 || l.subject != Subject(o.bus.Name, l.kind, l.order) {
		return fmt.Errorf("dead letter %d is of subject %q, on which no event is published", l.seq, l.subject)
	}
	dead, err := o.bus.stateOf(ctx, o.bus.deadStream())
	if err != nil {
		return err
	}
	body, err := dead.GetMsg(ctx, l.seq)
	if err != nil {
		return fmt.Errorf("dead letter %d: %w", l.seq, err)
	}
	m := &nats.Msg{Subject: l.subject, Header: kept(body.Header), Data: body.Data}
	m.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s.redrive-%d", eventID(l.order, l.kind), l.seq))
	if err := o.bus.publish(ctx, m); err != nil {
		return err
	}
	if err := dead.DeleteMsg(ctx, l.seq); err != nil {
		return fmt.Errorf("dead letter %d was published again and is still there: %w", l.seq, err)
	}
	return nil
}

// An entry is an event as it is found in the stream.
type entry struct {
	seq     uint64
	at      time.Time
	kind    Kind
	order   string
	subject string
	cause   string // where its body was read
	reason  string
}

// A letter is a dead letter: the entry that it was, and why it could not be read. Its
// own sequence is that of the dead-letter stream.
type letter struct {
	entry
	was uint64 // sequence in the stream of events
}

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

// body adds what only the body of an event has.
func (o *Operator) body(ctx context.Context, stream jetstream.Stream, e entry) (entry, error) {
	m, err := stream.GetMsg(ctx, e.seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return e, nil // it was deleted meanwhile
	}
	if err != nil {
		return e, fmt.Errorf("event %d: %w", e.seq, err)
	}
	if full, bad := decodeEvent(o.bus.Name, m.Subject, m.Data); bad == nil {
		e.cause, e.reason = full.Cause, full.Reason
	}
	return e, nil
}

// letters returns the dead letters by order, as their subjects have it.
func (o *Operator) letters(ctx context.Context) (map[string][]letter, error) {
	stream, err := o.bus.stateOf(ctx, o.bus.deadStream())
	if err != nil {
		return nil, err
	}
	all := map[string][]letter{}
	err = o.messages(ctx, stream, nil, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		subject := m.Headers().Get("Dead-Subject")
		was, _ := strconv.ParseUint(m.Headers().Get(jetstream.MsgIDHeader), 10, 64)
		l := letter{entry{seq: meta.Sequence.Stream, at: meta.Timestamp, subject: subject, reason: m.Headers().Get("Dead-Reason")}, was}
		if strings.Count(subject, ".") == 3 {
			l.kind, l.order = parseSubject(subject)
		}
		all[l.order] = append(all[l.order], l)
	})
	return all, err
}

// read reads the stream of events, without their bodies.
func (o *Operator) read(ctx context.Context, stream jetstream.Stream, subjects []string, each func(entry)) error {
	return o.messages(ctx, stream, subjects, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		kind, order := parseSubject(m.Subject())
		each(entry{seq: meta.Sequence.Stream, at: meta.Timestamp, kind: kind, order: order, subject: m.Subject()})
	})
}

// atOnce is how many messages one request asks for.
const atOnce = 1000

// messages reads what a stream has now, in its order. The
// consumer is in memory and acks nothing: it takes no message from anyone.
func (o *Operator) messages(ctx context.Context, stream jetstream.Stream, subjects []string, each func(jetstream.Msg, *jetstream.MsgMetadata)) error {
	c, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubjects:    subjects,
		AckPolicy:         jetstream.AckNonePolicy,
		HeadersOnly:       true,
		MemoryStorage:     true,
		InactiveThreshold: time.Minute, // should this process die
	})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream.CachedInfo().Config.Name, err)
	}
	for left := int(c.CachedInfo().NumPending); left > 0 && err == nil; {
		left, err = o.batch(ctx, c, left, each)
	}
	return errors.Join(err, stream.DeleteConsumer(ctx, c.CachedInfo().Name))
}

// batch reads the next messages of those that are left.
func (o *Operator) batch(ctx context.Context, c jetstream.Consumer, left int, each func(jetstream.Msg, *jetstream.MsgMetadata)) (int, error) {
	got, err := c.Fetch(min(left, atOnce), jetstream.FetchMaxWait(o.bus.Policy.Redelivery))
	if err != nil {
		return left, err
	}
	before := left
	for m := range got.Messages() {
		meta, err := m.Metadata()
		if err != nil {
			return left, err
		}
		o.subjects += len(m.Subject())
		each(m, meta)
		left--
	}
	if err := cmp.Or(got.Error(), ctx.Err()); err != nil || left < before {
		return left, err
	}
	info, err := c.Info(ctx)
	if err == nil && info.NumPending > 0 {
		err = fmt.Errorf("%d messages did not come", info.NumPending)
	}
	return 0, err // the rest was deleted meanwhile
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

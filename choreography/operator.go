package choreography

import (
	"cmp"
	"context"
	"slices"

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

package choreography

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

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

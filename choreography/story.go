package choreography

import (
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/story"
)

// Story is every event of an order that the stream has, and its dead letters, or
// food.ErrUnknownOrder. What an event followed from is what its body says. A reaction
// that publishes nothing, and an attempt that failed, have left nothing in the stream.
func (o *Operator) Story(ctx context.Context, order string) (story.Story, error) {
	s := story.Story{Order: order}
	if !food.ValidID(order) {
		return s, fmt.Errorf("order %q: %w", order, food.ErrUnknownOrder)
	}
	stream, err := o.bus.stateOf(ctx, o.bus.stream())
	if err != nil {
		return s, err
	}
	bySeq := map[uint64]string{} // ids
	err = o.messages(ctx, stream, []string{Subject(o.bus.Name, "*", order)}, true, func(m jetstream.Msg, meta *jetstream.MsgMetadata) {
		one := o.moment(m, meta)
		if slices.ContainsFunc(s.Moments, func(before story.Moment) bool { return before.ID == one.ID }) {
			s.Notes = append(s.Notes, fmt.Sprintf("the stream has %s more than once: which of these an event followed from is not recorded", one.What))
			one.ID = fmt.Sprintf("%s.%d", one.ID, meta.Sequence.Stream)
		}
		bySeq[meta.Sequence.Stream] = one.ID
		s.Moments = append(s.Moments, one)
	})
	if err != nil {
		return s, err
	}
	letters, err := o.letters(ctx)
	if err != nil {
		return s, err
	}
	for _, l := range letters[order] {
		s.Moments = append(s.Moments, story.Moment{At: l.at, ID: fmt.Sprintf("dead.%d", l.seq), Cause: bySeq[l.was], What: "dead letter", Detail: l.reason})
	}
	if len(s.Moments) == 0 {
		return s, fmt.Errorf("order %s: %w", order, food.ErrUnknownOrder)
	}
	slices.SortStableFunc(s.Moments, func(a, b story.Moment) int { return a.At.Compare(b.At) })
	return s, nil
}

// moment is a message of the stream. Of one that can't be decoded only its subject counts.
func (o *Operator) moment(m jetstream.Msg, meta *jetstream.MsgMetadata) story.Moment {
	kind, _ := parseSubject(m.Subject())
	one := story.Moment{At: meta.Timestamp, ID: fmt.Sprintf("message.%d", meta.Sequence.Stream), What: string(kind)}
	e, bad := decodeEvent(o.bus.Name, m.Subject(), m.Data())
	if bad != nil {
		one.Detail = bad.Error()
		return one
	}
	one.ID, one.Cause, one.Detail = e.ID, e.Cause, e.Reason
	one.By, one.Call, one.Outcome = publisher(kind)
	if one.Outcome == food.Refused && e.Reason == food.GaveUp {
		one.Outcome = food.Blocked
	}
	return one
}

// publisher is who publishes an event, and about the outcome of which call, by the
// participants' own data. The rest is published for people.
func publisher(k Kind) (by string, call food.Action, outcome food.Outcome) {
	for _, p := range participants {
		for _, r := range p.on {
			switch k {
			case r.done:
				return string(p.service), r.does, food.Done
			case r.rejected:
				return string(p.service), r.does, food.Refused
			}
		}
	}
	if k == EscalationResolved {
		return "person", "", ""
	}
	return "customer", "", ""
}

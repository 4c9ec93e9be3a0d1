package choreography

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
)

// A participant is one service's part in the story: for each event that it
// hears, one reaction.
type participant struct {
	service food.Service
	hears   map[Kind]reaction
}

// A reaction is one call, and what is said about how it went. It is one call
// and not two, because the message that was heard stays on the stream until
// the reaction is complete, and half a reaction can't be told from none.
type reaction struct {
	call food.Action
	does food.Step
	says Kind // when it is done
	or   Kind // when it was refused or given up
}

// about returns what is said about a row, "" for nothing. It depends on the row
// alone, so that it is the same at every attempt, whoever wrote the row.
func (r reaction) about(row food.Row) Kind {
	switch {
	case row.Outcome == food.Done:
		return r.says
	case row.Announced():
		return r.or
	}
	return "" // blocked: whoever blocked it has spoken
}

// heartbeat is how often the server tells a listener who has nothing to do that
// it is there. A listener who misses two asks again.
const heartbeat = 2 * time.Second

// A listener runs one participant. It executes as many calls at a time as the
// policy says and has as many messages again at hand, no more.
type listener struct {
	*bus
	participant
	slots    chan struct{}
	stalls   stalls
	handlers sync.WaitGroup
	messages jetstream.ConsumeContext
}

// listen begins to hear. The message that comes first is heard first, but they
// are reacted to side by side and may overtake each other.
func (b *bus) listen(ctx context.Context, p participant) (*listener, error) {
	c, err := b.consumer(ctx, p)
	if err != nil {
		return nil, err
	}
	l := &listener{
		bus: b, participant: p,
		slots:  make(chan struct{}, b.Policy.Concurrency),
		stalls: stalls{last: make([]time.Duration, b.Policy.Concurrency)},
	}
	l.messages, err = c.Consume(l.take,
		jetstream.PullMaxMessages(b.Policy.Concurrency),
		jetstream.PullHeartbeat(heartbeat),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			b.Log.Debug("pull", "service", p.service, "err", err)
		}))
	return l, err
}

// take waits for a slot and reacts in it. It runs in one goroutine and holds up
// the messages behind it on purpose.
func (l *listener) take(m jetstream.Msg) {
	if waited := l.slot(); waited > (l.Policy.Redelivery-l.Policy.CallTimeout)/2 {
		// The redelivery clock runs since the message left the server. What
		// is left of it may be too short for the call.
		if err := m.InProgress(); err != nil {
			l.Log.Debug("in progress", "service", l.service, "err", err)
		}
	}
	l.handlers.Go(func() {
		defer func() { <-l.slots }()
		l.handle(m)
	})
}

// slot takes a slot and returns how long the message at hand may have waited
// since it left the server.
func (l *listener) slot() time.Duration {
	select {
	case l.slots <- struct{}{}:
		return l.stalls.add(0)
	default:
		start := time.Now()
		l.slots <- struct{}{}
		return l.stalls.add(time.Since(start))
	}
}

// stalls remembers how long each of the last messages waited for its slot. At
// most that many lie in the client's queue, so no message lay there longer than
// those before it have waited together.
type stalls struct {
	last []time.Duration
	next int
	sum  time.Duration
}

func (s *stalls) add(d time.Duration) time.Duration {
	s.sum += d - s.last[s.next]
	s.last[s.next] = d
	s.next = (s.next + 1) % len(s.last)
	return s.sum
}

// handle is the life of a message: understand, react, say what came of it, and
// only then ack. A process that dies in between leaves the message unacked, and
// that is the outbox: it comes again, the ledger answers as before, and the
// same is said.
func (l *listener) handle(m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		l.Log.Warn("not from a stream", "service", l.service, "subject", m.Subject(), "err", err)
		return
	}
	ctx := context.Background() // what has begun is brought to its end, see Close
	attempt := int(meta.NumDelivered)
	e, r, bad := l.understand(m)
	if bad != nil {
		l.Log.Warn("dead letter", "service", l.service, "subject", m.Subject(), "reason", bad)
		err = l.bury(ctx, m, meta.Sequence.Stream, bad)
	} else {
		err = l.react(ctx, e, r, attempt)
	}
	switch {
	case err != nil:
		l.Log.Debug("try again", "order", e.Order.ID, "service", l.service, "call", r.call, "attempt", attempt, "err", err)
		err = m.NakWithDelay(l.Policy.Backoff(attempt))
	case bad != nil:
		err = m.TermWithReason(clip(bad.Error()))
	default:
		err = m.Ack()
	}
	if err != nil { // the message comes again, and that is all
		l.Log.Debug("not acknowledged", "order", e.Order.ID, "service", l.service, "call", r.call, "attempt", attempt, "err", err)
	}
}

// understand returns the event and what this participant does about it.
func (l *listener) understand(m jetstream.Msg) (Event, reaction, error) {
	e, err := decode(l.Name, m.Subject(), m.Data())
	if err != nil {
		return Event{}, reaction{}, err
	}
	r, ok := l.hears[e.Kind]
	if !ok {
		return Event{}, reaction{}, fmt.Errorf("%s does not react to %s", l.service, e.Kind)
	}
	return e, r, nil
}

// react makes the call and says what follows from its row. An error means that
// one of the two is not known to have happened, so both are done again.
func (l *listener) react(ctx context.Context, e Event, r reaction, attempt int) error {
	row, err := r.does(ctx, e.Order, attempt)
	if err != nil {
		return err
	}
	kind := r.about(row)
	if kind == "" {
		return nil
	}
	m, err := l.message(e.then(kind, row.Reason))
	if err != nil {
		return err
	}
	return l.publish(ctx, m)
}

// stop hears nothing more, and returns when everything that was heard has been
// reacted to or ctx has ended.
func (l *listener) stop(ctx context.Context) error {
	closed := l.messages.Closed()
	l.messages.Drain()
	handled := make(chan struct{})
	go func() {
		<-closed // no more take, so no more handlers
		l.handlers.Wait()
		close(handled)
	}()
	select {
	case <-handled:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", l.service, ctx.Err())
	}
}

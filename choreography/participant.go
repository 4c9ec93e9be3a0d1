package choreography

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
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
	case row.Rejected():
		return r.or
	}
	return "" // blocked: whoever blocked it has spoken
}

// subjects that the participant hears.
func (p participant) subjects(name string) []string {
	var all []string
	for kind := range p.hears {
		all = append(all, Subject(name, kind, "*"))
	}
	slices.Sort(all)
	return all
}

// participants lists everyone, in the order of [food.AllServices]. No one else
// has this list: that they make up a flow is written nowhere.
func participants(s *food.Services) []participant {
	return []participant{orders(s), payments(s), restaurants(s), deliveries(s), loyalty(s), notifications(s)}
}

// fetchFor is how long one request for messages stays with the server. A
// listener that is stopped ends with its request. One whose server was killed
// gives up on its request a second after that, and then asks the new one.
const fetchFor = 250 * time.Millisecond

// A listener runs one participant: as many hands as the policy allows calls at
// a time, and as many messages again at hand, no more.
type listener struct {
	*bus
	participant
	consumer jetstream.Consumer
	hear     func(*listener, jetstream.Msg)
	work     chan heard
	hands    sync.WaitGroup
	quit     atomic.Bool
}

// heard is a message on its way to a hand.
type heard struct {
	jetstream.Msg
	taken time.Time
	held  time.Duration // for how long it may have been in the client before
}

// listen begins to hear. The message that comes first is taken first, but the
// hands work side by side and may overtake each other.
func (b *bus) listen(ctx context.Context, p participant, hear func(*listener, jetstream.Msg)) (*listener, error) {
	c, err := b.consumer(ctx, p)
	if err != nil {
		return nil, err
	}
	l := &listener{bus: b, participant: p, consumer: c, hear: hear, work: make(chan heard)}
	for range b.Policy.Concurrency {
		l.hands.Go(l.run)
	}
	go l.pull()
	return l, nil
}

// pull asks for messages until quit. It asks for the next batch when a hand has
// taken the last message of the one before: that much is fetched ahead, and no
// message is fetched that has to wait for longer than one call takes.
//
// The client has Consume for this, but nats.go 1.55 loses its way in it: when all
// messages at hand are taken while it is asking for more, it never asks again,
// and stands still until it misses two heartbeats. Under load that happens.
func (l *listener) pull() {
	defer close(l.work)
	for !l.quit.Load() {
		batch, err := l.consumer.Fetch(l.Policy.Concurrency, jetstream.FetchMaxWait(fetchFor))
		if err == nil {
			var held time.Duration
			for m := range batch.Messages() {
				taken := time.Now()
				l.work <- heard{m, taken, held}
				held += time.Since(taken)
			}
			err = batch.Error()
		}
		if err != nil {
			l.Log.Debug("fetch", "service", l.service, "err", err)
			time.Sleep(reconnectWait)
		}
	}
}

// run is the life of a hand.
func (l *listener) run() {
	for m := range l.work {
		// The redelivery clock runs since the message left the server. What
		// is left of it may be too short for the call: then it is set back.
		if m.held+time.Since(m.taken) > (l.Policy.Redelivery-l.Policy.CallTimeout)/2 {
			if err := m.InProgress(); err != nil {
				l.Log.Debug("in progress", "service", l.service, "err", err)
			}
		}
		l.hear(l, m.Msg)
	}
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
	l.quit.Store(true)
	idle := make(chan struct{})
	go func() {
		l.hands.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", l.service, ctx.Err())
	}
}

package choreography

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/food"
)

// A participant is one service's part in the saga, as data: for each event that it
// subscribes to, one reaction. A [subscriber] runs it.
type participant struct {
	service food.Service
	on      map[Kind]reaction
}

// A reaction is one call, and the event that is published about its outcome. It
// is one call and not two, because the deliveries of the message count the attempts
// at it: a second call would use up attempts of the first.
type reaction struct {
	does     food.Action
	done     Kind // published when the call took effect
	rejected Kind // published when it was refused or given up
}

// next returns the event that follows from a row, "" for none. It depends on the
// row alone, so it is the same at every attempt, whichever attempt wrote the row.
func (r reaction) next(row food.Row) Kind {
	switch {
	case row.TookEffect():
		return r.done
	case row.Rejected():
		return r.rejected
	}
	// It is blocked, and whichever call blocked it has already published; or it is
	// an undo that found nothing to undo.
	return ""
}

// subjects are those that the participant subscribes to.
func (p participant) subjects(name string) []string {
	var all []string
	for kind := range p.on {
		all = append(all, Subject(name, kind, "*"))
	}
	slices.Sort(all)
	return all
}

// participants lists all six, in the order of [food.AllServices]. No participant
// reads this list: that they make up a flow is written nowhere.
var participants = []participant{orders, payments, restaurants, deliveries, loyalty, notifications}

// A subscriber runs one participant: one handler goroutine per concurrent call,
// and as many messages again fetched ahead, no more.
type subscriber struct {
	*bus
	participant
	steps    map[food.Action]food.Step
	handler  handler
	consumer jetstream.Consumer // its counterpart on the server
	fetched  chan fetchedMsg    // from fetch to the handlers
	retries  *retries           // messages that wait for their back-off
	handlers sync.WaitGroup     // goroutines of run
}

// A handler handles one message, from its delivery to its ack. It is
// [subscriber.handle], or that of [Ceiling].
type handler func(*subscriber, jetstream.Msg)

// A fetchedMsg is a message on its way from the server to a handler.
type fetchedMsg struct {
	jetstream.Msg
	received time.Time
	waited   time.Duration // how long it may have been in the client before
}

// subscribe starts a participant. Messages are delivered in the order of the
// stream, but redeliveries come later and the handlers run concurrently: reactions
// end in any order.
func (b *bus) subscribe(ctx context.Context, p participant, steps map[food.Action]food.Step, h handler) (*subscriber, error) {
	c, err := b.consumerOf(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &subscriber{
		bus: b, participant: p, steps: steps, handler: h, consumer: c,
		fetched: make(chan fetchedMsg), retries: newRetries(b.Policy.Redelivery),
	}
	for range b.Policy.Concurrency {
		s.handlers.Go(s.run)
	}
	go s.fetch()
	return s, nil
}

// fetchFor is how long one request for messages stays with the server. A
// subscriber that is stopped ends with its request. One whose server was killed
// gives up on its request a second after that, and then asks the new one.
const fetchFor = 250 * time.Millisecond

// fetch fetches messages until stopped, or until there is nothing left to fetch from.
func (s *subscriber) fetch() {
	defer close(s.fetched)
	for !s.stopping.Load() {
		err := s.fetchBatch()
		if err == nil {
			continue
		}
		s.Log.Debug("fetch", "service", s.service, "err", err)
		if gone := s.gone(); gone != nil {
			s.fail(gone)
		}
		time.Sleep(reconnectWait)
	}
}

// fetchBatch asks for messages. It asks for the next batch when a handler has taken
// the last message of the one before. So one batch is fetched ahead, and no message
// waits in the client for longer than one call takes.
//
// The client has Consume for this, but nats.go 1.55 stalls in it: when all
// fetched messages are taken while it is asking for more, it never asks again,
// and stands still until it misses two heartbeats. Under load that happens.
func (s *subscriber) fetchBatch() error {
	if !s.conn.IsConnected() { // a request that the client then can't buffer would leave its subscription behind
		return nats.ErrDisconnected
	}
	batch, err := s.consumer.Fetch(s.Policy.Concurrency, jetstream.FetchMaxWait(fetchFor))
	if err != nil {
		return err
	}
	var waited time.Duration
	for m := range batch.Messages() {
		received := time.Now()
		s.fetched <- fetchedMsg{m, received, waited}
		waited += time.Since(received)
	}
	return batch.Error()
}

// gone returns why no message will ever come, or nil when one may. Connections and
// servers come back; a consumer that was deleted does not.
func (s *subscriber) gone() error {
	switch {
	case s.conn.IsClosed():
		return fmt.Errorf("choreography: the connection is closed: %w", s.conn.LastError())
	case !s.conn.IsConnected():
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.Policy.Redelivery)
	defer cancel()
	_, err := s.js.Consumer(ctx, s.stream(), string(s.service))
	if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("choreography: consumer %s of stream %s: %w", s.service, s.stream(), err)
	}
	return nil
}

// run handles messages until stopped. It is one handler goroutine.
func (s *subscriber) run() {
	for m := range s.fetched {
		// The redelivery timeout runs since the message left the server. When
		// what is left of it may be too short for the call, it is started anew.
		if m.waited+time.Since(m.received) > (s.Policy.Redelivery-s.Policy.CallTimeout)/2 {
			if err := m.InProgress(); err != nil {
				s.Log.Debug("in progress", "service", s.service, "err", err)
			}
		}
		s.handler(s, m.Msg)
	}
}

// handle is the [handler] of a participant: decode, call, publish, and only then
// ack. This is in place of an outbox. When the process dies in between, the message
// is redelivered, the ledger answers as before, and the same event is published
// under the same message id.
func (s *subscriber) handle(m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		s.Log.Warn("not from a stream", "service", s.service, "subject", m.Subject(), "err", err)
		return
	}
	attempt := int(meta.NumDelivered)                        // each delivery is an attempt
	ctx, span := s.receive(context.Background(), m, attempt) // what has begun is completed, see [Worker.Close]
	e, r, invalid := s.decode(m)
	if invalid != nil {
		err = s.deadLetter(ctx, m, meta.Sequence.Stream, invalid)
		s.Log.Warn("dead letter", "service", s.service, "subject", m.Subject(), "reason", invalid, "err", err)
	} else {
		err = s.react(ctx, e, r, attempt)
	}
	endSpan(span, cmp.Or(err, invalid))
	switch {
	case err != nil:
		s.Log.Log(ctx, food.Severity(err), "try again", "order", e.Order.ID, "service", s.service, "call", r.does, "attempt", attempt, "err", err)
		err = s.retries.keep(m, meta.Sequence.Stream, s.Policy.Backoff(attempt)) // it occupies no handler
	case invalid != nil:
		err = m.TermWithReason(clip(invalid.Error()))
	default:
		err = m.Ack()
	}
	if err != nil { // the message is redelivered, and that is all
		s.Log.Debug("not acknowledged", "order", e.Order.ID, "service", s.service, "call", r.does, "attempt", attempt, "err", err)
	}
}

// decode returns the event and the participant's reaction to it.
func (s *subscriber) decode(m jetstream.Msg) (Event, reaction, error) {
	e, err := decodeEvent(s.Name, m.Subject(), m.Data())
	if err != nil {
		return Event{}, reaction{}, err
	}
	r, ok := s.on[e.Kind]
	if !ok {
		return Event{}, reaction{}, fmt.Errorf("%s does not react to %s", s.service, e.Kind)
	}
	return e, r, nil
}

// react makes the call and publishes what follows from its row. An error means
// that one of the two is not known to have happened, so both are done again.
func (s *subscriber) react(ctx context.Context, e Event, r reaction, attempt int) error {
	row, err := s.steps[r.does](ctx, e.Order, attempt)
	if err != nil {
		return err
	}
	kind := r.next(row)
	if kind == "" {
		return nil
	}
	m, err := s.encode(ctx, e.then(kind, row.Reason), string(s.service), row.At)
	if err != nil {
		return err
	}
	return s.publish(ctx, m)
}

// stop fetches no more messages, and returns when every fetched one has been
// handled or ctx has ended. Those that wait for a retry are the server's from now on.
func (s *subscriber) stop(ctx context.Context) error {
	s.stopping.Store(true)
	s.retries.stop()
	idle := make(chan struct{})
	go func() {
		s.handlers.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", s.service, ctx.Err())
	}
}

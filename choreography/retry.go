package choreography

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// retries are the messages of a subscriber whose back-off is not over yet. Each is
// kept unacked, with a timer and without a handler, and gets a plain nak when it is to
// be redelivered. The server could wait instead, with a nak that has a delay. But it
// has one timer for all messages of a consumer, and each such nak starts it anew: with
// naks less than 10 ms apart it never fires, not even for a dead worker's messages.
//
// The message itself remains in the stream, with the number of its deliveries. What is
// lost with the worker is when it was to come: then it comes after AckWait.
type retries struct {
	tick time.Duration // half of AckWait, which is started anew as often

	mu      sync.Mutex
	kept    map[uint64]*retry // by the message's sequence in the stream
	stopped bool
}

// A retry is one message that waits.
type retry struct {
	jetstream.Msg
	due   time.Time
	timer *time.Timer
}

func newRetries(ackWait time.Duration) *retries {
	return &retries{tick: ackWait / 2, kept: map[uint64]*retry{}}
}

// keep has a message redelivered after a wait. The server takes the delivery for as
// old as the message is until it is in progress, and after a restart that counts. A
// message that was redelivered while it waits is not kept twice: it would come twice
// at each attempt from then on.
func (r *retries) keep(m jetstream.Msg, seq uint64, wait time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.stopped:
		return m.NakWithDelay(wait)
	case r.kept[seq] != nil:
		return nil
	}
	timer := time.AfterFunc(min(wait, r.tick), func() { r.wake(seq) })
	r.kept[seq] = &retry{m, time.Now().Add(wait), timer}
	return m.InProgress()
}

// wake naks a message whose wait is over. It is forgotten before, because the next
// delivery may fail at once and wait again. A nak that is lost is no harm: the message
// comes after AckWait.
func (r *retries) wake(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.kept[seq]
	if k == nil {
		return // stopped
	}
	if left := time.Until(k.due); left > 0 {
		_ = k.InProgress()
		k.timer.Reset(min(left, r.tick))
		return
	}
	delete(r.kept, seq)
	_ = k.Nak()
}

// stop leaves the waiting to the server, by naks with what is left of it: another
// worker must not make the calls before their time. All are sent at once, so its timer
// is not held up for long.
func (r *retries) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for seq, k := range r.kept {
		k.timer.Stop()
		delete(r.kept, seq)
		_ = k.NakWithDelay(max(time.Until(k.due), time.Millisecond))
	}
}

package choreography_test

import (
	"flag"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// These show what docs/upstream.md reports about the server and its client. They test
// nothing of this project.
var upstream = flag.Bool("upstream", false, "show what docs/upstream.md reports")

// One message is taken and never answered. Each other one is nakked with a delay at its
// first delivery, and the gap between the naks is what differs.
func TestUpstreamDelayedNaks(t *testing.T) {
	if !*upstream {
		t.Skip("ask for it with -upstream")
	}
	for _, gap := range []time.Duration{50 * time.Millisecond, 20 * time.Millisecond, 5 * time.Millisecond, 2 * time.Millisecond} {
		js := stream(t, devservertest.NATS(t).URL())
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "s", Subjects: []string{"s"}, Storage: jetstream.MemoryStorage}); err != nil {
			t.Fatal(err)
		}
		c, err := js.CreateConsumer(t.Context(), "s", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		go func() { // for 12 s
			for begin := time.Now(); time.Since(begin) < 12*time.Second; time.Sleep(gap) {
				if _, err := js.Publish(t.Context(), "s", []byte("x")); err != nil {
					return
				}
			}
		}()
		first := map[uint64]time.Time{}
		again := map[bool]time.Duration{} // of the unanswered message, and of a nakked one
		for len(again) < 2 {
			m, err := c.Next(jetstream.FetchMaxWait(time.Second))
			if err != nil {
				continue
			}
			meta, err := m.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			seq, unanswered := meta.Sequence.Stream, meta.Sequence.Stream == 1
			switch {
			case meta.NumDelivered == 1:
				first[seq] = time.Now()
				if !unanswered {
					err = m.NakWithDelay(100 * time.Millisecond)
				}
			default:
				if again[unanswered] == 0 {
					again[unanswered] = time.Since(first[seq])
				}
				err = m.Ack()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("a nak every %v: a nakked message came again after %.2f s, the unanswered one after %.2f s", gap, again[false].Seconds(), again[true].Seconds())
	}
}

// A thousand times a burst of messages is published and consumed. Consume must not stand
// still while the stream has messages for it.
func TestUpstreamConsume(t *testing.T) {
	if !*upstream {
		t.Skip("ask for it with -upstream")
	}
	js := stream(t, devservertest.NATS(t).URL())
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "s", Subjects: []string{"s"}, Storage: jetstream.MemoryStorage}); err != nil {
		t.Fatal(err)
	}
	c, err := js.CreateConsumer(t.Context(), "s", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	var received atomic.Int64
	running, err := c.Consume(func(m jetstream.Msg) {
		_ = m.Ack()
		received.Add(1)
	}, jetstream.PullMaxMessages(8), jetstream.PullHeartbeat(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer running.Stop()
	var published int64
	var stalls int
	for begin := time.Now(); time.Since(begin) < 30*time.Second; {
		for range 200 {
			if _, err := js.PublishAsync("s", []byte(strconv.FormatInt(published, 10))); err != nil {
				t.Fatal(err)
			}
			published++
		}
		asked := time.Now()
		for received.Load() < published {
			time.Sleep(100 * time.Microsecond)
		}
		if took := time.Since(asked); took > time.Second {
			stalls++
			t.Logf("at message %d it stood still for %v", published, took.Round(time.Millisecond))
		}
	}
	t.Logf("%d messages, %d stalls", published, stalls)
}

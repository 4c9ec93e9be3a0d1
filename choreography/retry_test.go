package choreography

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A delivery records what the server is sent about it, and when.
type delivery struct {
	jetstream.Msg
	since time.Time
	sent  []string
}

func (d *delivery) send(what string) error {
	d.sent = append(d.sent, fmt.Sprintf("%v %s", time.Since(d.since), what))
	return errors.New("no server")
}

func (d *delivery) InProgress() error { return d.send("in progress") }
func (d *delivery) Nak() error        { return d.send("nak") }
func (d *delivery) NakWithDelay(wait time.Duration) error {
	return d.send(fmt.Sprintf("nak, after %v", wait))
}

func TestRetries(t *testing.T) {
	const ackWait = 5 * time.Second
	for _, tt := range []struct {
		name string
		play func(*retries, *delivery)
		want []string
	}{
		{"a plain nak when the wait is over", func(r *retries, d *delivery) {
			_ = r.keep(d, 1, 100*time.Millisecond)
		}, []string{"0s in progress", "100ms nak"}},
		{"a wait that is longer than the redelivery timeout", func(r *retries, d *delivery) {
			_ = r.keep(d, 1, 7*time.Second)
		}, []string{"0s in progress", "2.5s in progress", "5s in progress", "7s nak"}},
		{"redelivered while it waits", func(r *retries, d *delivery) {
			_ = r.keep(d, 1, 100*time.Millisecond)
			time.Sleep(50 * time.Millisecond)
			_ = r.keep(d, 1, 200*time.Millisecond)
		}, []string{"0s in progress", "100ms nak"}},
		{"redelivered after it waited", func(r *retries, d *delivery) {
			_ = r.keep(d, 1, 100*time.Millisecond)
			time.Sleep(101 * time.Millisecond)
			_ = r.keep(d, 1, 200*time.Millisecond)
		}, []string{"0s in progress", "100ms nak", "101ms in progress", "301ms nak"}},
		{"two messages", func(r *retries, d *delivery) {
			_ = r.keep(d, 1, 100*time.Millisecond)
			_ = r.keep(d, 2, 200*time.Millisecond)
		}, []string{"0s in progress", "0s in progress", "100ms nak", "200ms nak"}},
		{"stopped, and stopped again", func(r *retries, d *delivery) {
			_ = r.keep(d, 1, 100*time.Millisecond)
			time.Sleep(40 * time.Millisecond)
			r.stop()
			r.stop()
			_ = r.keep(d, 2, 200*time.Millisecond)
		}, []string{"0s in progress", "40ms nak, after 60ms", "40ms nak, after 200ms"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, d := newRetries(ackWait), &delivery{since: time.Now()}
				tt.play(r, d)
				time.Sleep(time.Minute)
				synctest.Wait()
				if !slices.Equal(d.sent, tt.want) {
					t.Errorf("the server was sent %q, want %q", d.sent, tt.want)
				}
				if len(r.kept) != 0 {
					t.Errorf("%d messages are kept for ever", len(r.kept))
				}
			})
		})
	}
}

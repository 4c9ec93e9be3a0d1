package worker

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A Side is what works in a worker: a style's side that calls the services, with
// the services behind it, or its traffic alone.
type Side interface {
	Begin(time.Time) // the measured window starts, or started

	// Close takes no more work, waits for what has begun, and sends its last news.
	Close(context.Context) error
}

// Open starts a side. Before it takes work it replays the rows from past.From on, if
// that is not 0, so that the feed stays in order, and begins the measured window, if
// that has begun, so that no fault is missed that is timed from it.
type Open func(ctx context.Context, settings []byte, past Past, feed *Feed) (Side, error)

// closeWithin bounds how long a side may take to close. It is longer than a call
// that has just begun and is slow by plan.
const closeWithin = 30 * time.Second

// Serve is the life of a worker process. It runs until it is asked to stop, and
// then finishes what it has begun. After an error, such as the parent's death or what
// [Feed.Fail] reports, it ends at once.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open Open) error {
	if _, err := fmt.Fprintf(out, "%s%d\n", child.ReadyPrefix, os.Getpid()); err != nil {
		return err
	}
	feed := newFeed(out)
	var side Side
	ended := make(chan error, 1)
	go func() {
		ended <- child.Lines(in, func(line []byte) (err error) {
			if side == nil {
				if side, err = opened(ctx, line, open, feed); err == nil {
					feed.news <- News{Working: true}
				}
				return err
			}
			return obey(side, line)
		})
	}()
	var err error
	select {
	case err = <-ended:
	case <-feed.failed:
		return feed.reason
	}
	switch {
	case errors.Is(err, child.ErrOrphan):
		return err // there is no one to report to
	case err == nil && side != nil:
		closing, cancel := context.WithTimeout(context.Background(), closeWithin)
		defer cancel()
		err = side.Close(closing)
	}
	if err != nil {
		feed.Fail(err)
	}
	return errors.Join(err, feed.close())
}

func opened(ctx context.Context, line []byte, open Open, feed *Feed) (Side, error) {
	var settings json.RawMessage
	o := opening{Settings: &settings}
	if err := json.Unmarshal(line, &o); err != nil {
		return nil, fmt.Errorf("worker: settings: %w", err)
	}
	return open(ctx, settings, o.Past, feed)
}

func obey(side Side, line []byte) error {
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("worker: %q: %w", line, err)
	}
	side.Begin(o.Begin)
	return nil
}

// A Feed carries news to the parent, in the order in which they are sent. Its
// methods may be called from any goroutine, and wait while the pipe is full.
type Feed struct {
	news  chan News
	ended atomic.Int64 // orders that were not reported to the parent yet
	sent  sync.WaitGroup
	err   error // of the first news that could not be sent; read after sent

	failing sync.Once
	failed  chan struct{} // closed when the parent knows the reason
	reason  error         // read after failed
}

func newFeed(out io.Writer) *Feed {
	f := &Feed{news: make(chan News, 1024), failed: make(chan struct{})}
	f.sent.Go(func() {
		enc := gob.NewEncoder(out)
		for n := range f.news {
			if n.Ended > 0 {
				n.Ended = int(f.ended.Swap(0))
			}
			// When the parent is gone there is no one to report to, and the news are
			// dropped so that closing can go on.
			if f.err == nil {
				f.err = enc.Encode(n)
			}
			if n.Failed != "" && n.Attempt.Order == "" {
				close(f.failed) // it is the last of what is sent
			}
		}
	})
	return f
}

// Commit sends rows that were committed. It is what a ledger calls.
func (f *Feed) Commit(c ledger.Commit) { f.news <- News{Commit: c} }

// Fail reports why the worker can't go on, and ends it. What it is doing is left as it
// is, as if it had been killed.
func (f *Feed) Fail(err error) {
	f.failing.Do(func() {
		f.reason = err
		f.news <- News{Failed: err.Error()}
	})
}

// Failed reports an attempt at a call that had no answer.
func (f *Feed) Failed(c food.Call, err error) { f.news <- News{Attempt: c, Failed: err.Error()} }

// Ended reports that an order has ended in a bare worker. Under load one message
// stands for many.
func (f *Feed) Ended() {
	if f.ended.Add(1) == 1 {
		f.news <- News{Ended: 1}
	}
}

func (f *Feed) close() error {
	close(f.news)
	f.sent.Wait()
	return f.err
}

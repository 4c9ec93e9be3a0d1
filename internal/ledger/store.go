package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/sagabench/sagabench/food"
)

// Store is a food.Ledger that can be read again and closed.
type Store interface {
	food.Ledger

	// Replay calls yield with the rows from seq on, in order, in batches. It
	// sees what is committed when it looks, which may be ahead of the commit
	// feed. It ends at the first error of yield and returns that. A missing row
	// is an error.
	Replay(ctx context.Context, from int64, yield func([]food.Row) error) error

	// Close waits for queued calls and lets go of the storage. Calls that come
	// later get ErrClosed.
	Close() error
}

var (
	// ErrClosed is the answer to a call that came after Close.
	ErrClosed = errors.New("the ledger is closed")

	// ErrFailed is the answer to every call from a failed write on. It is
	// unknown whether the rows of that write are there until the ledger is opened
	// again.
	ErrFailed = errors.New("the ledger could not write; open it again")
)

// Options of a ledger. The zero value is a sound ledger without a commit feed.
type Options struct {
	// Committed is called after each durable commit, in order of seq, from one
	// goroutine. The callers are answered after it returns. It must not call the
	// ledger. The rows may be kept but not changed.
	Committed func(Commit)

	// Keyless makes a known-bad ledger that forgets idempotency keys: a
	// repeated call happens again. It exists to show that the checker
	// detects that.
	Keyless bool

	// NoBarrier makes a known-bad ledger in which no call blocks another.
	NoBarrier bool
}

// A Commit is a batch of rows and the time at which COMMIT had returned. For rows
// that are read again that time is lost; each is a commit of its own then, and At is
// when it was applied.
type Commit struct {
	Rows []food.Row
	At   time.Time
}

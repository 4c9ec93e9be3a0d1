package ledger

import (
	"context"
	"slices"
	"sync"

	"github.com/sagabench/sagabench/food"
)

// Memory is a ledger that ends with its process. Calls take the same way
// through queue, barrier and feed as in [SQLite]; only the keeping differs.
type Memory struct {
	*writer
	shelf *shelf
}

// NewMemory returns an empty ledger.
func NewMemory(o Options) *Memory {
	s := &shelf{book: book{}}
	return &Memory{writer: newWriter(s, 0, o), shelf: s}
}

// Replay implements [Store].
func (m *Memory) Replay(ctx context.Context, from int64, yield func([]food.Row) error) error {
	if m.isClosed() {
		return ErrClosed
	}
	for batch := range slices.Chunk(m.shelf.from(from), replayBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := yield(batch); err != nil {
			return err
		}
	}
	return nil
}

// Close implements [Store].
func (m *Memory) Close() error {
	m.writer.close()
	return nil
}

// A shelf is the storage: the row with a given seq is at index seq-1.
type shelf struct {
	book book // of all rows; the writer's alone

	mu   sync.Mutex
	rows []food.Row
}

func (s *shelf) transact(_ []*request, settle func(book) []food.Row) error {
	fresh := settle(s.book)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, fresh...)
	return nil
}

// from returns the rows from seq on. Rows never change, so they can be read
// while more are appended.
func (s *shelf) from(seq int64) []food.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	skip := min(max(seq-1, 0), int64(len(s.rows)))
	return s.rows[skip:len(s.rows):len(s.rows)]
}

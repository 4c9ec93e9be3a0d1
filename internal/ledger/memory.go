package ledger

import (
	"cmp"
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
	for _, batch := range m.shelf.from(from) {
		if err := ctx.Err(); err != nil {
			return err
		}
		skip := max(from-batch[0].Seq, 0)
		if err := yield(batch[skip:]); err != nil {
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

// A shelf is the storage. It keeps each transaction's rows as they came: one list
// of all rows would be copied whenever it had grown, and every caller would wait.
type shelf struct {
	book book // of all rows; the writer's alone

	mu      sync.Mutex
	batches [][]food.Row
}

func (s *shelf) transact(_ []*request, settle func(book) []food.Row) error {
	fresh := settle(s.book)
	if len(fresh) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, fresh)
	return nil
}

// from returns the batches from that with row seq on. Rows never change, so they
// can be read while more are appended.
func (s *shelf) from(seq int64) [][]food.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, _ := slices.BinarySearchFunc(s.batches, seq, func(batch []food.Row, seq int64) int {
		return cmp.Compare(batch[len(batch)-1].Seq, seq)
	})
	return s.batches[first:]
}

package ledger

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/sagabench/sagabench/food"
)

// NewMemory returns an empty ledger that ends with its process. Calls take the same
// way through queue, barrier and feed as with [OpenSQLite]; only the keeping differs.
func NewMemory(o Options) Store { return newWriter(&shelf{book: book{}}, 0, o) }

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

// page returns what is left of the batch with that row. Rows never change, so they
// can be read while more are appended.
func (s *shelf) page(ctx context.Context, seq int64) ([]food.Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.batches, seq, func(batch []food.Row, seq int64) int {
		return cmp.Compare(batch[len(batch)-1].Seq, seq)
	})
	if i == len(s.batches) {
		return nil, ctx.Err()
	}
	batch := s.batches[i]
	return batch[seq-batch[0].Seq:], ctx.Err()
}

func (s *shelf) close() error { return nil }

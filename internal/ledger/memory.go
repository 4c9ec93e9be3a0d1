package ledger

import (
	"context"
	"slices"
	"sync"

	"github.com/sagabench/sagabench/food"
)

// Memory is a ledger that ends with its process. It takes the same way through
// queue, barrier and feed as [SQLite] does and differs in nothing but the
// keeping.
type Memory struct {
	*writer
	rows *rows
}

// NewMemory returns an empty ledger.
func NewMemory(o Options) *Memory {
	r := &rows{first: map[string]int64{}}
	return &Memory{writer: newWriter(r, 0, o), rows: r}
}

// Replay implements [Store].
func (m *Memory) Replay(ctx context.Context, from int64, yield func([]food.Row) error) error {
	for batch := range slices.Chunk(m.rows.from(from), replayBatch) {
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

// rows is the storage: row seq is at index seq-1.
type rows struct {
	first map[string]int64 // seq of the first row under a key

	mu  sync.RWMutex // guards all, which Replay reads
	all []food.Row
}

func (r *rows) find(keys []string, found map[string]food.Row) error {
	for _, key := range keys {
		if seq, ok := r.first[key]; ok {
			found[key] = r.all[seq-1]
		}
	}
	return nil
}

func (r *rows) append(fresh []food.Row) error {
	for _, row := range fresh {
		if key := keyOf(row); r.first[key] == 0 {
			r.first[key] = row.Seq
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, fresh...)
	return nil
}

// from returns the rows from seq on. Rows never change, so they can be read
// while more are appended.
func (r *rows) from(seq int64) []food.Row {
	r.mu.RLock()
	defer r.mu.RUnlock()
	skip := min(max(seq-1, 0), int64(len(r.all)))
	return r.all[skip:len(r.all):len(r.all)]
}

package invariant

import (
	"cmp"
	"iter"
	"sync"

	"github.com/sagabench/sagabench/bench/record"
)

// Judge checks a whole run. Its error is that of reading the folder; whatever
// the folder shows of the orders is in the judgement.
func Judge(f *record.Folder) (Judgement, error) {
	e := gather(f.Orders(), f.Effects(), f.Calls(), f.Faults())
	defer e.stop()
	j := Judgement{Reasons: []string{}, Counts: newCounts(), Cells: []CellJudgement{}}
	pairs := newPairs()
	for _, cell := range f.Run.Cells {
		judged := e.judge(f.Run, cell, func(h *History) { pairs.see(cell, h) })
		pairs.close(cell, !cell.Cut && cell.Died == "")
		j.Cells = append(j.Cells, judged)
		add(j.Counts, judged.Counts)
	}
	if err := cmp.Or(e.orders.err, e.rows.err, e.calls.err, e.faults.err); err != nil {
		return Judgement{}, err
	}
	j.conclude(f.Run, pairs)
	return j, nil
}

// JudgeCell checks one cell that is in memory, arranged, and not yet in a folder. Of its
// times it has more than a folder keeps, and it sees no other cell. So it says which
// orders to look at; the verdict is that of [Judge].
func JudgeCell(run record.Run, d record.Data) CellJudgement {
	e := gather(all(d.Orders), all(d.Effects), all(d.Calls), all(d.Faults))
	defer e.stop()
	return e.judge(run, d.Cell, func(*History) {})
}

// all yields what is in memory, of which nothing can go wrong.
func all[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// evidence is the sorted rows of orders, cell by cell.
type evidence struct {
	orders *stream[record.Order]
	rows   *stream[record.Effect]
	calls  *stream[record.Call]
	faults *stream[record.Fault]
}

func gather(orders iter.Seq2[record.Order, error], rows iter.Seq2[record.Effect, error], calls iter.Seq2[record.Call, error], faults iter.Seq2[record.Fault, error]) *evidence {
	return &evidence{
		open(orders, func(o *record.Order) (string, string) { return o.Cell, o.ID }),
		open(rows, func(e *record.Effect) (string, string) { return e.Cell, e.Order }),
		open(calls, func(c *record.Call) (string, string) { return c.Cell, c.Order }),
		open(faults, func(x *record.Fault) (string, string) { return x.Cell, x.Order }),
	}
}

func (e *evidence) stop() {
	e.orders.stop()
	e.rows.stop()
	e.calls.stop()
	e.faults.stop()
}

// judge judges a cell, which is the next of the evidence, and shows each order.
func (e *evidence) judge(run record.Run, cell record.Cell, see func(*History)) CellJudgement {
	checker := NewChecker(run, cell)
	for {
		id, ok := lowest(e.orders.order(cell.ID), e.rows.order(cell.ID), e.calls.order(cell.ID), e.faults.order(cell.ID))
		if !ok {
			return checker.Judgement()
		}
		h := History{Rows: e.rows.take(cell.ID, id), Calls: e.calls.take(cell.ID, id), Faults: e.faults.take(cell.ID, id)}
		h.Order.ID = id
		if offered := e.orders.take(cell.ID, id); len(offered) > 0 {
			h.Order, h.Offered = offered[0], true
		}
		checker.Order(h)
		see(&h)
	}
}

// conclude adds the judgement of the run as a whole.
func (j *Judgement) conclude(run record.Run, p *pairs) {
	j.Reasons = append(j.Reasons, p.doubts.reasons()...)
	if run.Interrupted {
		j.Reasons = append(j.Reasons, "the run was interrupted")
	}
	if len(j.Cells) == 0 {
		j.Reasons = append(j.Reasons, "the run has no cells")
	}
	violated, doubted := false, len(j.Reasons) > 0
	for _, c := range j.Cells {
		violated = violated || c.Verdict == Broken
		doubted = doubted || c.Verdict == Unknown
	}
	j.Verdict = verdict(violated, doubted, false)
}

// A stream is a sorted file of which the next row can be looked at. The file is
// read ahead, a few batches of rows and no more, by a goroutine that ends with
// the file or with stop.
type stream[T any] struct {
	batches chan []T
	stop    func()
	key     func(*T) (cell, order string)
	next    []T // rows that have been read and not taken; empty at the end
	err     error
	failed  error // why reading ended early; there when batches is closed
	taken   []T   // what take returned
}

// readAhead is the number of rows in a batch. It is large enough that passing
// it on costs nothing.
const readAhead = 256

func open[T any](rows iter.Seq2[T, error], key func(*T) (cell, order string)) *stream[T] {
	s := &stream[T]{key: key, batches: make(chan []T, 2)}
	stopped := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() { s.read(rows, stopped) })
	s.stop = func() {
		close(stopped)
		reading.Wait()
	}
	s.advance()
	return s
}

// read fills batches until the rows end or are not wanted any more.
func (s *stream[T]) read(rows iter.Seq2[T, error], stopped <-chan struct{}) {
	defer close(s.batches)
	batch := make([]T, 0, readAhead)
	for row, err := range rows {
		if err != nil {
			s.failed = err
			break
		}
		if batch = append(batch, row); len(batch) < readAhead {
			continue
		}
		select {
		case s.batches <- batch:
			batch = make([]T, 0, readAhead)
		case <-stopped:
			return
		}
	}
	select {
	case s.batches <- batch:
	case <-stopped:
	}
}

// advance drops the first row, and waits for more when it was the last.
func (s *stream[T]) advance() {
	if len(s.next) > 0 {
		s.next = s.next[1:]
	}
	for more := true; len(s.next) == 0 && more; {
		if s.next, more = <-s.batches; !more {
			s.err = s.failed
		}
	}
}

// order is the order that the next row is of, if that is of the cell.
func (s *stream[T]) order(cell string) (id *string) {
	if len(s.next) == 0 {
		return nil
	}
	if of, order := s.key(&s.next[0]); of == cell {
		return &order
	}
	return nil
}

// take returns the rows of an order, which are valid until the next take.
func (s *stream[T]) take(cell, order string) []T {
	s.taken = s.taken[:0]
	for len(s.next) > 0 {
		if c, o := s.key(&s.next[0]); c != cell || o != order {
			break
		}
		s.taken = append(s.taken, s.next[0])
		s.advance()
	}
	return s.taken
}

// lowest is the smallest of the ids that are there.
func lowest(ids ...*string) (id string, ok bool) {
	for _, next := range ids {
		if next != nil && (!ok || *next < id) {
			id, ok = *next, true
		}
	}
	return id, ok
}

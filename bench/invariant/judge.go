package invariant

import (
	"cmp"
	"iter"

	"github.com/sagabench/sagabench/bench/record"
)

// Judge checks a whole run. Its error is that of reading the folder; whatever
// the folder says about the orders is in the judgement.
func Judge(f *record.Folder) (Judgement, error) {
	orders := open(f.Orders(), func(o record.Order) (string, string) { return o.Cell, o.ID })
	defer orders.stop()
	rows := open(f.Effects(), func(e record.Effect) (string, string) { return e.Cell, e.Order })
	defer rows.stop()
	faults := open(f.Faults(), func(x record.Fault) (string, string) { return x.Cell, x.Order })
	defer faults.stop()

	j := Judgement{Reasons: []string{}, Violations: []Violation{}, Counts: newCounts(), Cells: []CellJudgement{}}
	pairs := newPairs()
	for _, cell := range f.Run.Cells {
		checker := NewChecker(cell)
		for {
			id, ok := lowest(orders.order(cell.ID), rows.order(cell.ID), faults.order(cell.ID))
			if !ok {
				break
			}
			h := History{Rows: rows.take(cell.ID, id), Faults: faults.take(cell.ID, id)}
			h.Order.ID = id
			if offered := orders.take(cell.ID, id); len(offered) > 0 {
				h.Order, h.Offered = offered[0], true
			}
			checker.Order(h)
			pairs.see(cell, &h)
		}
		judged := checker.Judgement()
		pairs.close(cell)
		j.Cells = append(j.Cells, judged)
		add(j.Counts, judged.Counts)
	}
	if err := cmp.Or(orders.err, rows.err, faults.err); err != nil {
		return Judgement{}, err
	}
	j.conclude(f.Run, pairs)
	return j, nil
}

// conclude adds what is said of the run as a whole.
func (j *Judgement) conclude(run record.Run, p *pairs) {
	j.Violations = append(j.Violations, p.violations...)
	add(j.Counts, p.counts)
	if run.Interrupted {
		j.Reasons = append(j.Reasons, "the run was interrupted")
	}
	if len(j.Cells) == 0 {
		j.Reasons = append(j.Reasons, "the run has no cells")
	}
	violated, doubted := len(j.Violations) > 0, len(j.Reasons) > 0
	for _, c := range j.Cells {
		violated = violated || c.Verdict == Broken
		doubted = doubted || c.Verdict == Unknown
	}
	j.Verdict = verdict(violated, doubted, false)
}

// A stream is a sorted file of which the next row can be looked at.
type stream[T any] struct {
	next func() (T, error, bool)
	stop func()
	key  func(T) (cell, order string)
	head T
	more bool
	err  error
	held []T // what take returned
}

func open[T any](rows iter.Seq2[T, error], key func(T) (cell, order string)) *stream[T] {
	s := &stream[T]{key: key}
	s.next, s.stop = iter.Pull2(rows)
	s.advance()
	return s
}

func (s *stream[T]) advance() {
	s.head, s.err, s.more = s.next()
	s.more = s.more && s.err == nil
}

// order is the order that the next row is of, if that is of the cell.
func (s *stream[T]) order(cell string) (id *string) {
	if !s.more {
		return nil
	}
	if of, order := s.key(s.head); of == cell {
		return &order
	}
	return nil
}

// take returns the rows of an order, which are valid until the next take.
func (s *stream[T]) take(cell, order string) []T {
	s.held = s.held[:0]
	for s.more {
		if c, o := s.key(s.head); c != cell || o != order {
			break
		}
		s.held = append(s.held, s.head)
		s.advance()
	}
	return s.held
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

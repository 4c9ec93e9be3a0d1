package record

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"sync"
)

// Of reads all that the folder has of one order, for each cell that has offered it and
// without samples. It takes a fraction of the time of the iterators, because only lines
// that name the order are decoded: the others are passed over, and damage in their
// fields is not found.
func (f *Folder) Of(order string) ([]Data, error) {
	var placed []Order
	var made []Call
	var rows []Effect
	var fired []Fault
	var told []Story
	var errs [5]error
	var wait sync.WaitGroup
	wait.Go(func() { placed, errs[0] = some(f, orders, order, func(o Order) string { return o.ID }) })
	wait.Go(func() { made, errs[1] = some(f, calls, order, func(c Call) string { return c.Order }) })
	wait.Go(func() { rows, errs[2] = some(f, effects, order, func(e Effect) string { return e.Order }) })
	wait.Go(func() { fired, errs[3] = only(f.Faults(), order, func(x Fault) string { return x.Order }) })
	wait.Go(func() {
		told, errs[4] = only(f.storiesWith(`"order":"`+order+`"`), order, func(s Story) string { return s.Order })
	})
	wait.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	var all []Data
	for _, o := range placed {
		d := Data{Cell: f.Run.Cells[f.place[o.Cell]], Orders: []Order{o}}
		d.Calls = in(o.Cell, made, func(c Call) string { return c.Cell })
		d.Effects = in(o.Cell, rows, func(e Effect) string { return e.Cell })
		d.Faults = in(o.Cell, fired, func(x Fault) string { return x.Cell })
		d.Stories = in(o.Cell, told, func(s Story) string { return s.Cell })
		all = append(all, d)
	}
	return all, nil
}

// in are the rows of a cell.
func in[T any](cell string, rows []T, of func(T) string) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return of(row) != cell })
}

// some reads the rows of an order.
func some[T any](f *Folder, t table[T], order string, of func(T) string) ([]T, error) {
	field := []byte("," + order + ",")
	wanted := func(line []byte) bool { return bytes.Contains(line, field) }
	decode := func(in io.Reader, yield func(T) bool) (int, error) { return t.decodeSome(in, wanted, yield) }
	return only(inOrder(f, t, decode), order, of)
}

// only are the rows of an order.
func only[T any](all iter.Seq2[T, error], order string, of func(T) string) (rows []T, err error) {
	for row, err := range all {
		if err != nil {
			return nil, err
		}
		if of(row) == order {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// decodeSome is decode for the lines that are wanted. No field has a line break in it.
func (t *table[T]) decodeSome(in io.Reader, wanted func([]byte) bool, yield func(T) bool) (line int, err error) {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return 1, err
	}
	lines := bufio.NewScanner(zip)
	for line = 1; lines.Scan(); line++ {
		text := lines.Bytes()
		if line > 1 && !wanted(text) {
			continue
		}
		fields, err := csv.NewReader(bytes.NewReader(text)).Read()
		if err != nil {
			return line, plain(err)
		}
		if line == 1 {
			if err := t.checkHeader(fields); err != nil {
				return line, err
			}
			continue
		}
		row, err := t.row(fields)
		if err != nil || !yield(row) {
			return line, err
		}
	}
	return line, lines.Err()
}

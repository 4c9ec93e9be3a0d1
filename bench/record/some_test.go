package record_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sagabench/sagabench/bench/record"
)

// One order is read as the iterators read it: the same rows, and nothing of another one.
func TestOfOneOrder(t *testing.T) {
	run, cells := crowded(2000, 2)
	for i := range cells { // an id that contains another
		cells[i].Stories[0].Order, cells[i].Stories[1].Order = "o-10", "o-1"
		last := cells[i].Effects[1]
		last.Order, last.Seq = "o-10", 10
		cells[i].Effects = append(cells[i].Effects, last)
		cells[i].Orders = append(cells[i].Orders, cells[i].Orders[1])
		cells[i].Orders[len(cells[i].Orders)-1].ID = "o-10"
	}
	dir := write(t, run, cells)
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	whole, told := read(t, dir), 0
	for _, id := range []string{"o-1", "o-2", "o-10", "o-3", "customer-1"} {
		var want []record.Data
		for _, d := range whole.cells {
			one := record.Data{Cell: d.Cell}
			one.Orders = ofOrder(d.Orders, id, func(o record.Order) string { return o.ID })
			one.Calls = ofOrder(d.Calls, id, func(c record.Call) string { return c.Order })
			one.Effects = ofOrder(d.Effects, id, func(e record.Effect) string { return e.Order })
			one.Faults = ofOrder(d.Faults, id, func(x record.Fault) string { return x.Order })
			one.Stories = ofOrder(d.Stories, id, func(s record.Story) string { return s.Order })
			if told += len(one.Stories); len(one.Orders) > 0 {
				want = append(want, one)
			}
		}
		got, err := f.Of(id)
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", id, err, diff)
		}
	}
	if told != 4 {
		t.Errorf("%d stories, want one of each of two orders in two cells", told)
	}
}

func ofOrder[T any](rows []T, id string, of func(T) string) (some []T) {
	for _, row := range rows {
		if of(row) == id {
			some = append(some, row)
		}
	}
	return some
}

// Damage of the order's own rows, and of a file as a whole, is found.
func TestOfOneOrderFindsDamage(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{record.OrdersFile, "4.125", "soon", `orders.csv.gz:2: settled_ms: "soon" is not a number`},
		{record.CallsFile, "refund,2,", "refund,second,", "calls.csv.gz:4: attempt"},
		{record.EffectsFile, "for,amount", "for,sum", `effects.csv.gz:1: column 9 is not "amount"`},
		{record.EffectsFile, "refused-choreography-1,o-1", "elsewhere,o-1", `cell "elsewhere" is not in run.json`},
	} {
		run, cells := sample()
		dir := write(t, run, cells)
		path := filepath.Join(dir, c.file)
		put(t, path, zipped(bytes.Replace(unzip(t, path), []byte(c.old), []byte(c.new), 1)))
		wantDamage(t, dir, c.want)
	}
	run, cells := sample()
	dir := write(t, run, cells)
	path := filepath.Join(dir, record.CallsFile)
	put(t, path, []byte("cell,order,service,action\n"))
	wantDamage(t, dir, "calls.csv.gz:1: gzip: invalid header")
}

func wantDamage(t *testing.T, dir, want string) {
	t.Helper()
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.Of("o-1"); !errors.Is(err, record.ErrDamaged) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sagabench/sagabench/food"
)

// Sync is what an answered call survives. Both write ahead into a log.
type Sync string

const (
	Off  Sync = "OFF"  // the death of the process, for which nothing need be synced
	Full Sync = "FULL" // loss of power too, as far as disk and system do what they report
)

// OpenSQLite opens the ledger at path, or makes it where no file is. A row is there
// for as long as the mode makes it. A file that is not a sound ledger of this
// version is left as it is.
func OpenSQLite(path string, mode Sync, o Options) (Store, error) {
	f, last, err := openFile(path, mode, o)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	return newWriter(f, last, o), nil
}

// A file is the storage: one connection for the writer and others, as needed,
// for Replay.
type file struct {
	db   *sql.DB
	conn *sql.Conn

	book  book // of the orders that were called for lately, each with all its rows
	older book // of those that were called for before

	begin, lookup, save, commit, rollback *sql.Stmt
	prepared                              []*sql.Stmt // all of them
}

const (
	columns = `seq, "order", service, action, outcome, reason, "for", amount, attempt, at`

	// One statement asks for all rows of all orders of a batch, because a list to
	// be parsed costs less than many small questions.
	lookupSQL = `SELECT ` + columns + ` FROM json_each(?) AS asked
		CROSS JOIN ledger ON ledger."order" = asked.value`
	saveSQL = `INSERT INTO ledger (` + columns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	pageSQL = `SELECT ` + columns + ` FROM ledger WHERE seq >= ? ORDER BY seq LIMIT ?`
)

func (f *file) prepare(ctx context.Context) error {
	for query, as := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &f.begin,
		lookupSQL:         &f.lookup,
		saveSQL:           &f.save,
		"COMMIT":          &f.commit,
		"ROLLBACK":        &f.rollback,
	} {
		s, err := f.conn.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		*as, f.prepared = s, append(f.prepared, s)
	}
	return nil
}

// close takes care of what closing the database does not: neither statements
// prepared on a connection nor a connection in use are closed with it, and the
// log would stay beside the file.
func (f *file) close() error {
	var errs []error
	for _, s := range f.prepared {
		errs = append(errs, s.Close())
	}
	if f.conn != nil {
		errs = append(errs, f.conn.Close())
	}
	return errors.Join(append(errs, f.db.Close())...)
}

func (f *file) transact(calls []*request, settle func(book) []food.Row) error {
	if _, err := f.begin.Exec(); err != nil {
		return err
	}
	err := f.open(calls)
	if err == nil {
		err = f.write(settle(f.book))
	}
	if err == nil {
		_, err = f.commit.Exec()
	}
	if err != nil {
		f.rollback.Exec() // frees the file for others; this ledger has failed
	}
	return err
}

// maxKnown bounds each book. It is several times what is under way at a time, so
// that an order is rarely forgotten before its end.
const maxKnown = 2048

// open fills the book with every row that the calls may depend on. Nothing else
// writes, so a row that has been read or written need not be read again: an
// order is looked up at its first call. When the book is full the older one is
// forgotten.
func (f *file) open(calls []*request) error {
	if len(f.book) > maxKnown {
		f.book, f.older = f.older, f.book
		clear(f.book)
	}
	var unknown []string
	for _, r := range calls {
		id := r.call.Order
		if _, known := f.book[id]; known {
			continue
		}
		page, known := f.older[id]
		f.book[id] = page
		if !known {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	list, err := json.Marshal(unknown)
	if err != nil {
		return err
	}
	rows, err := f.lookup.Query(string(list))
	if err != nil {
		return err
	}
	return scan(rows, f.book.enter)
}

func (f *file) write(fresh []food.Row) error {
	for _, r := range fresh {
		_, err := f.save.Exec(r.Seq, r.Order, string(r.Service), string(r.Action), string(r.Outcome),
			r.Reason, r.For, int64(r.Amount), r.Attempt, r.At.UnixNano())
		if err != nil {
			return fmt.Errorf("row %d: %w", r.Seq, err)
		}
	}
	return nil
}

// pageRows is how many rows Replay reads at a time.
const pageRows = 1024

// page reads on a connection of its own and does not hold up the writer.
func (f *file) page(ctx context.Context, seq int64) (page []food.Row, err error) {
	rows, err := f.db.QueryContext(ctx, pageSQL, seq, pageRows)
	if err != nil {
		return nil, err
	}
	err = scan(rows, func(r food.Row) { page = append(page, r) })
	return page, err
}

// scan calls each with every row and closes rows.
func scan(rows *sql.Rows, each func(food.Row)) error {
	defer rows.Close()
	for rows.Next() {
		var r food.Row
		var at int64
		err := rows.Scan(&r.Seq, &r.Order, &r.Service, &r.Action, &r.Outcome, &r.Reason, &r.For, &r.Amount, &r.Attempt, &at)
		if err != nil {
			return err
		}
		r.At = time.Unix(0, at).UTC()
		each(r)
	}
	return rows.Err()
}

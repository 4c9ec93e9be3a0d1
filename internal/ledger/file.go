package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite" // pure Go; its driver is called "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A ledger's file is marked as one in two fields of SQLite's header.
const (
	applicationID = 0x53414741 // "SAGA"
	schemaVersion = 3
	// keylessVersion keeps the file of a known-bad ledger, whose index is not
	// unique, from being taken for a sound one.
	keylessVersion = 1003
)

// schema of the file; the index is added by create.
const schema = `
CREATE TABLE ledger (
	seq     INTEGER PRIMARY KEY, -- 1, 2, 3 … in order of commits
	"order" TEXT NOT NULL,
	service TEXT NOT NULL,
	action  TEXT NOT NULL,
	outcome TEXT NOT NULL,       -- done, refused, blocked
	reason  TEXT NOT NULL,
	"for"   TEXT NOT NULL,       -- whom and what; empty if the ledger blocked it
	amount  INTEGER NOT NULL,    -- cents or points
	attempt INTEGER NOT NULL,
	at      INTEGER NOT NULL     -- nanoseconds since 1970, UTC
) STRICT`

// openFile opens or makes a ledger's file and returns it with its last seq.
func openFile(path string, mode Sync, o Options) (_ *file, last int64, err error) {
	if mode != Off && mode != Full {
		return nil, 0, fmt.Errorf("sync %q, want %s or %s", mode, Off, Full)
	}
	version := schemaVersion
	if o.Keyless {
		version = keylessVersion
	}
	if err := inspect(path, version); err != nil {
		return nil, 0, err
	}
	name, err := dataSource(path, mode)
	if err != nil {
		return nil, 0, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, 0, err
	}
	f := &file{db: db, book: book{}, older: book{}}
	if last, err = f.start(context.Background(), version); err != nil {
		f.close() // its error is of no more help
		return nil, 0, advise(err)
	}
	return f, last, nil
}

// inspect refuses what is not a ledger of this version. It reads the header
// itself, because SQLite may write to a file when it opens it, and a foreign
// file is not to be touched. An empty file is as good as none.
func inspect(path string, version int) error {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return fmt.Errorf("%w; create the folder or choose another", err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("%w; choose another path", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("it is not a file but %v; choose another path", info.Mode())
	case info.Size() == 0:
		return nil
	}
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w; make it readable or choose another path", err)
	}
	defer in.Close()

	header := make([]byte, 72)
	_, err = io.ReadFull(in, header)
	switch {
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(header[:16]) != "SQLite format 3\x00", binary.BigEndian.Uint32(header[68:]) != applicationID:
		return errors.New("it is not a ledger and stays as it is; choose another path")
	}
	if got := binary.BigEndian.Uint32(header[60:]); got != uint32(version) {
		return fmt.Errorf("it has schema version %d and this program knows %d; choose another path, or the program that wrote it", got, version)
	}
	return nil
}

// dataSource names the file, whatever its characters, with the settings that
// belong to a connection. On macOS a plain fsync leaves data in the drive's cache, and
// a full one does not; elsewhere there is one kind.
func dataSource(path string, mode Sync) (string, error) {
	path, err := filepath.Abs(path)
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "synchronous(" + string(mode) + ")", "fullfsync(on)"}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: pragmas.Encode()}).String(), err
}

// start brings the connection of the writer up.
func (f *file) start(ctx context.Context, version int) (last int64, err error) {
	if f.conn, err = f.db.Conn(ctx); err != nil {
		return 0, err
	}
	var found int
	if err := f.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return 0, err
	}
	if found == 0 {
		if err := f.create(ctx, version); err != nil {
			return 0, err
		}
	}
	var mode string
	if err := f.conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return 0, err
	}
	if mode != "wal" {
		return 0, fmt.Errorf("no write-ahead log here, journal mode is %q; choose a folder on a local disk", mode)
	}
	if last, err = f.check(ctx); err != nil {
		return 0, err
	}
	return last, f.prepare(ctx)
}

// create writes the schema in one transaction, so that a file with our header
// has all of it. It runs before the switch to the write-ahead log, so that
// the header is in the file itself, where inspect looks. Its pages are twice the
// usual size: to split one costs more than to write a larger one.
func (f *file) create(ctx context.Context, version int) error {
	index := `CREATE UNIQUE INDEX one_row_per_key ON ledger ("order", action)`
	if version == keylessVersion {
		index = `CREATE INDEX many_rows_per_key ON ledger ("order", action)`
	}
	for _, statement := range []string{
		"PRAGMA page_size = 8192",
		"BEGIN IMMEDIATE",
		schema,
		index,
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", version),
		"COMMIT",
	} {
		if _, err := f.conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// check looks for damage, in about a fifth of a second for a million rows, and
// returns the last seq.
func (f *file) check(ctx context.Context) (last int64, err error) {
	var verdict string
	if err := f.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return 0, err
	}
	if verdict != "ok" {
		return 0, damaged(errors.New(verdict[strings.LastIndex(verdict, "\n")+1:]))
	}
	var count int64
	err = f.conn.QueryRowContext(ctx, "SELECT count(*), coalesce(max(seq), 0) FROM ledger").Scan(&count, &last)
	if err == nil && count != last {
		err = damaged(fmt.Errorf("%d rows, the last has seq %d", count, last))
	}
	return last, err
}

// advise adds to an error of SQLite's what to do about it.
func advise(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff { // the rest of the code is detail
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR:
		return damaged(err)
	}
	return fmt.Errorf("%w; see that it and its folder can be written, or choose another path", err)
}

func damaged(err error) error {
	return fmt.Errorf("it is damaged (%w); move it away, or choose another path", err)
}

package ledger_test

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

func TestReopenedFileGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name ?#%41&=.db")
	s := openFile(t, path, ledger.Full, ledger.Options{})
	fill(t, s, 100)
	before, err := rowsOf(s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if names, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(names) != 1 {
		t.Errorf("a closed ledger is %q, want one file", names)
	}

	s = openFile(t, path, ledger.Off, ledger.Options{})
	defer s.Close()
	old, absorbed, err := s.Do(t.Context(), call("fill-7", food.Charge), done(99))
	if err != nil || !absorbed || old != before[old.Seq-1] {
		t.Errorf("an old call is answered with %+v, absorbed %v, error %v", old, absorbed, err)
	}
	row, _, err := s.Do(t.Context(), call("fill-7", food.Refund), done(0))
	if err != nil || row.Seq != 101 || row.Amount != 1 {
		t.Errorf("a new call is answered with %+v, error %v; want row 101 with amount 1", row, err)
	}
	after, err := rowsOf(s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(before, row), after); diff != "" {
		t.Errorf("rows of the two lives:\n%s", diff)
	}
}

// What the writer no longer has in memory it finds in the file again.
func TestForgottenOrderIsLookedUp(t *testing.T) {
	s := sqlite(ledger.Off)(t, ledger.Options{})
	defer s.Close()
	var all sync.WaitGroup
	for n := range 3 * ledger.MaxKnown {
		all.Go(func() {
			if _, _, err := s.Do(t.Context(), call(fmt.Sprintf("o-%d", n), food.Charge), done(food.Cents(n))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, n := range []int{0, 1, ledger.MaxKnown, 2 * ledger.MaxKnown, 3*ledger.MaxKnown - 1} {
		id := fmt.Sprintf("o-%d", n)
		refund, absorbed, err := s.Do(t.Context(), call(id, food.Refund), done(0))
		if err != nil || absorbed || refund.Amount != food.Cents(n) {
			t.Errorf("refund of order %s: %+v, absorbed %v, %v; want the %d that was charged", id, refund, absorbed, err, n)
		}
		if row, absorbed, err := s.Do(t.Context(), call(id, food.Charge), done(1)); err != nil || !absorbed || row.Amount != food.Cents(n) {
			t.Errorf("order %s charged again: %+v, absorbed %v, %v", id, row, absorbed, err)
		}
	}
}

// Whatever is at the path, the error names what it is and what to do, and it
// is left as it is.
func TestBadFiles(t *testing.T) {
	for name, bad := range map[string]struct {
		make func(t *testing.T, path string)
		want []string
	}{
		"a text":                     {write("hello, I am your thesis\n"), []string{"not a ledger", "choose another path"}},
		"a long text":                {write(strings.Repeat("hello, I am your thesis\n", 1000)), []string{"not a ledger", "choose another path"}},
		"a folder":                   {folder, []string{"not a file", "choose another path"}},
		"another database":           {foreign, []string{"not a ledger", "choose another path"}},
		"another version":            {edit(60, 7), []string{"schema version 7", "choose another path"}},
		"another program's version":  {edit(68, 0x12345678), []string{"not a ledger", "choose another path"}},
		"a keyless ledger":           {keyless, []string{"schema version 1003", "choose another path"}},
		"a ledger cut short":         {cut, []string{"damaged", "move it away"}},
		"a ledger written over":      {scribble, []string{"damaged", "move it away"}},
		"a ledger without a row":     {statement("DELETE FROM ledger WHERE seq = 3"), []string{"damaged", "499 rows, the last has seq 500", "move it away"}},
		"a ledger without its table": {statement("DROP TABLE ledger"), []string{"damaged", "move it away"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			bad.make(t, path)
			before, _ := os.ReadFile(path)
			s, err := ledger.OpenSQLite(path, ledger.Off, ledger.Options{})
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			t.Log(err)
			for _, want := range append(bad.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not contain %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than a line", err)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestBadPlacesAndSettings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing", "ledger.db"): "create the folder",
		filepath.Join(dir, "file", "ledger.db"):    "choose another path",
		"/proc/ledger.db":                          "choose another",
	} {
		if _, err := ledger.OpenSQLite(path, ledger.Off, ledger.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
	if _, err := ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), "NORMAL", ledger.Options{}); err == nil {
		t.Error("a sync of NORMAL is accepted")
	}
}

// An empty file is what a process leaves that is killed as it begins.
func TestEmptyFileBecomesALedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	write("")(t, path)
	s := openFile(t, path, ledger.Off, ledger.Options{})
	defer s.Close()
	fill(t, s, 3)
}

// Of two writers on one file, one fails at its first write and stays so.
func TestSecondWriterIsFoundOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	one := openFile(t, path, ledger.Off, ledger.Options{})
	defer one.Close()
	two := openFile(t, path, ledger.Off, ledger.Options{})
	defer two.Close()
	fill(t, one, 1)
	for range 2 {
		if _, _, err := two.Do(t.Context(), call("late", food.Charge), done(1)); !errors.Is(err, ledger.ErrFailed) {
			t.Errorf("got error %v, want %v", err, ledger.ErrFailed)
		}
	}
	rows, err := rowsOf(one)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows and error %v, want 1", len(rows), err)
	}
}

// A row that is taken away under an open ledger is missed by whoever replays.
func TestReplayMissesARow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := openFile(t, path, ledger.Off, ledger.Options{})
	defer s.Close()
	fill(t, s, 10)
	if err := execute(path, "DELETE FROM ledger WHERE seq = 4"); err != nil {
		t.Fatal(err)
	}
	if rows, err := rowsOf(s); err == nil || !strings.Contains(err.Error(), "row 4 is missing") {
		t.Errorf("%d rows and error %v, want one that misses row 4", len(rows), err)
	}
}

// Whoever writes past the barrier is stopped by the file itself.
func TestFileHasOneRowPerKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	sound(t, path, ledger.Options{})
	err := execute(path, `INSERT INTO ledger (seq, "order", service, action, outcome, reason, "for", amount, attempt, at)
		SELECT 501, "order", service, action, outcome, reason, "for", amount, attempt, at FROM ledger WHERE seq = 1`)
	if err == nil || !strings.Contains(err.Error(), "UNIQUE") {
		t.Errorf("got error %v, want UNIQUE in it", err)
	}
}

// write makes a file of text.
func write(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func folder(t *testing.T, path string) {
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

// sound makes a ledger of 500 rows.
func sound(t *testing.T, path string, o ledger.Options) {
	s := openFile(t, path, ledger.Off, o)
	fill(t, s, 500)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func keyless(t *testing.T, path string) { sound(t, path, ledger.Options{Keyless: true}) }

// foreign makes a database of another program.
func foreign(t *testing.T, path string) {
	if err := execute(path, "CREATE TABLE photos (name TEXT)"); err != nil {
		t.Fatal(err)
	}
}

// statement makes a ledger and changes it behind its back.
func statement(query string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		sound(t, path, ledger.Options{})
		if err := execute(path, query); err != nil {
			t.Fatal(err)
		}
	}
}

func execute(path, query string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.Exec(query)
	return errors.Join(err, db.Close())
}

// edit makes a ledger with another number at an offset of its header.
func edit(offset int, number uint32) func(*testing.T, string) {
	return change(func(b []byte) []byte {
		binary.BigEndian.PutUint32(b[offset:], number)
		return b
	})
}

var (
	cut      = change(func(b []byte) []byte { return b[:len(b)/2] })
	scribble = change(func(b []byte) []byte {
		for i := range b[4096:] {
			b[4096+i] = byte(i * 7)
		}
		return b
	})
)

// change makes a ledger and rewrites its bytes.
func change(how func([]byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		sound(t, path, ledger.Options{})
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(string(how(b)))(t, path)
	}
}

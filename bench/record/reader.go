package record

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// What may be wrong with a folder that is opened. The text includes what to do.
var (
	ErrForeign    = errors.New("not a run folder: name one that 'sagabench bench' wrote")
	ErrUnfinished = errors.New("the run was ended before it could write its results: run it again")
	ErrSchema     = errors.New("written by another version of sagabench")
	ErrDamaged    = errors.New("the run folder is damaged: restore it, or run it again")
)

// dataFiles are all but run.json, with the one last that may be absent, see [Folder.Stories].
var dataFiles = []string{OrdersFile, CallsFile, EffectsFile, SamplesFile, FaultsFile, StoriesFile}

// A Folder is a finished run folder, open for reading.
//
// Its iterators read from the files as they go, and each starts anew. Rows come
// cell by cell in the order of Run.Cells; within a cell, orders by id, effects
// by order id and seq, calls and faults by order id and time, stories by order id,
// samples by time. So all but the last can be joined one order at a time. This order is checked, like
// all else: after the first bad row an iterator yields its error, which is
// [ErrDamaged] and names file and line, and ends.
type Folder struct {
	Dir string
	Run Run

	place map[string]int // of a cell in the run
}

// Open opens a run folder and reads its run.json.
func Open(dir string) (*Folder, error) {
	text, err := os.ReadFile(filepath.Join(dir, RunFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		if found, _ := filepath.Glob(filepath.Join(dir, "*"+partial)); len(found) > 0 {
			return nil, fmt.Errorf("%s: %w", dir, ErrUnfinished)
		}
		return nil, fmt.Errorf("%s has no %s: %w", dir, RunFile, ErrForeign)
	case errors.Is(err, os.ErrPermission):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", err, ErrForeign)
	}
	f := &Folder{Dir: dir, place: map[string]int{}}
	if err := f.parse(text); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, RunFile), err)
	}
	for _, name := range dataFiles {
		if info, err := os.Stat(filepath.Join(dir, name)); (err != nil || !info.Mode().IsRegular()) && (name != StoriesFile || f.keptStories()) {
			return nil, fmt.Errorf("%s is missing: %w", filepath.Join(dir, name), ErrDamaged)
		}
	}
	return f, nil
}

// parse looks at the schema before the rest: an unknown field is damage in a
// run of our version only.
func (f *Folder) parse(text []byte) error {
	var version struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	if version.Schema == nil {
		return fmt.Errorf("no schema: %w", ErrForeign)
	}
	if *version.Schema != Schema {
		return fmt.Errorf("schema %d, want %d: %w: %s, or run it again", *version.Schema, Schema, ErrSchema, reads(*version.Schema))
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f.Run); err != nil {
		return fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	for i, c := range f.Run.Cells {
		if _, twice := f.place[c.ID]; twice || c.ID == "" {
			return fmt.Errorf("cell id %q is empty or comes twice: %w", c.ID, ErrDamaged)
		}
		f.place[c.ID] = i
	}
	return nil
}

// reads names the version that reads a schema which this one does not.
func reads(schema int) string {
	switch schema {
	case 1:
		return "revision ce1c4de of 20 November 2026 was the last to read it"
	case 2:
		return "revision a942b80 of 22 November 2026 was the last to read it"
	}
	return "read it with a later one"
}

// Orders yields the offered orders.
func (f *Folder) Orders() iter.Seq2[Order, error] { return inOrder(f, orders, orders.decode) }

// Calls yields the attempts at calls that were made.
func (f *Folder) Calls() iter.Seq2[Call, error] { return inOrder(f, calls, calls.decode) }

// Effects yields the ledger's rows.
func (f *Folder) Effects() iter.Seq2[Effect, error] { return inOrder(f, effects, effects.decode) }

// Samples yields the samples.
func (f *Folder) Samples() iter.Seq2[Sample, error] { return inOrder(f, samples, samples.decode) }

// Faults yields the faults that fired.
func (f *Folder) Faults() iter.Seq2[Fault, error] { return inOrder(f, faults, linesWith[Fault]("")) }

// Stories yields what the engines kept of some of the orders. A run of an older version
// has kept none, and then the file may be absent.
func (f *Folder) Stories() iter.Seq2[Story, error] { return f.storiesWith("") }

// storiesWith yields those whose line has the text.
func (f *Folder) storiesWith(text string) iter.Seq2[Story, error] {
	if _, err := os.Stat(filepath.Join(f.Dir, StoriesFile)); errors.Is(err, os.ErrNotExist) && !f.keptStories() {
		return func(func(Story, error) bool) {}
	}
	return inOrder(f, stories, func(in io.Reader, yield func(Story) bool) (int, error) {
		zip, err := gzip.NewReader(in)
		if err != nil {
			return 1, err
		}
		return linesWith[Story](text)(zip, yield)
	})
}

// keptStories says whether the run has kept any.
func (f *Folder) keptStories() bool {
	return slices.ContainsFunc(f.Run.Cells, func(c Cell) bool { return c.Stories > 0 })
}

// A decoder yields the rows of an open file until yield returns false or a row
// is bad. It returns the line it has come to.
type decoder[T any] func(in io.Reader, yield func(T) bool) (line int, err error)

// inOrder opens a file, decodes it, and checks that its rows are of cells of
// the run and in the documented order.
func inOrder[T any](f *Folder, t table[T], decode decoder[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var before, none T
		path := filepath.Join(f.Dir, t.file)
		file, err := os.Open(path)
		if err != nil {
			if !errors.Is(err, os.ErrPermission) {
				err = fmt.Errorf("%w: %w", err, ErrDamaged)
			}
			yield(none, err)
			return
		}
		defer file.Close()
		at := -1 // place of the cell that is being read
		var wrong error
		line, err := decode(file, func(row T) bool {
			cell := *t.cell(&row)
			place, known := f.place[cell]
			switch {
			case !known:
				wrong = fmt.Errorf("cell %q is not in %s", cell, RunFile)
			case t.of != nil && !t.of(row, f.Run.Cells[place]):
				wrong = fmt.Errorf("style, scenario or repeat is not what %s has for cell %q", RunFile, cell)
			case place < at:
				wrong = fmt.Errorf("cell %q comes after a later one", cell)
			case place == at && !t.follows(before, row):
				wrong = errors.New("the row is out of order, or comes twice")
			default:
				before, at = row, place
				return yield(row, nil)
			}
			return false
		})
		if err = cmp.Or(wrong, err); err != nil {
			yield(none, fmt.Errorf("%s:%d: %w: %w", path, line, err, ErrDamaged))
		}
	}
}

// follows reports whether b may come right after a in a cell.
func (t *table[T]) follows(a, b T) bool {
	c := t.compare(a, b)
	return c < 0 || c == 0 && t.unique == ""
}

func (t *table[T]) decode(in io.Reader, yield func(T) bool) (line int, err error) {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return 1, err
	}
	r := csv.NewReader(zip)
	r.FieldsPerRecord = -1 // counted here, for a better message
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return 1, plain(err)
	}
	if err := t.checkHeader(header); err != nil {
		return 1, err
	}
	for line = 1; ; {
		fields, err := r.Read()
		if err == io.EOF {
			return line, nil
		}
		if err != nil {
			return line + 1, plain(err)
		}
		line, _ = r.FieldPos(0)
		row, err := t.row(fields)
		if err != nil || !yield(row) {
			return line, err
		}
	}
}

// plain drops the position that encoding/csv prefixes to its errors.
func plain(err error) error {
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		return bad.Err
	}
	return err
}

func (t *table[T]) checkHeader(fields []string) error {
	for i, want := range t.names() {
		if i >= len(fields) || fields[i] != want {
			return fmt.Errorf("column %d is not %q", i+1, want)
		}
	}
	if extra := len(fields) - len(t.columns); extra > 0 {
		return fmt.Errorf("%d columns too many", extra)
	}
	return nil
}

func (t *table[T]) row(fields []string) (row T, err error) {
	if len(fields) != len(t.columns) {
		return row, fmt.Errorf("%d fields, want %d", len(fields), len(t.columns))
	}
	for i, c := range t.columns {
		if err := c.read(&row, fields[i]); err != nil {
			return row, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return row, nil
}

// maxLine is longer than the history of any workflow that its server would keep.
const maxLine = 64 << 20

// linesWith reads a JSON object a line, of the lines that have the text.
func linesWith[T any](text string) decoder[T] {
	return func(in io.Reader, yield func(T) bool) (line int, err error) {
		sc := bufio.NewScanner(in)
		sc.Buffer(nil, maxLine)
		for line = 1; sc.Scan(); line++ {
			if !bytes.Contains(sc.Bytes(), []byte(text)) {
				continue
			}
			row, err := decodeLine[T](sc.Bytes())
			if err != nil || !yield(row) {
				return line, err
			}
		}
		return line, sc.Err()
	}
}

func decodeLine[T any](text []byte) (row T, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&row); err != nil {
		return row, err
	}
	if dec.More() {
		return row, errors.New("more than one object on the line")
	}
	return row, nil
}

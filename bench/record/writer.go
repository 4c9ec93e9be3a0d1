package record

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// ErrTaken means that a run can't be written to a folder, because something is
// there already.
var ErrTaken = errors.New("holds something else already: name a new or an empty folder")

// partial marks a file that is still being written. Data files lose it when
// the run is closed, and run.json comes last, so a folder with a run.json is
// whole.
const partial = ".partial"

// A Writer writes one run folder. It is not safe for concurrent use.
//
// Each cell is appended in one piece when it is done, the CSV files as a gzip
// member of their own. So whatever ends the run early, the cells before it can
// be read; zcat reads the partial files too.
type Writer struct {
	dir   string
	files []*appendFile // in the order of a cell's parts
	cells []Cell
}

// Data is all that one cell leaves behind.
type Data struct {
	Cell    Cell
	Orders  []Order
	Calls   []Call
	Effects []Effect
	Faults  []Fault
	Samples []Sample
}

// Create starts a run folder. It refuses a path where there is anything but an
// empty folder, with [ErrTaken].
func Create(dir string) (*Writer, error) {
	found, err := os.ReadDir(dir)
	switch {
	case err == nil && len(found) > 0:
		return nil, fmt.Errorf("folder %s %w", dir, ErrTaken)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return nil, fmt.Errorf("%s is a file and %w", dir, ErrTaken)
		}
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir}
	for _, name := range dataFiles {
		f, err := os.OpenFile(filepath.Join(dir, name+partial), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return nil, errors.Join(err, w.Discard())
		}
		w.files = append(w.files, &appendFile{File: f})
	}
	// Even a run of no cells has tables with names over their columns.
	if err := w.append([][]byte{orders.header(), calls.header(), effects.header(), samples.header(), nil}); err != nil {
		return nil, errors.Join(err, w.Discard())
	}
	return w, nil
}

// Add appends a cell that is done, or nothing of it. It sorts the slices in
// place into the order of the folder, and stamps the rows with the cell they are of.
func (w *Writer) Add(d Data) error {
	if d.Cell.ID == "" {
		return errors.New("a cell without an id")
	}
	if slices.ContainsFunc(w.cells, func(c Cell) bool { return c.ID == d.Cell.ID }) {
		return fmt.Errorf("cell %s was written already", d.Cell.ID)
	}
	for i := range d.Orders {
		o := &d.Orders[i]
		o.Style, o.Scenario, o.Repeat = d.Cell.Style, d.Cell.Scenario, d.Cell.Repeat
	}
	parts := make([][]byte, len(dataFiles))
	var errs [5]error
	parts[0], errs[0] = orders.member(d.Cell.ID, d.Orders)
	parts[1], errs[1] = calls.member(d.Cell.ID, d.Calls)
	parts[2], errs[2] = effects.member(d.Cell.ID, d.Effects)
	parts[3], errs[3] = samples.member(d.Cell.ID, d.Samples)
	parts[4], errs[4] = faultLines(d.Cell.ID, d.Faults)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if err := w.append(parts); err != nil {
		return err
	}
	w.cells = append(w.cells, d.Cell)
	return nil
}

// Close finishes the folder: the data files get their names, and run.json is
// written last. The run's schema and cells are filled in.
func (w *Writer) Close(run Run) error {
	run.Schema, run.Cells = Schema, w.cells
	text, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", RunFile, err)
	}
	for i, f := range w.files {
		if err := f.Close(); err != nil {
			return err
		}
		if err := os.Rename(f.Name(), filepath.Join(w.dir, dataFiles[i])); err != nil {
			return err
		}
	}
	final := filepath.Join(w.dir, RunFile)
	if err := os.WriteFile(final+partial, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(final+partial, final)
}

// Discard removes what the writer has written, and the folder with it if that
// leaves it empty. It is for a run that has nothing to show.
func (w *Writer) Discard() error {
	var errs []error
	for _, f := range w.files {
		f.Close()
		errs = append(errs, os.Remove(f.Name()))
	}
	os.Remove(w.dir)
	return errors.Join(errs...)
}

// append adds one part to each file, or none to any.
func (w *Writer) append(parts [][]byte) error {
	for i, f := range w.files {
		if _, err := f.Write(parts[i]); err != nil {
			for _, f := range w.files {
				err = errors.Join(err, f.Truncate(f.size))
			}
			return err
		}
	}
	for i, f := range w.files {
		f.size += int64(len(parts[i]))
	}
	return nil
}

// An appendFile knows how much of it is whole.
type appendFile struct {
	*os.File
	size int64
}

func (t *table[T]) header() []byte {
	text, _ := gzipped(func(w *csv.Writer) error { return w.Write(t.names()) }) // in memory nothing goes wrong
	return text
}

func (t *table[T]) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// member is the gzip member that holds a cell's rows.
func (t *table[T]) member(cell string, rows []T) ([]byte, error) {
	slices.SortStableFunc(rows, t.compare)
	for i := range rows {
		*t.cell(&rows[i]) = cell
		if i > 0 && !t.follows(rows[i-1], rows[i]) {
			return nil, fmt.Errorf("%s: cell %s has two rows of the same %s: %+v", t.file, cell, t.unique, rows[i])
		}
	}
	return gzipped(func(w *csv.Writer) error { return t.writeAll(w, rows) })
}

func (t *table[T]) writeAll(w *csv.Writer, rows []T) error {
	fields := make([]string, len(t.columns))
	for i := range rows {
		for k, c := range t.columns {
			var err error
			if fields[k], err = c.write(&rows[i]); err != nil {
				return fmt.Errorf("%s: %s of %+v: %w", t.file, c.name, rows[i], err)
			}
		}
		if err := w.Write(fields); err != nil {
			return err
		}
	}
	return nil
}

// gzipped returns what write writes, compressed. Nothing can go wrong in it
// but write itself, because the bytes stay in memory.
func gzipped(write func(*csv.Writer) error) ([]byte, error) {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	w := csv.NewWriter(zip)
	if err := write(w); err != nil {
		return nil, err
	}
	w.Flush()
	zip.Close()
	return buf.Bytes(), nil
}

func faultLines(cell string, faults []Fault) ([]byte, error) {
	slices.SortStableFunc(faults, compareFaults)
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for i := range faults {
		faults[i].Cell = cell
		if err := enc.Encode(faults[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", FaultsFile, err)
		}
	}
	return buf.Bytes(), nil
}

func compareFaults(a, b Fault) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), a.At.Compare(b.At))
}

package record

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
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
	Stories []Story // the most wanted first
}

// Arrange puts the rows into the order of the folder, in place, and stamps them with the
// cell that they are of. The stories remain in theirs.
func (d *Data) Arrange() {
	for i := range d.Orders {
		o := &d.Orders[i]
		o.Style, o.Scenario, o.Repeat = d.Cell.Style, d.Cell.Scenario, d.Cell.Repeat
	}
	orders.arrange(d.Cell.ID, d.Orders)
	calls.arrange(d.Cell.ID, d.Calls)
	effects.arrange(d.Cell.ID, d.Effects)
	samples.arrange(d.Cell.ID, d.Samples)
	faults.arrange(d.Cell.ID, d.Faults)
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
	noStory, _ := stories.lines(nil)
	if err := w.append([][]byte{orders.header(), calls.header(), effects.header(), samples.header(), nil, noStory}); err != nil {
		return nil, errors.Join(err, w.Discard())
	}
	return w, nil
}

// Add appends a cell that is done, or nothing of it. It arranges the rows, see
// [Data.Arrange]. Of the stories it keeps as many, from the first on, as keep their file
// within a tenth of the folder and its report, and notes in the cell how many that are.
func (w *Writer) Add(d Data) error {
	if d.Cell.ID == "" {
		return errors.New("a cell without an id")
	}
	if slices.ContainsFunc(w.cells, func(c Cell) bool { return c.ID == d.Cell.ID }) {
		return fmt.Errorf("cell %s was written already", d.Cell.ID)
	}
	d.Arrange()
	parts := make([][]byte, len(dataFiles))
	var errs [6]error
	parts[0], errs[0] = orders.member(d.Cell.ID, d.Orders)
	parts[1], errs[1] = calls.member(d.Cell.ID, d.Calls)
	parts[2], errs[2] = effects.member(d.Cell.ID, d.Effects)
	parts[3], errs[3] = samples.member(d.Cell.ID, d.Samples)
	parts[4], errs[4] = faults.lines(d.Faults)
	parts[5], d.Cell.Stories, errs[5] = w.stories(d, parts[:5])
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if err := w.append(parts); err != nil {
		return err
	}
	d.Cell.LeftOut = len(d.Stories) - d.Cell.Stories
	w.cells = append(w.cells, d.Cell)
	return nil
}

// Kept is how many stories of the last cell were kept.
func (w *Writer) Kept() int {
	if len(w.cells) == 0 {
		return 0
	}
	return w.cells[len(w.cells)-1].Stories
}

// Drawn is less than what is drawn of any run takes in its folder, in bytes.
const Drawn = 40 << 10

// stories is the gzip member of the first n stories of a cell, with n as large as the
// other files allow, of which it gets the cell's parts.
func (w *Writer) stories(d Data, others [][]byte) (part []byte, n int, err error) {
	room := Drawn - 9*w.files[len(others)].size
	for i, part := range others {
		room += w.files[i].size + int64(len(part))
	}
	first := func(n int) []byte {
		some := slices.Clone(d.Stories[:n])
		stories.arrange(d.Cell.ID, some)
		lines, wrong := stories.lines(some)
		err = cmp.Or(err, stories.once(d.Cell.ID, some), wrong)
		return lines
	}
	n = sort.Search(len(d.Stories), func(n int) bool { return 9*int64(len(first(n+1))) > room })
	if n > 0 {
		part = first(n)
	}
	return part, n, err
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
	text, _ := gzipped(func(out io.Writer) error { return t.writeAll(out, nil, t.names()) }) // in memory nothing goes wrong
	return text
}

func (t *table[T]) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// arrange sorts the rows of a cell, and stamps them with it.
func (t *table[T]) arrange(cell string, rows []T) {
	slices.SortStableFunc(rows, t.compare)
	for i := range rows {
		*t.cell(&rows[i]) = cell
	}
}

// once returns an error if two of a cell's rows, which are arranged, are the same.
func (t *table[T]) once(cell string, rows []T) error {
	for i := 1; i < len(rows); i++ {
		if !t.follows(rows[i-1], rows[i]) {
			return fmt.Errorf("%s: cell %s has two rows of the same %s: %+v", t.file, cell, t.unique, rows[i])
		}
	}
	return nil
}

// member is the gzip member that holds a cell's rows, which are arranged.
func (t *table[T]) member(cell string, rows []T) ([]byte, error) {
	if err := t.once(cell, rows); err != nil {
		return nil, err
	}
	return gzipped(func(out io.Writer) error { return t.writeAll(out, rows) })
}

// writeAll writes the lines before the rows, and the rows.
func (t *table[T]) writeAll(out io.Writer, rows []T, before ...[]string) error {
	w := csv.NewWriter(out)
	defer w.Flush()
	if err := w.WriteAll(before); err != nil {
		return err
	}
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

// lines is a JSON object a line, compressed if that is the file's form.
func (t *table[T]) lines(rows []T) ([]byte, error) {
	write := func(out io.Writer) error {
		enc := json.NewEncoder(out)
		for i := range rows {
			if err := enc.Encode(rows[i]); err != nil {
				return fmt.Errorf("%s: %w", t.file, err)
			}
		}
		return nil
	}
	if strings.HasSuffix(t.file, ".gz") {
		return gzipped(write)
	}
	var buf bytes.Buffer
	err := write(&buf)
	return buf.Bytes(), err
}

// gzipped returns what write writes, compressed. Nothing can go wrong in it
// but write itself, because the bytes stay in memory.
func gzipped(write func(io.Writer) error) ([]byte, error) {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	if err := write(zip); err != nil {
		return nil, err
	}
	zip.Close()
	return buf.Bytes(), nil
}

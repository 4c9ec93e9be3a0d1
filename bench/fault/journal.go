package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/journal"
)

// A Journal notes each fault before it acts, one line of JSON. So what a process
// did before it was killed can be read from its file. Its methods may be called
// concurrently, but only one process may hold a file.
type Journal struct {
	cell string
	file *journal.Journal
}

// OpenJournal opens the file of a cell to append to it. A line that a killed
// process left unfinished is gone then: that fault never acted.
func OpenJournal(path, cell string) (*Journal, error) {
	f, err := journal.Open(path)
	if err != nil {
		return nil, err
	}
	return &Journal{cell, f}, nil
}

// ReadJournal returns what a journal holds, apart from an unfinished last line.
func ReadJournal(path string) ([]record.Fault, error) {
	text, err := journal.Read(path)
	if err != nil {
		return nil, err
	}
	var faults []record.Fault
	line := 0
	for text := range bytes.Lines(text) {
		var f record.Fault
		line++
		if err := json.Unmarshal(text, &f); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// fires notes that a rule hits a call, and reports whether it may: what can't be
// written down must not happen. The file keeps the error for Close.
func (j *Journal) fires(r Rule, c food.Call) bool {
	if j == nil {
		return true
	}
	line, _ := json.Marshal(record.Fault{ // of texts, a number and this moment, which all have a form
		Cell: j.cell, Rule: r.Written, Kind: string(r.Kind), Order: c.Order,
		Service: string(c.Service), Action: string(c.Action), Attempt: c.Attempt, At: time.Now().UTC(),
	})
	return j.file.Write(append(line, '\n')) == nil
}

// Close closes the file. It returns the first error of writing to it, after
// which the cell's faults are not what was planned.
func (j *Journal) Close() error {
	if j == nil {
		return nil
	}
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("fault journal: %w", err)
	}
	return nil
}

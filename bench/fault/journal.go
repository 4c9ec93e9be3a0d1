package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A Journal notes each fault before it acts, one line of JSON in one write. So
// what a process did before it was killed can be read from its file. Its
// methods may be called concurrently, but only one process may hold a file.
type Journal struct {
	cell string
	file *os.File

	mu     sync.Mutex
	failed error
}

// OpenJournal opens the file of a cell to append to it. It cuts off a line that
// a killed process left unfinished: that fault never acted.
func OpenJournal(path, cell string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = f.Truncate(int64(len(finished(text))))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Journal{cell: cell, file: f}, nil
}

// ReadJournal returns what a journal holds, apart from an unfinished last line.
func ReadJournal(path string) ([]record.Fault, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var faults []record.Fault
	line := 0
	for text := range bytes.Lines(finished(text)) {
		var f record.Fault
		line++
		if err := json.Unmarshal(text, &f); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func finished(text []byte) []byte { return text[:bytes.LastIndexByte(text, '\n')+1] }

// fires notes that a rule hits a call, and reports whether it may: what can't be
// written down must not happen. The error is kept for Close.
func (j *Journal) fires(r Rule, c food.Call) bool {
	if j == nil {
		return true
	}
	line, err := json.Marshal(record.Fault{
		Cell: j.cell, Rule: r.Written, Kind: string(r.Kind), Order: c.Order,
		Service: string(c.Service), Action: string(c.Action), Attempt: c.Attempt, At: time.Now().UTC(),
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil && j.failed == nil {
		j.failed = fmt.Errorf("fault journal: %w", err)
	}
	return err == nil
}

// Close closes the file. It returns the first error of writing to it, after
// which the cell's faults are not what was planned.
func (j *Journal) Close() error {
	if j == nil {
		return nil
	}
	return errors.Join(j.failed, j.file.Close())
}

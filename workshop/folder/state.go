package folder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sagabench/sagabench/workshop"
)

// A State is what is known of a learner. Nothing of it is of a person, but for an alias
// that they may choose.
type State struct {
	Schema    int              `json:"schema"`
	Sagabench string           `json:"sagabench"` // that wrote the given files
	Given     string           `json:"given"`     // hash of these
	Learner   uint64           `json:"learner"`   // seed
	Alias     string           `json:"alias,omitempty"`
	Exercises map[int]Progress `json:"exercises"` // by number
}

// Progress is how far a learner has come with an exercise.
type Progress struct {
	Hints  int              `json:"hints,omitempty"` // levels seen
	Styles map[string]Tries `json:"styles,omitempty"`
}

// Tries are of a style, or of an exercise that has no styles.
type Tries struct {
	N      int       `json:"n"`
	Passed int       `json:"passed,omitempty"` // the first try that passed all; 0: none yet
	At     time.Time `json:"at,omitzero"`      // of that
}

// Done says whether every style of an exercise has passed.
func (p Progress) Done(e workshop.Exercise) bool {
	for _, style := range e.Checks() {
		if p.Styles[style].Passed == 0 {
			return false
		}
	}
	return true
}

// State reads the state.
func (f *Folder) State() (s State, err error) {
	text, err := os.ReadFile(f.path(stateFile))
	if err != nil {
		return s, mend(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, &workshop.Mistake{
			Text: fmt.Sprintf("%s is damaged: %v", f.path(stateFile), err),
			Mend: "move that file away and run \"sagabench learn init\" on a new folder; your programs can be copied there",
		}
	}
	if s.Schema > schema {
		return s, &workshop.Mistake{
			Text: fmt.Sprintf("%s was made by sagabench %s, which is newer than this one", f.Dir, s.Sagabench),
			Mend: "use that version, or a newer one",
		}
	}
	if s.Exercises == nil {
		s.Exercises = map[int]Progress{}
	}
	return s, nil
}

// update changes the state, and adds lines to the journal. It is called within change.
func (f *Folder) update(as func(*State), lines ...Entry) error {
	s, err := f.State()
	if err != nil {
		return err
	}
	as(&s)
	if err := f.append(lines...); err != nil {
		return err
	}
	return f.save(s, true)
}

func (f *Folder) save(s State, kept bool) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return f.write(stateFile, append(text, '\n'), kept)
}

// An Entry is a line of the journal.
type Entry struct {
	At       time.Time `json:"at"`
	Event    string    `json:"event"` // init, answers, check, hint, reset, update
	Exercise int       `json:"exercise,omitempty"`

	Answers workshop.Answers `json:"answers,omitempty"`

	Style    string           `json:"style,omitempty"`
	Seeds    []uint64         `json:"seeds,omitempty"`
	Asked    string           `json:"asked,omitempty"` // for one scenario alone
	Verdict  workshop.Verdict `json:"verdict,omitempty"`
	Scenario string           `json:"scenario,omitempty"` // that did not pass
	Seconds  float64          `json:"seconds,omitempty"`

	Level  int    `json:"level,omitempty"`  // of a hint; 4 is the solution
	Backup string `json:"backup,omitempty"` // where the learner's files are
}

// append adds lines, each whole: also behind one that a killed program left unfinished.
func (f *Folder) append(lines ...Entry) (err error) {
	defer func() { err = mend(err) }()
	if len(lines) == 0 {
		return nil
	}
	file, err := os.OpenFile(f.path(journalFile), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if last := make([]byte, 1); end > 0 {
		if _, err := file.ReadAt(last, end-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			text.WriteByte('\n')
		}
	}
	for _, e := range lines {
		e.At = time.Now().UTC().Truncate(time.Millisecond)
		if err := json.NewEncoder(&text).Encode(e); err != nil {
			return err
		}
	}
	if _, err = file.Write(text.Bytes()); err != nil {
		// Half a line would be joined by the next one.
		return errors.Join(err, file.Truncate(end))
	}
	return nil
}

// Journal reads the journal. A line that is damaged is left out.
func (f *Folder) Journal() (all []Entry, err error) {
	text, err := os.ReadFile(f.path(journalFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for line := range bytes.Lines(text) {
		var e Entry
		if json.Unmarshal(line, &e) == nil {
			all = append(all, e)
		}
	}
	return all, mend(err)
}

// Checked keeps what a check of one style came to. Only one that played everything can
// be a first pass.
func (f *Folder) Checked(e Entry) error {
	e.Event = "check"
	return f.change(func() error {
		return f.update(func(s *State) {
			p := s.Exercises[e.Exercise]
			if p.Styles == nil {
				p.Styles = map[string]Tries{}
			}
			t := p.Styles[e.Style]
			t.N++
			if e.Verdict == workshop.Passed && e.Asked == "" && t.Passed == 0 {
				t.Passed, t.At = t.N, time.Now().UTC().Truncate(time.Second)
			}
			p.Styles[e.Style] = t
			s.Exercises[e.Exercise] = p
		}, e)
	})
}

// Hint counts a hint of so many levels, and returns the level to show: the next, or the
// last again.
func (f *Folder) Hint(exercise, levels int) (level int, err error) {
	return level, f.change(func() error {
		s, err := f.State()
		if err != nil {
			return err
		}
		level = min(s.Exercises[exercise].Hints+1, levels)
		return f.update(func(s *State) {
			p := s.Exercises[exercise]
			p.Hints = level
			s.Exercises[exercise] = p
		}, Entry{Event: "hint", Exercise: exercise, Level: level})
	})
}

package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/sagabench/sagabench/workshop"
)

// given is all that is not the learner's, by path below the root.
func (f *Folder) given(learner uint64) (map[string][]byte, error) {
	files := workshop.Base()
	for _, e := range f.exercises {
		more, err := e.Given(learner)
		if err != nil {
			return nil, fmt.Errorf("exercise %d: %w", e.Number, err)
		}
		maps.Copy(files, more)
	}
	return files, nil
}

func hash(files map[string][]byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s\x00%d\x00%s", name, len(files[name]), files[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Update replaces the given files when this program has others than the one that wrote
// them, and says so in a line; "" when nothing had to be done. What the learner edits
// stays as it is, and what stood in a given file is kept in a backup.
func (f *Folder) Update(version string) (note string, err error) {
	s, err := f.State()
	if err != nil {
		return "", err
	}
	given, err := f.given(s.Learner)
	if err != nil || hash(given) == s.Given {
		return "", err
	}
	err = f.change(func() error {
		var other []string
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if how, err := f.differs(name, given[name]); err != nil || how != "" {
				other = append(other, name)
			}
		}
		kept := f.backupName("given")
		for _, name := range other {
			if err := f.keep(name, kept); err != nil {
				return err
			}
			if err := f.write(name, given[name], false); err != nil {
				return err
			}
		}
		note = fmt.Sprintf("given files are now those of sagabench %s, and were of %s (%d written; what stood there is in %s); yours are untouched", version, s.Sagabench, len(other), kept)
		return f.update(func(s *State) { s.Sagabench, s.Given = version, hash(given) }, Entry{Event: "update", Backup: kept})
	})
	return note, err
}

// differs is what has become of a given file: "changed", "removed", or "".
func (f *Folder) differs(name string, given []byte) (how string, err error) {
	switch text, err := os.ReadFile(f.path(name)); {
	case errors.Is(err, fs.ErrNotExist):
		return "removed", nil
	case err != nil:
		return "", mend(err)
	case string(text) != string(given):
		return "changed", nil
	}
	return "", nil
}

// Ignored is a line about given code of an exercise that is not as it was given: programs
// are built without what the learner has done to it. It is "" when there is none. Pages
// may be written on, and go.sum changes by itself.
func (f *Folder) Ignored(e workshop.Exercise) (note string, err error) {
	s, err := f.State()
	if err != nil {
		return "", err
	}
	given, err := e.Given(s.Learner)
	if err != nil {
		return "", err
	}
	all, err := f.files("kit")
	if err != nil {
		return "", err
	}
	folders := map[string]bool{} // of the kit's packages: what is added to them is left out
	for name := range given {
		folders[path.Dir(name)] = true
		all = append(all, name)
	}
	slices.Sort(all)
	var found []string
	for _, name := range slices.Compact(all) {
		if path.Ext(name) != ".go" && name != "go.mod" || !folders[path.Dir(name)] {
			continue
		}
		how := "added"
		if text, there := given[name]; there {
			if how, err = f.differs(name, text); err != nil {
				return "", err
			}
		}
		if how != "" {
			found = append(found, name+" was "+how)
		}
	}
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0] + "; the check uses the original", nil
	}
	return fmt.Sprintf("%s (and %d more); the check uses the originals", found[0], len(found)-1), nil
}

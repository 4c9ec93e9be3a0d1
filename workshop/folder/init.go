package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/workshop"
)

// Options are how a learner's folder is made.
type Options struct {
	Sagabench string // version of this program
	Learner   uint64 // seed; 0 draws one
	Alias     string
}

// seeds that are drawn are short enough to be read out.
const seeds = 1_000_000

var aliases = regexp.MustCompile(`^[\pL\pN._-]{1,40}$`)

// Init makes a learner's folder, or adds what one lacks. It returns how many files were
// written. What is there stays as it is.
func Init(dir string, o Options, all []workshop.Exercise) (f *Folder, written int, err error) {
	if o.Alias != "" && !aliases.MatchString(o.Alias) {
		return nil, 0, &workshop.Mistake{Text: fmt.Sprintf("--alias %q: want 1 to 40 letters, digits, dots or dashes", o.Alias)}
	}
	if dir == "" {
		return nil, 0, &workshop.Mistake{Text: "no folder is named", Mend: "name one that is new, as in: sagabench learn init ~/learn-sagas"}
	}
	dir, err = place(dir)
	if err != nil {
		return nil, 0, mend(err)
	}
	f = &Folder{dir, all}
	if err := os.MkdirAll(f.path(ours), 0o755); err != nil {
		return nil, 0, mend(err)
	}
	err = f.change(func() (err error) {
		if err := f.begin(o); err != nil {
			return err
		}
		written, err = f.add()
		return err
	})
	return f, written, err
}

// place is the absolute path of a folder in which a learner's may be.
func place(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	// A link may lead into the clone.
	there := above(dir, func(d string) bool { _, err := os.Stat(d); return err == nil })
	real, err := filepath.EvalSymlinks(there)
	if err != nil {
		return "", err
	}
	if clone := above(real, isClone); clone != "" {
		return "", &workshop.Mistake{
			Text: fmt.Sprintf("%s is inside of %s, the source of sagabench", dir, clone),
			Mend: "choose a folder outside of it, such as ~/learn-sagas: your programs are a module of their own",
		}
	}
	if isOurs(dir) {
		return dir, nil
	}
	if other := above(dir, isOurs); other != "" {
		return "", &workshop.Mistake{Text: fmt.Sprintf("%s is inside of %s, which is a learner's folder", dir, other), Mend: "choose a folder outside of it"}
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return dir, nil
	case err != nil && there == dir:
		return "", &workshop.Mistake{Text: fmt.Sprintf("%s is not a folder that can be read: %v", dir, err), Mend: "name one that is new, or empty"}
	case err != nil:
		return "", err
	}
	for _, e := range entries {
		// Also when the first try was ended before it could write its state.
		if e.Name() != ".git" && e.Name() != ours {
			return "", &workshop.Mistake{Text: fmt.Sprintf("%s holds something else (%s)", dir, e.Name()), Mend: "name a folder that is new, or empty"}
		}
	}
	return dir, nil
}

// isClone says whether a folder is the root of sagabench's source.
func isClone(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && regexp.MustCompile(`(?m)^module\s+"?`+regexp.QuoteMeta(path.Dir(workshop.Module))+`"?\s*$`).Match(text)
}

// begin writes the first state, or changes what the options say otherwise.
func (f *Folder) begin(o Options) error {
	if !isOurs(f.Dir) {
		s := State{Schema: schema, Sagabench: o.Sagabench, Learner: o.Learner, Alias: o.Alias, Exercises: map[int]Progress{}}
		if s.Learner == 0 {
			s.Learner = 1 + rand.Uint64N(seeds-1)
		}
		given, err := f.given(s.Learner)
		if err != nil {
			return err
		}
		s.Given = hash(given)
		return errors.Join(f.append(Entry{Event: "init"}), f.save(s, false))
	}
	s, err := f.State()
	switch {
	case err != nil:
		return err
	case o.Learner != 0 && o.Learner != s.Learner:
		return &workshop.Mistake{
			Text: fmt.Sprintf("%s has seed %d, and what is in it follows from that", f.Dir, s.Learner),
			Mend: fmt.Sprintf("leave out --seed, or make a new folder for seed %d", o.Learner),
		}
	case o.Alias == "" || o.Alias == s.Alias:
		return nil
	}
	return f.update(func(s *State) { s.Alias = o.Alias })
}

// add writes what is missing.
func (f *Folder) add() (written int, err error) {
	s, err := f.State()
	if err != nil {
		return 0, err
	}
	files := workshop.Base()
	for _, e := range f.exercises {
		starter, err := f.starter(e, s.Learner)
		if err != nil {
			return 0, err
		}
		maps.Copy(files, starter)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if _, err := os.Lstat(f.path(name)); err == nil {
			continue
		}
		if err := f.write(name, files[name], false); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

// starter is what a learner begins with, by path below the root.
func (f *Folder) starter(e workshop.Exercise, learner uint64) (map[string][]byte, error) {
	files, err := e.Starter(learner)
	if err != nil {
		return nil, fmt.Errorf("exercise %d: %w", e.Number, err)
	}
	if e.Questions != nil {
		files[answersFile(e)] = template(e, learner)
	}
	return files, nil
}

// backupName is a folder for a backup that is not there yet, below the root.
func (f *Folder) backupName(of string) string {
	name := path.Join(backups, of+"-"+time.Now().Format("20060102-150405"))
	for n, free := 2, name; ; n++ {
		if _, err := os.Lstat(f.path(free)); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

// keep copies a file into a backup. One that is not there needs none.
func (f *Folder) keep(name, backup string) error {
	text, err := os.ReadFile(f.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return mend(err)
	}
	return f.write(path.Join(backup, name), text, true)
}

// Reset gives an exercise its first files again. What stood there is in a backup, whose
// path below the root is returned; also with an error, when the backup is whole.
func (f *Folder) Reset(e workshop.Exercise) (backup string, err error) {
	s, err := f.State()
	if err != nil {
		return "", err
	}
	starter, err := f.starter(e, s.Learner)
	if err != nil {
		return "", err
	}
	return backup, f.change(func() error {
		there, err := f.files(e.Folder)
		if err != nil {
			return err
		}
		to := f.backupName(e.Folder)
		for _, name := range there {
			if err := f.keep(name, to); err != nil {
				return err
			}
		}
		backup = to
		for name, text := range starter {
			if err := f.write(name, text, false); err != nil {
				return err
			}
		}
		// What the learner added would be built too.
		for _, name := range there {
			if starter[name] == nil {
				err = errors.Join(err, os.Remove(f.path(name)))
			}
		}
		return errors.Join(mend(err), f.append(Entry{Event: "reset", Exercise: e.Number, Backup: backup}))
	})
}

// files lists the files below a folder of the root, by path below the root.
func (f *Folder) files(of string) (all []string, err error) {
	err = filepath.WalkDir(f.path(of), func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(f.Dir, name)
		all = append(all, filepath.ToSlash(below))
		return err
	})
	return slices.DeleteFunc(all, func(name string) bool { return strings.HasPrefix(path.Base(name), ".sagabench-") }), mend(err)
}

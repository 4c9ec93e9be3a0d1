// Package folder is a learner's folder: a module of its own with the exercises, what was
// tried, and what was predicted.
//
//	go.mod, go.sum, kit/    given: replaced when the program has others
//	N-…/                    an exercise: README, given files, and the learner's
//	N-…/answers.yaml        answers to its questions, where it has any
//	.learn/state.json       version, seed, alias; tries, first passes, hints
//	.learn/journal.jsonl    predictions and checks; lines are only ever added
//	.learn/backup/          what the learner had before a reset, or an update
//
// A learner's file is never overwritten without a copy in backup. What is written takes
// its place by a rename, so that whoever reads at that moment, and whatever ends the
// program, there is a whole file. Several programs may work in one folder.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/sagabench/sagabench/workshop"
)

// schema is of the state file. It is raised when an older program would misread it.
const schema = 1

const (
	ours        = ".learn"
	stateFile   = ours + "/state.json"
	journalFile = ours + "/journal.jsonl"
	lockFile    = ours + "/lock"
	backups     = ours + "/backup"
)

// A Folder is a learner's.
type Folder struct {
	Dir string // its root

	exercises []workshop.Exercise
}

// Find returns the learner's folder that dir is, or is in.
func Find(dir string, all []workshop.Exercise) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return nil, &workshop.Mistake{Text: abs + " is not a folder", Mend: "name the folder that \"sagabench learn init\" has made, by --dir"}
	}
	root := above(abs, isOurs)
	if root == "" {
		return nil, &workshop.Mistake{
			Text: abs + " is not a learner's folder, nor in one",
			Mend: "go to the folder that \"sagabench learn init DIR\" has made, or name it by --dir; there is none yet? make one",
		}
	}
	f := &Folder{root, all}
	_, err = f.State() // whose program it is for
	return f, err
}

func isOurs(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, stateFile))
	return err == nil
}

// above is the first folder that is as asked, from dir upward; "" without one.
func above(dir string, is func(string) bool) string {
	for {
		if is(dir) {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// path is where a file of the folder is.
func (f *Folder) path(name string) string { return filepath.Join(f.Dir, filepath.FromSlash(name)) }

// write puts a file into its place by a rename. kept files are on the disk before that.
func (f *Folder) write(name string, text []byte, kept bool) (err error) {
	defer func() { err = mend(err) }()
	path := f.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// The go command ignores what begins with a dot.
	temp, err := os.CreateTemp(filepath.Dir(path), ".sagabench-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	if err == nil && kept {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Chmod(0o644), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}

// change runs do while no other program works on the folder's state.
func (f *Folder) change(do func() error) (err error) {
	lock, err := os.OpenFile(f.path(lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return mend(err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // which unlocks
	for {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	return do()
}

// mend says of what often goes wrong with files how to mend it.
func mend(err error) error {
	var mistake *workshop.Mistake
	switch {
	case err == nil || errors.As(err, &mistake):
		return err
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR):
		return &workshop.Mistake{Text: "a folder is where a file should be, or a file where a folder should: " + err.Error(), Mend: "move that away; \"sagabench learn init\" on your folder adds what is missing"}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &workshop.Mistake{Text: "the disk is full: " + err.Error(), Mend: "make room and try again; nothing of yours was changed"}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &workshop.Mistake{Text: "the folder can't be written: " + err.Error(), Mend: "make it yours (ls -ld shows whose it is), or choose another one by \"sagabench learn init DIR\""}
	}
	return err
}

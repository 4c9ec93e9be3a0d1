package workshop

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the path of a learner's module. It is the path of this folder, so starters
// and solutions compile here and at a learner's without a change.
const Module = "github.com/sagabench/sagabench/workshop"

// Embedded are the files of this folder that the program carries: the kit, the folders
// of the exercises, and go.mod and go.sum of a learner's module. Those two have another
// name, because a folder with a go.mod can't be embedded.
//
// The pattern is of the kit and of all folders with a number, however many there are.
//
//go:embed go.mod.txt go.sum.txt [0-9k]*
var Embedded embed.FS

// Base is what every learner's module has, by path below its root: go.mod, go.sum and
// the kit.
func Base() map[string][]byte {
	files := map[string][]byte{}
	read(Embedded, files, "kit", func(file string) (string, bool) { return file, !strings.HasSuffix(file, "_test.go") })
	for _, name := range []string{"go.mod", "go.sum"} {
		files[name], _ = Embedded.ReadFile(name + ".txt")
	}
	return files
}

// Starter is what a learner gets of an exercise, by path below the root of their module:
// its folder without hints and solution, and with the files that are theirs alone.
func (e Exercise) Starter(learner uint64) (map[string][]byte, error) {
	files := map[string][]byte{}
	read(e.from(), files, e.Folder, func(file string) (string, bool) {
		return file, file != path.Join(e.Folder, "hints.md") && !strings.HasPrefix(file, e.solution()+"/")
	})
	if e.Seeded == nil {
		return files, nil
	}
	seeded, err := e.Seeded(learner)
	for file, text := range seeded {
		files[path.Join(e.Folder, file)] = text
	}
	return files, err
}

// Given is what a learner's programs are built with, by path below the root of their
// module, whatever stands there: all but the files that are theirs to edit.
func (e Exercise) Given(learner uint64) (map[string][]byte, error) {
	files, err := e.Starter(learner)
	if err != nil {
		return nil, err
	}
	for file := range files {
		if slices.Contains(e.Yours, strings.TrimPrefix(file, e.Folder+"/")) {
			delete(files, file)
		}
	}
	for file, text := range Base() {
		files[file] = text
	}
	return files, nil
}

// Solution is what the learner's files may become, by path below the root of their module.
func (e Exercise) Solution() map[string][]byte {
	files := map[string][]byte{}
	read(e.from(), files, e.solution(), func(file string) (string, bool) {
		return path.Join(e.Folder, strings.TrimPrefix(file, e.solution())), true
	})
	return files
}

// from is where the files of the exercise are read.
func (e Exercise) from() fs.FS {
	if e.Files != nil {
		return e.Files
	}
	return Embedded
}

// Hints are three levels, from a nudge to nearly the answer: what stands in hints.md below
// "## 1", "## 2" and so on.
func (e Exercise) Hints() (levels []string) {
	text, _ := fs.ReadFile(e.from(), path.Join(e.Folder, "hints.md"))
	for part := range strings.SplitSeq("\n"+string(text), "\n## ") {
		if title, body, ok := strings.Cut(part, "\n"); ok && strings.TrimSpace(title) == strconv.Itoa(len(levels)+1) {
			levels = append(levels, strings.TrimSpace(body))
		}
	}
	return levels
}

func (e Exercise) solution() string { return path.Join(e.Folder, "solution") }

// read adds the files below a folder under the names that as has for them.
// Reading what is embedded fails only where there is nothing.
func read(from fs.FS, files map[string][]byte, folder string, as func(file string) (name string, wanted bool)) {
	fs.WalkDir(from, folder, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name, wanted := as(file); wanted {
			files[name], err = fs.ReadFile(from, file)
		}
		return err
	})
}

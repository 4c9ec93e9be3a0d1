package plan

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/internal/nearest"
)

// The named plans are files, so that a custom plan begins as a copy.
//
//go:embed *.yaml
var files embed.FS

// Names lists the named plans: those to begin with, the sweeps, and the
// longest.
var Names = []string{"smoke", "quick", "aa", "failure-rate", "load", "service-time", "concurrency", "durability", "activities", "ceiling", "tuning", "hard", "full"}

// All returns the named plans; styles are those that there are.
func All(styles []string) (all []Plan) {
	for _, name := range Names {
		p, _, err := Find(name, styles)
		if err != nil {
			panic(err) // a plan that is part of the program, and tested
		}
		all = append(all, p)
	}
	return all
}

// Find returns a named plan or, where the name ends in .yaml or .yml or is a
// path, the plan in that file. With it comes its text. styles are those that
// there are.
func Find(name string, styles []string) (Plan, []byte, error) {
	read := readFile
	if !isFile(name) {
		if !slices.Contains(Names, name) {
			return Plan{}, nil, fmt.Errorf("unknown plan %q%s; the plans are %s, or the path of a FILE.yaml",
				name, nearest.Hint(name, Names), strings.Join(Names, ", "))
		}
		name, read = name+".yaml", files.ReadFile
	}
	text, err := read(name)
	if err != nil {
		return Plan{}, nil, err
	}
	p, err := Read(name, text, styles)
	return p, text, err
}

func isFile(name string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) || strings.ContainsRune(name, filepath.Separator)
}

// MaxBytes is far above any plan that a person has written. A larger file
// is refused without being read.
const MaxBytes = 256 << 10

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such plan file", path)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a file", path)
	case info.Size() > MaxBytes:
		return nil, fmt.Errorf("%s: %d bytes, and a plan has at most %d; is it the right file?", path, info.Size(), MaxBytes)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxBytes))
}

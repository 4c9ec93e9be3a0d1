package folder_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

// toy is an exercise with everything that a folder has to do with.
func toy() workshop.Exercise {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return workshop.Exercise{
		Number: 9, Folder: "9-toy", Title: "Toy", Styles: []string{"choreography", "orchestration"},
		Files: fstest.MapFS{
			"9-toy/README.md":                     file("read me\n"),
			"9-toy/hints.md":                      file("# Hints\n\n## 1\n\nlook\n\n## 2\n\nthink\n\n## 3\n\nwrite it\n"),
			"9-toy/choreography/mine.go":          file("package main // TODO\n"),
			"9-toy/choreography/glue.go":          file("package main // glue\n"),
			"9-toy/solution/choreography/mine.go": file("package main\n"),
		},
		Yours: []string{"choreography/mine.go"},
		Seeded: func(learner uint64) (map[string][]byte, error) {
			return map[string][]byte{"seed.txt": fmt.Append(nil, learner)}, nil
		},
		Preface: func(uint64) string {
			return "You have a seed.\n  1  It is a number, and not one that tells anything about you, or that you could choose.\n" +
				"a: and so on, for as long as a line of a file is that is read in a terminal or an editor.\n\nIt follows:\n"
		},
		Questions: func(learner uint64) []workshop.Question {
			return []workshop.Question{
				{Key: "parity", Ask: "Even or odd?", Choices: []string{"even", "odd"}, Want: []string{"even", "odd"}[learner%2]},
				{Key: "last.digit", Ask: "Which digit is the last one of your seed? It is shown by list, and it stands in a file of its own.", Want: fmt.Sprint(learner % 10)},
			}
		},
	}
}

func initiated(t *testing.T) (*folder.Folder, workshop.Exercise) {
	t.Helper()
	e := toy()
	f, _, err := folder.Init(filepath.Join(t.TempDir(), "mine"), folder.Options{Sagabench: "v1", Learner: 7}, []workshop.Exercise{e})
	if err != nil {
		t.Fatal(err)
	}
	return f, e
}

func read(t *testing.T, f *folder.Folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func put(t *testing.T, f *folder.Folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.Dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// mistake is what an error says and how it is mended; the test fails when it is none.
func mistake(t *testing.T, err error) string {
	t.Helper()
	var m *workshop.Mistake
	if !errors.As(err, &m) {
		t.Fatalf("got %v, want a mistake", err)
	}
	return m.Error()
}

func TestFind(t *testing.T) {
	f, e := initiated(t)
	found, err := folder.Find(filepath.Join(f.Dir, "9-toy", "choreography"), []workshop.Exercise{e})
	if err != nil || found.Dir != f.Dir {
		t.Errorf("found %v, %v", found, err)
	}
	_, err = folder.Find(t.TempDir(), nil)
	if got := mistake(t, err); !strings.Contains(got, "is not a learner's folder") || !strings.Contains(got, "learn init") {
		t.Error(got)
	}
	_, err = folder.Find(filepath.Join(f.Dir, "nowhere"), nil)
	if got := mistake(t, err); !strings.Contains(got, "is not a folder") {
		t.Error(got)
	}
	put(t, f, ".learn/state.json", `{"schema": 99, "sagabench": "v9"}`)
	_, err = folder.Find(f.Dir, nil)
	if got := mistake(t, err); !strings.Contains(got, "made by sagabench v9, which is newer") {
		t.Error(got)
	}
	put(t, f, ".learn/state.json", `{"schema": 1`)
	_, err = folder.Find(f.Dir, nil)
	if got := mistake(t, err); !strings.Contains(got, "is damaged") {
		t.Error(got)
	}
}

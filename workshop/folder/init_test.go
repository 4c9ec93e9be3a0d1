package folder_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

func TestInit(t *testing.T) {
	f, _ := initiated(t)
	for name, want := range map[string]string{
		"9-toy/README.md": "read me\n", "9-toy/seed.txt": "7", "9-toy/choreography/glue.go": "package main // glue\n",
		"9-toy/answers.yaml": `# 9 Toy
#
# Answer before you run anything, each behind its colon. The first complete
# answers are kept as your prediction. You may change them later.
#
# You have a seed.
#   1  It is a number, and not one that tells anything about you, or that you
#      could choose.
# a: and so on, for as long as a line of a file is that is read in a terminal
#    or an editor.
#
# It follows:

# Even or odd?
# one of: even | odd
parity:

# Which digit is the last one of your seed? It is shown by list, and it stands
# in a file of its own.
last.digit:
`,
	} {
		if diff := cmp.Diff(want, read(t, f, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, name := range []string{"9-toy/hints.md", "9-toy/solution"} {
		if _, err := os.Stat(filepath.Join(f.Dir, name)); err == nil {
			t.Errorf("the learner has %s", name)
		}
	}
	if mod := read(t, f, "go.mod"); !strings.Contains(mod, "module "+workshop.Module+"\n") {
		t.Errorf("go.mod is %s", mod)
	}
	s, err := f.State()
	if err != nil || s.Learner != 7 || s.Alias != "" || s.Sagabench != "v1" {
		t.Errorf("state %+v, %v", s, err)
	}
}

// What is there stays as it is, and what is missing comes.
func TestInitAgain(t *testing.T) {
	f, e := initiated(t)
	put(t, f, "9-toy/choreography/mine.go", "mine")
	put(t, f, "9-toy/answers.yaml", "parity: odd\n")
	if err := os.Remove(filepath.Join(f.Dir, "9-toy/README.md")); err != nil {
		t.Fatal(err)
	}
	_, written, err := folder.Init(f.Dir, folder.Options{Sagabench: "v1", Alias: "ada"}, []workshop.Exercise{e})
	if err != nil || written != 1 {
		t.Errorf("%d files written, %v; want one", written, err)
	}
	if read(t, f, "9-toy/choreography/mine.go") != "mine" || read(t, f, "9-toy/answers.yaml") != "parity: odd\n" || read(t, f, "9-toy/README.md") != "read me\n" {
		t.Error("init changed what was there, or did not add what was not")
	}
	if s, err := f.State(); err != nil || s.Alias != "ada" || s.Learner != 7 {
		t.Errorf("state %+v, %v", s, err)
	}
	_, _, err = folder.Init(f.Dir, folder.Options{Learner: 8}, []workshop.Exercise{e})
	if got := mistake(t, err); !strings.Contains(got, "has seed 7") || !strings.Contains(got, "seed 8") {
		t.Errorf("another seed: %s", got)
	}
}

// A seed that is drawn is not zero, which would draw again.
func TestSeedIsDrawn(t *testing.T) {
	f, _, err := folder.Init(t.TempDir(), folder.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f.State(); err != nil || s.Learner == 0 {
		t.Errorf("state %+v, %v", s, err)
	}
}

// Where a learner's folder can't be, nothing is written.
func TestInitRefuses(t *testing.T) {
	f, e := initiated(t)
	taken := t.TempDir()
	if err := os.WriteFile(filepath.Join(taken, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	clone, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(clone, "docs"), link); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"deep/new":                          "the source of sagabench",
		clone:                               "the source of sagabench",
		filepath.Join(link, "new"):          "the source of sagabench",
		"":                                  "no folder is named",
		taken:                               "holds something else (letter.txt)",
		filepath.Join(taken, "letter.txt"):  "not a folder",
		filepath.Join(f.Dir, "9-toy", "in"): "is a learner's folder",
	} {
		_, _, err := folder.Init(dir, folder.Options{}, []workshop.Exercise{e})
		if got := mistake(t, err); !strings.Contains(got, want) || !strings.Contains(got, "how to mend it") {
			t.Errorf("init %s: %s; want %q in it", dir, got, want)
		}
	}
	for _, dir := range []string{"deep", filepath.Join(clone, ".learn"), filepath.Join(link, "new"), filepath.Join(taken, ".learn"), filepath.Join(f.Dir, "9-toy", "in")} {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s was made", dir)
		}
	}
	if _, _, err := folder.Init(t.TempDir(), folder.Options{Alias: "Ada Lovelace, 1815"}, nil); !strings.Contains(mistake(t, err), "--alias") {
		t.Error(err)
	}
}

// A folder of Git alone may become a learner's, and one whose first try was ended.
func TestInitGoesOn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".git", ".learn"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := folder.Init(dir, folder.Options{}, nil); err != nil {
		t.Error(err)
	}
}

func TestReset(t *testing.T) {
	f, e := initiated(t)
	put(t, f, "9-toy/choreography/mine.go", "mine")
	put(t, f, "9-toy/choreography/more.go", "more")
	put(t, f, "9-toy/answers.yaml", "parity: odd\n")
	for range 2 { // two backups in one second
		backup, err := f.Reset(e)
		if err != nil {
			t.Fatal(err)
		}
		if read(t, f, "9-toy/choreography/mine.go") != "package main // TODO\n" || !strings.Contains(read(t, f, "9-toy/answers.yaml"), "parity:\n") {
			t.Error("it is not as at the beginning")
		}
		if _, err := os.Stat(filepath.Join(f.Dir, "9-toy/choreography/more.go")); err == nil {
			t.Error("a file that was added is still there")
		}
		if got := read(t, f, filepath.Join(backup, "9-toy/choreography/mine.go")); got != "mine" {
			t.Errorf("the backup has %q", got)
		}
		if got := read(t, f, filepath.Join(backup, "9-toy/choreography/more.go")); got != "more" {
			t.Errorf("the backup has %q", got)
		}
		put(t, f, "9-toy/choreography/mine.go", "mine")
		put(t, f, "9-toy/choreography/more.go", "more")
	}
	if kept, _ := filepath.Glob(filepath.Join(f.Dir, ".learn/backup/*")); len(kept) != 2 {
		t.Errorf("backups %v, want two", kept)
	}
}

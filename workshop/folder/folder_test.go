package folder_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

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

// A newer program replaces what is given, keeps what stood there, and leaves the rest.
func TestUpdate(t *testing.T) {
	f, e := initiated(t)
	if note, err := f.Update("v1"); note != "" || err != nil {
		t.Errorf("nothing is new: %q, %v", note, err)
	}
	put(t, f, "9-toy/choreography/mine.go", "mine")
	put(t, f, "9-toy/choreography/glue.go", "tried something")
	e.Files.(fstest.MapFS)["9-toy/README.md"] = &fstest.MapFile{Data: []byte("read me anew\n")}
	note, err := f.Update("v2")
	if want := "2 given files are now those of sagabench v2 (they were of v1"; err != nil || !strings.HasPrefix(note, want) || strings.Contains(note, "\n") {
		t.Errorf("note %q, %v; want %q", note, err, want)
	}
	if read(t, f, "9-toy/README.md") != "read me anew\n" || read(t, f, "9-toy/choreography/glue.go") != "package main // glue\n" {
		t.Error("given files are old")
	}
	if read(t, f, "9-toy/choreography/mine.go") != "mine" {
		t.Error("the learner's file was changed")
	}
	kept, err := filepath.Glob(filepath.Join(f.Dir, ".learn/backup/given-*/9-toy/choreography/glue.go"))
	if text, _ := os.ReadFile(kept[0]); err != nil || len(kept) != 1 || string(text) != "tried something" {
		t.Errorf("kept %v: %s, %v", kept, text, err)
	}
	if note, err := f.Update("v2"); note != "" || err != nil {
		t.Errorf("a second time: %q, %v", note, err)
	}
}

// Given code that is not as it was given is named: a check does not use it. Pages and the
// learner's own files are no such code, and neither is a package of their own in the kit.
func TestIgnored(t *testing.T) {
	f, e := initiated(t)
	for _, step := range []struct{ name, text, want string }{
		{"9-toy/README.md", "my notes\n", ""},
		{"9-toy/choreography/mine.go", "mine", ""},
		{"9-toy/choreography/new.go", "package main", ""},
		{"kit/mine/mine.go", "package mine", ""},
		{"kit/kit.go", "package kit", "kit/kit.go was changed; the check uses the original"},
		{"9-toy/choreography/glue.go", "", "9-toy/choreography/glue.go was removed (and 1 more); the check uses the originals"},
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(f.Dir, step.name)), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, f, step.name, step.text)
		if step.text == "" {
			if err := os.Remove(filepath.Join(f.Dir, step.name)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := f.Ignored(e); err != nil || got != step.want {
			t.Errorf("%s: %q, %v; want %q", step.name, got, err, step.want)
		}
	}
	f, e = initiated(t)
	put(t, f, "kit/more.go", "package kit")
	if got, err := f.Ignored(e); err != nil || got != "kit/more.go was added; the check uses the original" {
		t.Errorf("%q, %v", got, err)
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

// Programs that work in one folder at once lose nothing of each other's.
func TestManyAtOnce(t *testing.T) {
	f, e := initiated(t)
	const writers, each = 8, 10
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			mine, err := folder.Find(f.Dir, []workshop.Exercise{e})
			if err != nil {
				t.Error(err)
				return
			}
			for range each {
				err := mine.Checked(folder.Entry{Exercise: 9, Style: "choreography", Verdict: workshop.Failed})
				if _, failed := mine.State(); err != nil || failed != nil {
					t.Error(err, failed)
				}
			}
		})
	}
	all.Wait()
	s, err := f.State()
	if n := s.Exercises[9].Styles["choreography"].N; err != nil || n != writers*each {
		t.Errorf("%d tries, %v; want %d", n, err, writers*each)
	}
	if lines := strings.Count(read(t, f, ".learn/journal.jsonl"), `"event":"check"`); lines != writers*each {
		t.Errorf("%d checks in the journal", lines)
	}
}

// The first pass is kept, and what played one scenario alone is none.
func TestFirstPass(t *testing.T) {
	f, e := initiated(t)
	for _, one := range []folder.Entry{
		{Style: "choreography", Verdict: workshop.Passed, Asked: "a scenario"},
		{Style: "choreography", Verdict: workshop.Failed},
		{Style: "choreography", Verdict: workshop.Unknown},
		{Style: "choreography", Verdict: workshop.Passed},
		{Style: "choreography", Verdict: workshop.Passed},
		{Style: "orchestration", Verdict: workshop.Failed},
	} {
		one.Exercise = 9
		if err := f.Checked(one); err != nil {
			t.Fatal(err)
		}
	}
	s, err := f.State()
	if got := s.Exercises[9].Styles["choreography"]; err != nil || got.N != 5 || got.Passed != 4 {
		t.Errorf("%+v, %v; want the fourth try of five", got, err)
	}
	if s.Exercises[9].Done(e) {
		t.Error("done, and the orchestration has not passed")
	}
}

// The first answers are the prediction, whatever comes later; a line that was torn takes
// no other with it.
func TestPrediction(t *testing.T) {
	f, e := initiated(t)
	first, second := workshop.Answers{"parity": "even"}, workshop.Answers{"parity": "odd"}
	for _, a := range []workshop.Answers{first, first, second, second, first, second} {
		if err := f.Predict(e, a); err != nil {
			t.Fatal(err)
		}
		put(t, f, ".learn/journal.jsonl", read(t, f, ".learn/journal.jsonl")+`{"at":"2026-`)
	}
	if got, err := f.Prediction(e); err != nil || !cmp.Equal(got, first) {
		t.Errorf("prediction %v, %v", got, err)
	}
	all, err := f.Journal()
	n := 0
	for _, entry := range all {
		if entry.Event == "answers" {
			n++
		}
	}
	if n != 4 || err != nil {
		t.Errorf("%d sets of answers in the journal, %v; want four that differ from the one before", n, err)
	}
}

func TestHints(t *testing.T) {
	f, _ := initiated(t)
	for _, want := range []int{1, 2, 3, 3} {
		if got, err := f.Hint(9, 3); got != want || err != nil {
			t.Errorf("level %d, %v; want %d", got, err, want)
		}
	}
}

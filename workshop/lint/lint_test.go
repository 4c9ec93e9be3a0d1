package lint_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/lint"
)

var styles = []string{"choreography", "orchestration"}

// A toy is an exercise whose programs are texts: a scenario holds when its word is there.
type toy struct {
	workshop.Exercise
	files fstest.MapFS
	words map[string]string // by scenario
	odd   func(workshop.Job, *workshop.Result)
	calls atomic.Int64
}

const readme = "# Toy\n\n```\nsagabench learn check 9\nsagabench learn hint 9\n```\n"

// sound is a toy without a mistake.
func sound() *toy {
	t := &toy{
		files: fstest.MapFS{},
		words: map[string]string{"all well": "works", "the same again": "key", "killed": "inbox"},
	}
	t.put("README.md", readme)
	t.put("hints.md", "## 1\n\na\n\n## 2\n\nb\n\n## 3\n\nc\n")
	scenarios := []string{"all well", "the same again", "killed", "your answers"}
	t.Exercise = workshop.Exercise{
		Number: 9, Folder: "9-toy", Title: "Toy", Minutes: [2]int{5, 10}, Goal: "I can.", Styles: styles, Files: t.files,
		Scenarios: map[string][]string{}, Fails: map[string]string{}, Deaths: []string{"killed"},
		Questions: questions,
	}
	for _, style := range styles {
		file := style + "/mine.txt"
		t.Yours = append(t.Yours, file)
		t.put(file, "works // TODO\n")
		t.put("solution/"+file, "works key inbox\n")
		t.Scenarios[style], t.Fails[style] = scenarios, "the same again"
		for scenario, word := range t.words {
			t.Mutants = append(t.Mutants, workshop.Mutant{
				Name: "no " + word, Style: style, Sentence: "forgets the " + word, Scenario: scenario, Edits: []workshop.Edit{{File: file, Old: word, New: ""}},
			})
		}
	}
	t.Check = t.check
	return t
}

func (t *toy) put(name, text string) { t.files["9-toy/"+name] = &fstest.MapFile{Data: []byte(text)} }

func questions(learner uint64) []workshop.Question {
	return []workshop.Question{
		{Key: "number", Ask: "Which?", Want: fmt.Sprint(learner * 7919 % 1000), Why: "Because."},
		{Key: "word", Ask: "Which?", Choices: []string{"this", "that", "none"}, Want: "that", Why: "Because."},
	}
}

func (t *toy) check(_ context.Context, j workshop.Job) (workshop.Result, error) {
	text, err := os.ReadFile(filepath.Join(j.Dir, "9-toy", j.Style, "mine.txt"))
	if err != nil {
		return workshop.Result{}, err
	}
	r := workshop.Result{Verdict: workshop.Passed}
	for _, s := range t.Scenarios[j.Style] {
		missing := !strings.Contains(string(text), t.words[s])
		if s == lint.YourAnswers && t.Questions != nil {
			missing = len(j.Answers.Misses(t.Questions(j.Learner))) > 0
		}
		if j.Plays(s) && missing {
			r = workshop.Result{Verdict: workshop.Failed, Scenario: s, Sentence: "It is not there."}
			break
		}
	}
	if t.odd != nil {
		t.odd(j, &r)
	}
	return r, nil
}

// machine is one on which nothing is built.
type machine struct{ workshop.Machine }

// program is in place of sagabench: a README's commands work but for one.
const program = `#!/bin/sh
case "$*" in
*fail*) echo "it does not work" >&2; exit 10;;
*watch*) trap 'exit 0' INT; echo "solution  sagabench learn hint 9"; while :; do sleep 0.05; done;;
esac
`

// linted proves a toy, and returns what does not hold.
func linted(t *testing.T, e workshop.Exercise, change func(*lint.Options)) (wrong []string, proofs int) {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "sagabench")
	if err := os.WriteFile(exe, []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	o := lint.Options{
		Exercises: []workshop.Exercise{e}, Seeds: 2, Times: 3, Jobs: 2, Exe: exe, Dir: t.TempDir(),
		Machine: func(workshop.Exercise, uint64) workshop.Machine { return machine{} },
	}
	if change != nil {
		change(&o)
	}
	err := lint.Run(t.Context(), o, func(r lint.Result) {
		proofs++
		if !r.Good() {
			wrong = append(wrong, fmt.Sprintf("%s %s %d of %d: %s", r.Style, r.What, r.Right, r.Of, strings.Join(r.Wrong, "; ")))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return wrong, proofs
}

// Mutants are run at three seeds at most, and twenty times at one.
func TestHowOften(t *testing.T) {
	for _, c := range []struct{ seeds, times, solution, death, mutant int }{
		{1, 1, 1, 1, 1}, {2, 1, 2, 1, 2}, {5, 3, 5, 3, 5}, {20, 200, 20, 200, 22},
	} {
		got := map[string]int{}
		o := lint.Options{
			Exercises: []workshop.Exercise{sound().Exercise}, Seeds: c.seeds, Times: c.times, Jobs: 1, Exe: "/bin/true", Dir: t.TempDir(),
			Machine: func(workshop.Exercise, uint64) workshop.Machine { return machine{} },
		}
		if err := lint.Run(t.Context(), o, func(r lint.Result) { got[r.What] = r.Of }); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{
			"solution passes": c.solution, `starter fails in "the same again"`: c.solution, `solution passes "killed"`: c.death, `no inbox fails in "killed"`: c.mutant,
		}
		maps.DeleteFunc(got, func(what string, _ int) bool { return want[what] == 0 })
		if !maps.Equal(got, want) {
			t.Errorf("%d seeds, %d times: %v, want %v", c.seeds, c.times, got, want)
		}
	}
}

// What is wrong with the machine is no proof, and neither is being interrupted.
func TestErrors(t *testing.T) {
	broken := errors.New("no server")
	e := sound()
	e.Check = func(context.Context, workshop.Job) (workshop.Result, error) { return workshop.Result{}, broken }
	o := lint.Options{
		Exercises: []workshop.Exercise{e.Exercise}, Seeds: 1, Times: 1, Jobs: 2, Exe: "/bin/true", Dir: t.TempDir(),
		Machine: func(workshop.Exercise, uint64) workshop.Machine { return machine{} },
	}
	if err := lint.Run(t.Context(), o, func(lint.Result) {}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.Dir = t.TempDir()
	if err := lint.Run(ctx, o, func(lint.Result) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was interrupted", err)
	}
	// What a learner could mend no one mends here.
	e.Check = func(context.Context, workshop.Job) (workshop.Result, error) {
		return workshop.Result{}, &workshop.Mistake{Text: "does not compile"}
	}
	wrong, proofs := linted(t, e.Exercise, nil)
	if len(wrong) != proofs-3 || !strings.Contains(strings.Join(wrong, "\n"), "does not compile") {
		t.Errorf("%d of %d: %v", len(wrong), proofs, wrong)
	}
}

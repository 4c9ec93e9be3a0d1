package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/workshop"
)

// What is collected of a class has each style, and nothing of a person but an alias.
func TestCheckJSON(t *testing.T) {
	l := newToyLearner(t)
	if printed, code := l.types("init", l.dir, "--alias", "ada"); code != exitOK {
		t.Fatal(printed)
	}
	l.writes("9-toy/answers.yaml", rightAnswers)
	l.solves("choreography")
	printed, code := l.types("check", "9", "-o", "json")
	var r checkReport
	if err := json.Unmarshal([]byte(printed), &r); err != nil || code != exitMissed {
		t.Fatalf("exit %d, %v: %s", code, err, printed)
	}
	e := r.Exercises[0]
	if r.Learner != 7 || r.Alias != "ada" || r.Sagabench == "" || e.Verdict != "failed" || e.Done || e.Predicted != nil || len(e.Styles) != 2 {
		t.Errorf("%+v", r)
	}
	if s := e.Styles[0]; s.Style != "choreography" || s.Verdict != "passed" || s.Scenario != "" || s.Seed != 0 {
		t.Errorf("%+v", s)
	}
	if s := e.Styles[1]; s.Verdict != "failed" || s.Scenario != "small numbers" || s.Seed != 1 || s.Expected != "2" || s.Seen != "1" {
		t.Errorf("%+v", s)
	}
	if host, _ := os.Hostname(); host != "" && strings.Contains(printed, host) || strings.Contains(printed, l.dir) {
		t.Errorf("the report names the machine, or the folder: %s", printed)
	}
	l.solves("orchestration")
	printed, code = l.types("check", "9", "-o", "json")
	if err := json.Unmarshal([]byte(printed), &r); err != nil || code != exitOK || r.Exercises[0].Predicted == nil || *r.Exercises[0].Predicted != (predicted{2, 2}) {
		t.Errorf("exit %d, %v: %s", code, err, printed)
	}
	printed, _ = l.types("list", "-o", "json")
	var list listReport
	if err := json.Unmarshal([]byte(printed), &list); err != nil || !list.Exercises[0].Done || list.Exercises[0].Styles["orchestration"].Passed != 2 {
		t.Errorf("%v: %s", err, printed)
	}
}

// The later seeds count as the first does.
func TestLaterSeeds(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	l.writes("9-toy/choreography/main.go", strings.Replace(toyProgram, "return n", "if n == 6 { return 0 }; return 2 * n", 1))
	printed, code := l.types("check", "--style", "choreography", "--seed", "4")
	if code != exitMissed || !strings.HasPrefix(printed, "✗ 9 Toy · choreography · small numbers · seed 6 ") {
		t.Errorf("exit %d: %s", code, printed)
	}
	if _, code := l.types("check", "--style", "choreography", "--seed", "1"); code != exitOK {
		t.Errorf("seeds 1 to 3: exit %d", code)
	}
}

// What a learner has edited that is given makes no difference, which a line says, and their own file is never
// written by anything but reset.
func TestGivenFilesAreIntact(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	l.writes("kit/kit.go", "package broken, on purpose")
	l.writes("9-toy/choreography/given.go", "package broken, on purpose")
	l.writes("go.mod", "module broken\n\ngo 1.26\n")
	l.solves("choreography")
	printed, code := l.types("check", "--style", "choreography")
	if want := "9-toy/choreography/given.go was changed (and 2 more); the check uses the\noriginals\n"; code != exitOK || !strings.Contains(printed, want) {
		t.Errorf("exit %d: %s, want %s", code, printed, want)
	}
	if got := read(t, filepath.Join(l.dir, "kit/kit.go")); got != "package broken, on purpose" {
		t.Errorf("the learner's edit is gone: %s", got)
	}
}

// A file of the learner's that changes while their program runs is named, whatever the
// verdict.
func TestChangedMeanwhile(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	exercises[0].Check = func(context.Context, workshop.Job) (workshop.Result, error) {
		l.writes("9-toy/orchestration/main.go", "package gone")
		return workshop.Result{Verdict: workshop.Passed}, nil
	}
	if printed, _ := l.types("check", "9", "--style", "choreography"); !strings.Contains(printed, "Note: 9-toy/orchestration/main.go was changed while") {
		t.Error(printed)
	}
}

// A check that finds no end is ended, and what it says is not of the program. What is
// built does not count.
func TestCheckLimit(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	was := checkLimit
	checkLimit = 20 * time.Millisecond // a build takes longer
	defer func() { checkLimit = was }()
	exercises[0].Check = func(ctx context.Context, j workshop.Job) (workshop.Result, error) {
		if _, err := j.Machine.Build(ctx, j.Dir, "9-toy/choreography"); err != nil {
			return workshop.Result{}, err
		}
		<-ctx.Done()
		return workshop.Result{}, ctx.Err()
	}
	printed, code := l.types("check", "9", "--style", "choreography")
	if code != exitInconclusive || !strings.Contains(printed, "did not come to an end within 20ms") {
		t.Errorf("exit %d: %s", code, printed)
	}
}

// Checks that are interrupted say so, and leave nothing behind.
func TestCheckIsInterrupted(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	ctx, interrupt := context.WithCancel(t.Context())
	exercises[0].Check = func(ctx context.Context, _ workshop.Job) (workshop.Result, error) {
		interrupt()
		<-ctx.Done()
		return workshop.Result{}, ctx.Err()
	}
	var out strings.Builder
	if code := execute(ctx, []string{"learn", "check", "9", "--dir", l.dir}, &out, &out); code != exitInterrupted || out.String() != "sagabench: interrupted\n" {
		t.Errorf("exit %d: %s", code, &out)
	}
}
